#pragma once
// Values that people write as one word: sizes, spans of time, offsets, and constants of a field's
// type.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "column/schema.h"

namespace assay::model {

/// "4096", "64KiB", "16MiB", "1GiB" as bytes.
std::optional<std::int64_t> parse_size(std::string_view text);
/// "30d", "12h", "15m", "45s", "2w" as microseconds; more than nothing, at most 100 years.
std::optional<std::int64_t> parse_window(std::string_view text);
/// "UTC", "Z", "+02:00", "-0330" as minutes east of UTC; at most 18 hours.
std::optional<int> parse_offset(std::string_view text);
/// Whether a constant's text is a value of the type.
bool is_value_of(std::string_view text, const column::DataType& type);

}  // namespace assay::model
