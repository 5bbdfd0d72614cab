#pragma once
// XPath 1.0, the subset that docs/paths.md lists, compiled onto the steps of XML's rendition
// (docs/formats/renditions.md).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "path/json_path.h"

namespace assay::path {

/// Prefix -> URI, as the one who writes the paths declares them; the prefixes of a document do not
/// count. Without a prefix a name is in no namespace, as in XPath 1.0.
using XmlNamespaces = std::map<std::string, std::string, std::less<>>;

/// What a path is asked for.
enum class XPathUse : std::uint8_t {
  value,      ///< the text of the first node that it finds
  existence,  ///< whether the first node of each step is there: a match condition without a text
  condition,  ///< the text there: a match condition with one
  rows,       ///< each node that it finds
};

/// Code::path_invalid tells the byte and what was expected there, or what is not taken and why.
Result<JsonPath> compile_xpath(std::string_view text, const XmlNamespaces& namespaces,
                               XPathUse use);

}  // namespace assay::path
