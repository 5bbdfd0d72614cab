#pragma once
// A block: the records that go through the stages together, so that each stage is a few loops over
// columns and not a walk over one record's values.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "refine/document.h"
#include "refine/program.h"
#include "refine/rows.h"
#include "refine/text.h"

namespace assay::refine {

/// Bytes that texts of outer scopes may take when copied into rows, for each byte of the record:
/// beyond it a record is a bomb and goes to quarantine.
inline constexpr std::size_t kOutputPerInputMax = 64;

/// Of several faults of a record the least is told.
using FaultRank = std::uint64_t;
inline constexpr FaultRank kNoFault = std::numeric_limits<FaultRank>::max();

/// The place of a fault among those of its record: the order in which a reader who goes entity by
/// entity and row by row, fields of outer scopes first, would meet them.
struct FaultPlace {
  std::size_t entity = 0;
  std::uint32_t row = 0;
  std::size_t field = 0;
  std::size_t master_field = 0;
  FaultRank rank() const;
  /// The rank of a field of the master, from that of its role.
  static FaultRank of_master_field(FaultRank role, std::size_t field);
};

struct Record {
  std::uint32_t index = 0;  ///< in the slab
  std::string_view bytes;
  const VersionProgram* version = nullptr;
  std::uint32_t version_index = 0;
  std::uint32_t place = 0;  ///< instance of scope 0 in the document
  std::uint32_t nodes_begin = 0;
  std::uint32_t nodes_end = 0;
  std::uint32_t leaf_count = 0;
  Micros event_time = 0;
  std::size_t repeated_bytes = 0;  ///< texts of outer scopes, once a row
  std::size_t computed_bytes = 0;  ///< texts that expressions made
  Checksum content;                ///< of all rows that the record makes
  FaultRank fault_rank = kNoFault;
  Fault fault;
  bool shape_is_unknown = false;
  std::string paths;  ///< of an unknown shape

  bool refused() const { return fault_rank != kNoFault; }
  void refuse(FaultRank rank, Fault why) {
    fault_rank = rank;
    fault = std::move(why);
  }
};

/// Finds the instances of one scope that a record opened, for records in ascending order.
class InstanceFinder {
 public:
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  InstanceFinder(const Document& document, std::uint32_t scope)
      : instances_(document.instances[scope].data()),
        size_(static_cast<std::uint32_t>(document.instances[scope].size())),
        is_root_(scope == 0) {}

  /// REQUIRES: places in ascending order.
  Range of(std::uint32_t place) {
    if (is_root_) return {place, place + 1};
    if (at_ < size_ && instances_[at_].place < place) skip(place);
    Range found{at_, at_};
    while (found.end < size_ && instances_[found.end].place == place) ++found.end;
    at_ = found.end;
    return found;
  }

 private:
  /// What records of other versions opened lies between.
  void skip(std::uint32_t place) {
    std::uint32_t step = 1;
    while (at_ + step <= size_ && instances_[at_ + step - 1].place < place) at_ += step, step *= 2;
    for (; step > 0; step /= 2) {
      if (at_ + step <= size_ && instances_[at_ + step - 1].place < place) at_ += step;
    }
  }

  const Instance* instances_;
  std::uint32_t size_;
  bool is_root_;
  std::uint32_t at_ = 0;
};

/// The rows that one entity of versions with one leader makes: [first, first + count) of its
/// table's rows.
struct EntityRows {
  const EntityProgram* entity = nullptr;  ///< as the leader of the records' versions has it
  std::size_t number = 0;                 ///< of the entity in its version
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::size_t instances = 0;  ///< of the rows: from here in Block::row_instances
  /// Copies that the rows refer to: from here in Block::row_copies, `count` for each role.
  std::size_t copies = 0;
};

/// Where a row refers to no copy, since that has no key.
inline constexpr std::uint32_t kNoCopy = std::numeric_limits<std::uint32_t>::max();

/// Embedded copies of one master: rows of its content table, and what belongs to each.
struct Copies {
  Rows rows;
  std::vector<Micros> event_times;  ///< of the first row that embeds it
  std::vector<FaultRank> ranks;     ///< of that row and the role
  std::vector<Hash128> hashes;
  std::vector<std::uint64_t> hash_bytes;  ///< the hashes as columns hold them: two words each
};

/// Copies of one master of versions with one leader: [first, first + count) of the copies of its
/// table.
struct MasterCopies {
  const MasterProgram* master = nullptr;  ///< as the leader has it
  std::size_t number = 0;                 ///< of the master in its version
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::size_t instances = 0;  ///< from here in Block::copy_instances
};

struct Block {
  std::size_t next = 0;  ///< record of the slab that the next block begins with
  Document document;
  TextRoom room;                ///< texts that do not stand in the payload
  std::vector<Record> records;  ///< in the order of the slab
  std::vector<std::vector<std::uint32_t>>
      members;  ///< by leader: the records of its versions, refused ones left out
  std::vector<EntityRows> entities;
  std::vector<MasterCopies> masters;
  std::vector<std::uint32_t> row_instances;
  std::vector<std::uint32_t> row_copies;
  std::vector<std::uint32_t> copy_instances;

  /// Leaves refused records out of `members`; false where there are none.
  bool dismiss_refused();
};

}  // namespace assay::refine
