#pragma once
// The paths of a family as a tree of rows, objects and leaves, with their names as words.

#include <cstdint>
#include <string>
#include <vector>

#include "registry/document_facts.h"
#include "registry/naming.h"

namespace assay::registry {

/// Borrows the facts. Paths are their indices there; parents come before what is below them.
class FamilyView {
 public:
  explicit FamilyView(const FamilyFacts& family);

  const FamilyFacts& family() const { return family_; }
  const PathFacts& at(std::uint32_t path) const { return family_.paths[path]; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(family_.paths.size()); }

  /// A scalar, mostly.
  bool is_leaf(std::uint32_t path) const { return is_leaf_[path]; }
  /// Elements of an array that are rows of their own.
  bool is_row(std::uint32_t path) const { return is_row_[path]; }
  /// The row around a path, or the path itself where it is one; 0 is the payload.
  std::uint32_t row_of(std::uint32_t path) const { return row_of_[path]; }
  bool is_below(std::uint32_t path, std::uint32_t ancestor) const;
  /// Leaves of the same row below a path, the path itself left out.
  std::vector<std::uint32_t> leaves_below(std::uint32_t path) const;

  /// Names between a path and an ancestor of it, as words; a word is not said twice in a row.
  Words words(std::uint32_t path, std::uint32_t ancestor) const;
  /// The name of an object, an array's element or a leaf alone.
  Words own_words(std::uint32_t path) const;
  /// How many names stand between a path and an ancestor of it: 1 for a member.
  int levels(std::uint32_t path, std::uint32_t ancestor) const;
  /// The object or array element that a named path is a member of.
  std::uint32_t holder(std::uint32_t path) const;
  const RowSample* sample(std::uint32_t row) const;

 private:
  bool has_name(std::uint32_t path) const;

  const FamilyFacts& family_;
  std::vector<bool> is_leaf_;
  std::vector<bool> is_row_;
  std::vector<std::uint32_t> row_of_;
};

}  // namespace assay::registry
