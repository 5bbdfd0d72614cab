#include "fold/timeline_page.h"

#include <fmt/format.h>

#include "column/byte_reader.h"

namespace assay::fold {
namespace {

constexpr std::uint8_t kFormatVersion = 1;
constexpr std::uint8_t kKindShort = 0;
constexpr std::uint8_t kKindLeaves = 1;
constexpr std::size_t kHashSize = 16;
constexpr std::size_t kObservationSizeMin = 1 + 1 + kHashSize + 1 + 1;

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

void put_observations(std::string& out, const std::vector<Observation>& observations) {
  put_varint(out, observations.size());
  Micros before = 0;
  for (const Observation& observation : observations) {
    put_zigzag(out, difference(observation.at.order, before));
    put_zigzag(out, observation.at.priority);
    put_hash(out, observation.at.hash);
    put_zigzag(out, observation.knowledge);
    out += observation.asserted ? '\1' : '\0';
    before = observation.at.order;
  }
}

Hash128 take_hash(column::ByteReader& reader) {
  const std::string_view bytes = reader.bytes(kHashSize);
  return reader.ok() ? Hash128::from_bytes(bytes) : Hash128{};
}

std::vector<Observation> take_observations(column::ByteReader& reader, std::size_t size) {
  const std::uint64_t count = reader.varint();
  std::vector<Observation> observations;
  if (count > size / kObservationSizeMin) {
    reader.bytes(size + 1);  // more than the page can hold: a fault
    return observations;
  }
  observations.reserve(count);
  Micros before = 0;
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Observation observation;
    observation.at.order = sum(before, reader.zigzag());
    observation.at.priority = static_cast<std::int32_t>(reader.zigzag());
    observation.at.hash = take_hash(reader);
    observation.knowledge = reader.zigzag();
    observation.asserted = reader.byte() != 0;
    before = observation.at.order;
    observations.push_back(observation);
  }
  return observations;
}

void take_leaves(column::ByteReader& reader, std::size_t size, Directory& directory) {
  directory.next_page = static_cast<std::uint32_t>(reader.varint());
  const std::uint64_t count = reader.varint();
  if (count > size / (kHashSize + 1)) {
    reader.bytes(size + 1);
    return;
  }
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    Leaf leaf;
    leaf.page = static_cast<std::uint32_t>(reader.varint());
    leaf.count = static_cast<std::uint32_t>(reader.varint());
    leaf.last.order = reader.zigzag();
    leaf.last.priority = static_cast<std::int32_t>(reader.zigzag());
    leaf.last.hash = take_hash(reader);
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
  put_varint(page, directory.next_page);
  put_varint(page, directory.leaves.size());
  for (const Leaf& leaf : directory.leaves) {
    put_varint(page, leaf.page);
    put_varint(page, leaf.count);
    put_zigzag(page, leaf.last.order);
    put_zigzag(page, leaf.last.priority);
    put_hash(page, leaf.last.hash);
  }
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
