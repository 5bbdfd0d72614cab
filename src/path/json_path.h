#pragma once
// JSONPath (RFC 9535), the part that a mapping needs: names, indices and wildcards, and behind them
// perhaps a query that needs a look of its own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::path {

struct Step {
  enum class Kind : std::uint8_t { name, index, wildcard, query };
  Kind kind = Kind::name;
  std::string name;        ///< for name: the member's name, unescaped; for query: its text
  std::int64_t index = 0;  ///< for index: 0 or above
  bool operator==(const Step&) const = default;
};

/// A compiled path. `relative` paths start at the row ("@"), others at the payload's root ("$").
struct JsonPath {
  bool relative = false;
  std::vector<Step> steps;
  bool operator==(const JsonPath&) const = default;
  /// The last step is a query: what it finds first is what the path leads to.
  bool has_query() const { return !steps.empty() && steps.back().kind == Step::Kind::query; }
};

/// Takes "$.a.b", "$['a b'].c", "$.lines[*].price", "$.lines[0]", "@.price". Code::path_invalid
/// tells the byte and what was expected; negative indices, slices, filters and ".." are named as
/// not taken yet. All of RFC 9535 is in path/query.h, over the same syntax tree.
Result<JsonPath> parse_json_path(std::string_view text);
/// The same for paths of a mapping: from the first such segment on the rest is one step, a query
/// (path/mapping_query.h says which are taken), perhaps a lookup that begins at "$" again.
Result<JsonPath> parse_mapping_path(std::string_view text);
/// The text; parse(to_string(p)) == p. It is canonical but for a query, which stands as it is.
std::string to_string(const JsonPath& path);

/// A name in single quotes, as normalized paths write it (RFC 9535 section 2.7).
std::string quoted_name(std::string_view name);

/// Appends one reference token to a JSON Pointer (RFC 6901: "~" as "~0", "/" as "~1").
void append_pointer(std::string& pointer, std::string_view token);

}  // namespace assay::path
