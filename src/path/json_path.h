#pragma once
// JSONPath (RFC 9535), the part that a mapping needs: names, indices and wildcards.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::path {

struct Step {
  enum class Kind : std::uint8_t { name, index, wildcard };
  Kind kind = Kind::name;
  std::string name;        ///< for name: the member's name, unescaped
  std::int64_t index = 0;  ///< for index: 0 or above
  bool operator==(const Step&) const = default;
};

/// A compiled path. `relative` paths start at the row ("@"), others at the payload's root ("$").
struct JsonPath {
  bool relative = false;
  std::vector<Step> steps;
  bool operator==(const JsonPath&) const = default;
};

/// Takes "$.a.b", "$['a b'].c", "$.lines[*].price", "$.lines[0]", "@.price". Code::path_invalid
/// tells the byte and what was expected; negative indices, slices, filters and ".." are named as
/// not taken yet. All of RFC 9535 is in path/query.h, over the same syntax tree.
Result<JsonPath> parse_json_path(std::string_view text);
/// The canonical text; parse(to_string(p)) == p.
std::string to_string(const JsonPath& path);

/// A name in single quotes, as normalized paths write it (RFC 9535 section 2.7).
std::string quoted_name(std::string_view name);

/// Appends one reference token to a JSON Pointer (RFC 6901: "~" as "~0", "/" as "~1").
void append_pointer(std::string& pointer, std::string_view token);

}  // namespace assay::path
