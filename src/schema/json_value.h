#pragma once
// Values of JSON by what they mean: 1, 1.0 and 10e-1 are one number.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "path/json_document.h"

namespace assay::schema {

/// A number of JSON as digits * 10^exponent, without zeros at either end of the digits; zero has
/// none. Exponents stop counting at +-10^15.
class ExactNumber {
 public:
  /// REQUIRES: `token` is a number in JSON's grammar.
  explicit ExactNumber(std::string_view token);

  bool is_zero() const { return digits_.empty(); }
  bool is_negative() const { return negative_; }
  bool is_integer() const { return digits_.empty() || exponent_ >= 0; }
  /// The digits as one number; nothing where they do not fit 18 of them.
  std::optional<std::uint64_t> short_digits() const;
  /// This is an integer times `divisor`. REQUIRES: divisor.short_digits(), not zero.
  bool is_multiple_of(const ExactNumber& divisor) const;
  /// As a count of something: nothing where it is negative, no integer or beyond 10^18.
  std::optional<std::uint64_t> as_count() const;
  /// The same for equal numbers.
  std::string key() const;

 private:
  bool negative_ = false;
  std::string digits_;
  std::int64_t exponent_ = 0;
};

/// The same text for equal values: numbers by value, members of objects in the order of their
/// names.
std::string equality_key(const path::JsonDocument& document, path::NodeId node);

}  // namespace assay::schema
