#pragma once
// How a rendition writes strings: as RFC 8785 does.

#include <string>
#include <string_view>

namespace assay::decode {

/// Appends the characters of a JSON string, without its quotes. REQUIRES: valid UTF-8.
void append_json_characters(std::string& out, std::string_view text);
/// The same, with the quotes.
void append_json_string(std::string& out, std::string_view text);

}  // namespace assay::decode
