#pragma once
// The characters of an XML document: its encoding found, turned into UTF-8, and checked.

#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::decode {

/// The document as UTF-8, without a byte-order mark; every character is one that XML 1.0 allows.
/// Borrows `bytes` where they are UTF-8 already, else `room`.
///
/// Read are UTF-8, US-ASCII, ISO-8859-1 and, with a byte-order mark or by their first character,
/// both orders of UTF-16. Code::encoding_unsupported where another one is declared, or where the
/// bytes are not in the one that is; Code::xml_syntax for characters that XML does not allow.
Result<std::string_view> xml_text(std::string_view bytes, std::string& room);

}  // namespace assay::decode
