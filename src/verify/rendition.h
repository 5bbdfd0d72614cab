#pragma once
// verify's own way from a payload of another format to the JSON text that stands for it
// (docs/formats/renditions.md).

#include <string>
#include <string_view>
#include <variant>

#include "verify/payload.h"

namespace assay::verify {

/// The JSON text of a payload; `headers` are those of bronze.record, empty where it has none.
std::variant<std::string, Fault> rendition_of(std::string_view payload, std::string_view headers,
                                              const PayloadLimits& limits);

/// The headers of a record, with the schema that its first bytes name where they lack it:
/// `accounting` of its silver manifest says what was looked up.
std::string completed_headers(std::string_view payload, std::string_view headers,
                              std::string_view accounting);

/// Appends a JSON string with its quotes, as RFC 8785 writes it. REQUIRES: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);
/// Bytes that the rendition of one of the many records of a file may have.
std::size_t row_rendition_max(std::size_t payload_size, const PayloadLimits& limits);
/// Code::json_too_large where a rendition is larger than its payload allows.
std::optional<Fault> size_fault(std::size_t rendition_size, std::size_t payload_size,
                                const PayloadLimits& limits);

}  // namespace assay::verify
