#include "fold/timeline_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "column/byte_reader.h"

namespace assay::fold {
namespace {

constexpr std::uint8_t kFormatVersion = 2;
constexpr std::uint8_t kKindShort = 0;
constexpr std::uint8_t kKindLeaves = 1;
constexpr std::size_t kHashSize = 16;
constexpr std::size_t kObservationSizeMin = 4;  // order, priority, hash, knowledge time
constexpr std::size_t kLeafSizeMin = 5;         // page, count, and a position

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7fU) | 0x80U);
  out += static_cast<char>(value);
}

void put_zigzag(std::string& out, std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_varint(out, (bits << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void put_hash(std::string& out, const Hash128& hash) {
  const auto bytes = hash.to_bytes();
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// Differences wrap, so that any two orders have one.
Micros difference(Micros a, Micros b) {
  return static_cast<Micros>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
Micros sum(Micros a, Micros b) {
  return static_cast<Micros>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

/// Writes positions one behind the other.
class PositionWriter {
 public:
  explicit PositionWriter(std::string& out) : out_(out) {}
  void put(const Position& at, bool asserted) {
    put_zigzag(out_, difference(at.order, order_));
    put_zigzag(out_, at.priority);
    const std::size_t number = number_of(at.hash);
    put_varint(out_, number << 1 | (asserted ? 1 : 0));
    if (number == 0) {
      put_hash(out_, at.hash);
      hashes_.push_back(at.hash);
    }
    order_ = at.order;
  }

 private:
  /// 0: the hash stands in full. Only the last few are looked for, so that a page of many contents
  /// is not searched through for each of them.
  std::size_t number_of(const Hash128& hash) const {
    constexpr std::size_t kLookedFor = 8;
    const std::size_t end = hashes_.size() - std::min(hashes_.size(), kLookedFor);
    for (std::size_t number = hashes_.size(); number > end; --number) {
      if (hashes_[number - 1] == hash) return number;
    }
    return 0;
  }

  std::string& out_;
  Micros order_ = 0;
  std::vector<Hash128> hashes_;  ///< hash i has the number i + 1
};

/// Reads what PositionWriter wrote. After a fault the reader is not ok.
class PositionReader {
 public:
  explicit PositionReader(column::ByteReader& reader) : reader_(reader) {}
  Position take(bool& asserted) {
    Position at;
    at.order = order_ = sum(order_, reader_.zigzag());
    at.priority = static_cast<std::int32_t>(reader_.zigzag());
    const std::uint64_t code = reader_.varint();
    asserted = (code & 1) != 0;
    at.hash = hash_of(code >> 1);
    return at;
  }

 private:
  Hash128 hash_of(std::uint64_t number) {
    if (number > 0 && number <= hashes_.size()) return hashes_[number - 1];
    const std::string_view bytes = reader_.bytes(number == 0 ? kHashSize : kNever);
    if (!reader_.ok()) return {};
    return hashes_.emplace_back(Hash128::from_bytes(bytes));
  }

  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
  column::ByteReader& reader_;
  Micros order_ = 0;
  std::vector<Hash128> hashes_;
};

void put_observations(std::string& out, const std::vector<Observation>& observations) {
  put_varint(out, observations.size());
  PositionWriter positions(out);
  Micros knowledge = 0;
  for (const Observation& observation : observations) {
    positions.put(observation.at, observation.asserted);
    put_zigzag(out, difference(observation.knowledge, knowledge));
    knowledge = observation.knowledge;
  }
}

std::vector<Observation> take_observations(column::ByteReader& reader, std::size_t size) {
  const std::uint64_t count = reader.varint();
  std::vector<Observation> observations;
  if (count > size / kObservationSizeMin) {
    reader.bytes(size + 1);  // more than the page can hold: a fault
    return observations;
  }
  observations.reserve(count);
  PositionReader positions(reader);
  Micros knowledge = 0;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Observation observation;
    observation.at = positions.take(observation.asserted);
    observation.knowledge = knowledge = sum(knowledge, reader.zigzag());
    observations.push_back(observation);
  }
  return observations;
}

void put_leaves(std::string& out, const Directory& directory) {
  put_varint(out, directory.next_page);
  put_varint(out, directory.leaves.size());
  PositionWriter positions(out);
  for (const Leaf& leaf : directory.leaves) {
    put_varint(out, leaf.page);
    put_varint(out, leaf.count);
    positions.put(leaf.last, false);
  }
}

void take_leaves(column::ByteReader& reader, std::size_t size, Directory& directory) {
  directory.next_page = static_cast<std::uint32_t>(reader.varint());
  const std::uint64_t count = reader.varint();
  if (count > size / kLeafSizeMin) {
    reader.bytes(size + 1);
    return;
  }
  directory.leaves.reserve(count);
  PositionReader positions(reader);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Leaf leaf;
    leaf.page = static_cast<std::uint32_t>(reader.varint());
    leaf.count = static_cast<std::uint32_t>(reader.varint());
    bool asserted = false;
    leaf.last = positions.take(asserted);
    directory.leaves.push_back(leaf);
  }
}

Error malformed(std::string_view what) {
  return make_error(Code::internal, fmt::format("a page of state is malformed: {}", what),
                    "Delete the folder .assay/state and run again: it is rebuilt from silver.");
}

Status check_version(column::ByteReader& reader) {
  const std::uint8_t version = reader.byte();
  if (reader.ok() && version == kFormatVersion) return {};
  return malformed(fmt::format("format version {}", version));
}

}  // namespace

std::string write_directory(const Directory& directory) {
  std::string page(1, static_cast<char>(kFormatVersion));
  if (directory.leaves.empty()) {
    page += static_cast<char>(kKindShort);
    put_observations(page, directory.observations);
    return page;
  }
  page += static_cast<char>(kKindLeaves);
  put_leaves(page, directory);
  return page;
}

std::string write_leaf(const std::vector<Observation>& observations) {
  std::string page(1, static_cast<char>(kFormatVersion));
  put_observations(page, observations);
  return page;
}

Result<Directory> read_directory(std::string_view page) {
  column::ByteReader reader(page);
  ASSAY_TRY_VOID(check_version(reader));
  Directory directory;
  switch (reader.byte()) {
    case kKindShort: directory.observations = take_observations(reader, page.size()); break;
    case kKindLeaves: take_leaves(reader, page.size(), directory); break;
    default: return malformed("unknown kind of directory");
  }
  if (!reader.ok() || !reader.at_end()) return malformed("directory");
  return directory;
}

Result<std::vector<Observation>> read_leaf(std::string_view page) {
  column::ByteReader reader(page);
  ASSAY_TRY_VOID(check_version(reader));
  std::vector<Observation> observations = take_observations(reader, page.size());
  if (!reader.ok() || !reader.at_end()) return malformed("leaf");
  return observations;
}

}  // namespace assay::fold
