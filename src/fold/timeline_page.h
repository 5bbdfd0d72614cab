#pragma once
// Pages of a key's timeline: the bytes. See timeline.h for what they mean.
//
// Page 0, the directory: version, kind.
//   kind 0: varint count, observations - a short timeline needs no leaves
//   kind 1: varint next page, varint leaf count; a leaf: varint page, varint count, last position
// A leaf page: version, varint count, observations.
// A position: zigzag order less the order before it (0 before the first), zigzag priority, varint
// twice the number of the hash, + 1 where an observation is asserted; number 0: the 16 bytes of a
// hash follow, which gets the page's next number, from 1. An observation: a position, zigzag
// knowledge time less the one before it. Varints are those of docs/formats/row-encoding.md.
//
// Most observations of a master repeat a content and come from one epoch, so that they take about
// 10 bytes; nearly every epoch reads and writes a page of nearly every master.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace assay::fold {

/// Where an observation stands in the total order of its key (design section 6).
struct Position {
  Micros order = 0;
  std::int32_t priority = 0;
  Hash128 hash = {};
  auto operator<=>(const Position&) const = default;
};

/// "The content of this key was `hash` from `order` on", as a source said.
struct Observation {
  Position at = {};
  Micros knowledge = 0;
  bool asserted = false;  ///< a row says so; not so where it only repeats what stood before it
  bool operator==(const Observation&) const = default;
};

struct Leaf {
  std::uint32_t page = 0;
  std::uint32_t count = 0;
  Position last = {};
  bool operator==(const Leaf&) const = default;
};

/// Page 0. Invariants: (1) `observations` or `leaves` is empty; (2) both are sorted.
struct Directory {
  std::uint32_t next_page = 1;
  std::vector<Leaf> leaves = {};
  std::vector<Observation> observations = {};
  bool operator==(const Directory&) const = default;
};

std::string write_directory(const Directory& directory);
std::string write_leaf(const std::vector<Observation>& observations);
/// Code::internal where the page is not what the functions above write.
Result<Directory> read_directory(std::string_view page);
Result<std::vector<Observation>> read_leaf(std::string_view page);

}  // namespace assay::fold
