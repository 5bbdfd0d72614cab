#pragma once
// Instants as UTC microseconds since 1970, and days since 1970. No clock here: see io/clock.h.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

using Micros = std::int64_t;  ///< UTC microseconds since 1970-01-01T00:00:00Z
using Days = std::int32_t;    ///< days since 1970-01-01

inline constexpr Micros kMicrosPerSecond = 1'000'000;
inline constexpr Micros kMicrosPerDay = 86'400 * kMicrosPerSecond;

Days days_from_civil(int year, unsigned month, unsigned day);
/// Floors, also before 1970.
Days day_of(Micros instant);
/// Months since 1970-01, floored.
std::int32_t month_of(Micros instant);
/// "2011-12-09T12:50:00Z", with a fraction only where there is one.
std::string format_instant(Micros instant);
std::string format_day(Days day);
/// RFC 3339 and its common relatives: "2011-12-09", "2011-12-09 12:50",
/// "2011-12-09T12:50:00.123456+02:00". Without an offset the instant is taken as UTC minus
/// `offset_minutes`. Nothing on any other text, on a day that does not exist, or on more than 6
/// digits of fraction unless the rest are zeros.
std::optional<Micros> parse_instant(std::string_view text, int offset_minutes = 0);
std::optional<Days> parse_day(std::string_view text);

}  // namespace assay
