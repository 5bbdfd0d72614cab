#pragma once
// How near two words are, for typos and for "did you mean".

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ask {

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), counted
/// in bytes; `limit` + 1 where there are more than `limit`.
int edit_distance(std::string_view left, std::string_view right, int limit);

/// Lower case of ASCII letters; other bytes as they are.
std::string lower(std::string_view text);

/// At most `count` candidates, the nearest first; none that shares nothing with the word. Case does
/// not matter.
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                 std::size_t count);

/// "'a', 'b' or 'c'"; empty where there are none.
std::string quoted_list(std::span<const std::string> names,
                        std::string_view last_separator = " or ");

}  // namespace assay::ask
