#pragma once
// The embedded masters of the rows that one version's rules make: which copies there are, and their
// typed fields.

#include <cstdint>
#include <vector>

#include "refine/block.h"

namespace assay::refine {

struct Kernel;

/// Use, for each block: begin(), refer() for each entity's rows, run() once, then settle_rows() for
/// each entity's rows. Buffers are kept from block to block. Borrows the version.
class CopyMapper {
 public:
  explicit CopyMapper(const VersionProgram& version) : drafts_(version.masters.size()) {
    for (std::size_t i = 0; i < drafts_.size(); ++i) drafts_[i].master = &version.masters[i];
  }

  void begin();
  /// Names the copy of each role of each row: a new one where no row before embeds it.
  /// `fields` is the number of the entity's own fields, `number` that of the entity.
  void refer(Kernel& kernel, Block& block, EntityRows& rows, std::size_t number,
             std::size_t fields);
  /// Maps the copies that have a key. The others are none.
  void run(Kernel& kernel, Block& block);
  /// Turns the copies that the rows name into rows of the content table.
  void settle_rows(Block& block, const EntityRows& rows) const;

 private:
  struct Copy {
    Micros event_time = 0;
    FaultRank rank = 0;  ///< of the first row and role that name it
    std::uint32_t record = 0;
  };
  /// The copies of one master, in the order in which rows name them.
  struct Draft {
    const MasterProgram* master = nullptr;
    std::vector<std::uint32_t> instances;
    std::vector<Copy> copies;                ///< parallel to instances
    std::vector<std::uint32_t> of_instance;  ///< copy + 1
    std::vector<std::uint32_t> rows;         ///< of the content table; kNoCopy: the copy has no key
  };

  static void name_copies(Draft& draft, const Rows& table, const EntityRows& rows,
                          const std::uint32_t* instances, FaultPlace place, std::uint32_t* named);
  /// Maps the keys, or the other fields, of the copies into the rows from `first` on.
  void map_fields(Kernel& kernel, Block& block, const Draft& draft, std::uint32_t first,
                  bool keys) const;
  void compute_field(Kernel& kernel, Block& block, const Draft& draft, std::uint32_t first,
                     std::size_t number) const;
  bool drop_keyless(const Rows& rows, Draft& draft, std::uint32_t first) const;
  void map_draft(Kernel& kernel, Block& block, Draft& draft);

  std::vector<Draft> drafts_;
};

}  // namespace assay::refine
