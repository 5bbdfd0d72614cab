#pragma once
// The target of a request ("/subjects/a%2Fb?deleted=true"): cut first, decoded then, so that an
// encoded slash never makes a segment.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::serve {

struct RequestTarget {
  std::vector<std::string> segments;  ///< of the path, decoded: "subjects", "a/b"
  std::map<std::string, std::string, std::less<>> query;  ///< the last of equal names

  /// True for "true" and "True", which clients send both.
  bool flag(std::string_view name) const;
  std::string text(std::string_view name) const;  ///< empty where it is missing
};

/// Errors: request_invalid for what is no path from the root, for bad escapes, for bytes that are
/// no UTF-8, for control characters, and for "." and ".." as segments.
Result<RequestTarget> parse_target(std::string_view target);

}  // namespace assay::serve
