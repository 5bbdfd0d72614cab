#pragma once
// The JSON Canonicalization Scheme (RFC 8785): one text for all texts of the same I-JSON value.

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace assay::path {

/// Without blanks, keys in the order of their UTF-16 code units, numbers as ECMAScript prints
/// doubles. Refuses what JsonDocument refuses, and numbers beyond the range of doubles
/// (Code::json_number_range).
///
/// Not lossless: numbers go through a double, so 9007199254740993 becomes 9007199254740992. It is
/// for exchange with others and for identities of schemas; hashes of rows never go through it.
Result<std::string> canonical_json(std::string_view text, const PayloadLimits& limits = {});

/// A double as ECMAScript prints it. REQUIRES: finite.
std::string ecmascript_number(double value);

}  // namespace assay::path
