#pragma once
// verify's own rendition of XML (docs/formats/renditions.md): a plain recursive descent, one
// function a production, that builds a tree and writes it down.

#include <string>
#include <string_view>
#include <variant>

#include "verify/payload.h"

namespace assay::verify {

std::variant<std::string, Fault> xml_rendition(std::string_view payload,
                                               const PayloadLimits& limits);

}  // namespace assay::verify
