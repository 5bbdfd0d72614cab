#pragma once
// Numbers of JSON compared by their mathematical value, from their text.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::path {

/// 0.digits * 10^exponent, without zeros at either end of `digits`; zero has no digits. Exponents
/// stop counting at +-10^15, far behind the digits that a record can hold.
class Decimal {
 public:
  Decimal() = default;
  explicit Decimal(std::uint64_t value);
  /// REQUIRES: `token` is a number in JSON's grammar.
  explicit Decimal(std::string_view token);

  bool is_zero() const { return digits_.empty(); }
  /// Where the first digit stands: the value lies below 10^exponent.
  std::int64_t exponent() const { return exponent_; }

  bool operator==(const Decimal&) const = default;
  std::strong_ordering operator<=>(const Decimal& other) const;

 private:
  std::strong_ordering compare_sizes(const Decimal& other) const;

  bool negative_ = false;  ///< never for zero
  std::string digits_;
  std::int64_t exponent_ = 0;
};

}  // namespace assay::path
