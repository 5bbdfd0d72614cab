#include "path/decimal.h"

#include <algorithm>
#include <charconv>

namespace assay::path {
namespace {

constexpr std::int64_t kExponentMax = 1'000'000'000'000'000;

/// The number behind "e", held within +-kExponentMax.
std::int64_t written_exponent(std::string_view text) {
  if (text.empty()) return 0;
  const bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{}) value = kExponentMax;
  value = std::min(value, kExponentMax);
  return negative ? -value : value;
}

}  // namespace

Decimal::Decimal(std::uint64_t value) : Decimal(std::string_view(std::to_string(value))) {}

Decimal::Decimal(std::string_view token) {
  negative_ = !token.empty() && token[0] == '-';
  if (negative_) token.remove_prefix(1);
  const std::size_t mark = token.find_first_of("eE");
  const std::string_view mantissa = token.substr(0, mark);
  if (mark != std::string_view::npos) exponent_ = written_exponent(token.substr(mark + 1));
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  digits_ = mantissa.substr(0, point);
  if (point < mantissa.size()) digits_ += mantissa.substr(point + 1);
  exponent_ += static_cast<std::int64_t>(point);
  const std::size_t first = digits_.find_first_not_of('0');
  if (first == std::string::npos) {
    *this = Decimal();
    return;
  }
  exponent_ -= static_cast<std::int64_t>(first);
  digits_.erase(digits_.find_last_not_of('0') + 1);
  digits_.erase(0, first);
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  if (negative_ != other.negative_) {
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return negative_ ? other.compare_sizes(*this) : compare_sizes(other);
}

std::strong_ordering Decimal::compare_sizes(const Decimal& other) const {
  if (is_zero() || other.is_zero()) return !is_zero() <=> !other.is_zero();
  if (exponent_ != other.exponent_) return exponent_ <=> other.exponent_;
  return digits_.compare(other.digits_) <=> 0;
}

}  // namespace assay::path
