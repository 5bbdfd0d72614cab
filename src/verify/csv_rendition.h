#pragma once
// verify's own rendition of a row of CSV (docs/formats/renditions.md): one character after the
// other, header line and row alike.

#include <string>
#include <string_view>
#include <variant>

#include "verify/payload.h"

namespace assay::verify {

std::variant<std::string, Fault> csv_rendition(std::string_view row, std::string_view header,
                                               char delimiter, const PayloadLimits& limits);

}  // namespace assay::verify
