#pragma once
// The rendition of an XML document (docs/formats/renditions.md).

#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace assay::decode {

/// Appends the rendition. Code::xml_syntax, xml_doctype, encoding_unsupported, json_too_deep,
/// json_too_large; `out` is then longer by some part of it.
Status append_xml(std::string& out, std::string_view payload, const PayloadLimits& limits);

}  // namespace assay::decode
