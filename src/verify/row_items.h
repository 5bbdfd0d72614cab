#pragma once
// Which items of a payload are the rows of an entity, and what a path means for one of them.

#include <cstddef>
#include <string>
#include <vector>

#include "verify/payload.h"
#include "verify/plan_document.h"

namespace assay::verify {

/// One item of the payload that is a row, and the indices of the wildcards on the way to it.
struct Item {
  const Node* node = nullptr;
  std::vector<std::size_t> indices;
  std::string pointer;
};

/// Wildcards among the first steps of a path.
std::size_t wildcards(const Path& path, std::size_t steps);
inline std::size_t wildcards(const Path& path) { return wildcards(path, path.steps.size()); }
/// Wildcards in the beginning that two paths share: how far a row fixes the way of another path.
std::size_t shared_wildcards(const Path& path, const Path& rows);

std::vector<Item> items_of(const Path& path, const Node& root);
/// The one value that a path means for a row: wildcards take the row's indices. `node` may be
/// nullptr; the pointer then says where it would stand.
Item resolve(const Path& path, const Node& root, const std::vector<std::size_t>& indices);
/// The pointer of the instance around a row that `count` of its indices name.
std::string pointer_around(const Path& rows, const std::vector<std::size_t>& indices,
                           std::size_t count);

}  // namespace assay::verify
