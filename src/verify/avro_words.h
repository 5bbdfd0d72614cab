#pragma once
// verify's own texts for what JSON has no type for (docs/formats/renditions.md, "Avro").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::verify {

/// 3, 6 or 9 for the words of times and instants; 0 for other words.
int digits_of_fraction(std::string_view logical);
/// A day, a time or an instant as a JSON string; the number where the text would have no day in the
/// years 1 to 9999.
std::string temporal_text(std::string_view logical, std::int64_t value);
/// The fewest digits that read back as the same value.
std::string real_text(double value);
std::string real_text(float value);
/// A number in two's complement, the highest byte first; nothing where it has no bytes or more than
/// 1024.
std::optional<std::string> decimal_text(std::string_view octets);
/// Puts a point before the last `scale` digits.
std::string with_point(std::string digits, int scale);
std::string base64_text(std::string_view octets);
std::string uuid_text(std::string_view octets);
std::string duration_text(std::string_view octets);

}  // namespace assay::verify
