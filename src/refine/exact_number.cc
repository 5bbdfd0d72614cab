#include "refine/exact_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "refine/number_token.h"

namespace assay::refine {
namespace {

constexpr int kDigitsMax = 38;
constexpr std::int64_t kExponentMax = 1'000'000'000;

constexpr auto kPowers = [] {
  std::array<UInt128, kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

/// The parts of a number in JSON's grammar.
struct Token {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

std::string_view take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_digit(text[size])) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

bool take(std::string_view& text, std::string_view set) {
  if (text.empty() || set.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Token> parse_token(std::string_view text) {
  Token token;
  token.negative = take(text, "-");
  token.whole = take_digits(text);
  if (token.whole.empty() || (token.whole.size() > 1 && token.whole[0] == '0')) return std::nullopt;
  if (take(text, ".")) {
    token.fraction = take_digits(text);
    if (token.fraction.empty()) return std::nullopt;
  }
  if (take(text, "eE")) {
    const bool negative = !text.empty() && text[0] == '-';
    take(text, "+-");
    const std::string_view digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    for (const char c : digits)
      token.exponent = std::min(token.exponent * 10 + (c - '0'), kExponentMax);
    if (negative) token.exponent = -token.exponent;
  }
  if (!text.empty()) return std::nullopt;
  return token;
}

}  // namespace

UInt128 power10(int exponent) { return kPowers[static_cast<std::size_t>(exponent)]; }

std::optional<ExactNumber> parse_exact(std::string_view text) {
  const auto token = parse_token(text);
  if (!token) return std::nullopt;
  ExactNumber number;
  number.negative = token->negative;
  std::int64_t zeros = 0;  // zeros since the last other digit
  std::int64_t position = static_cast<std::int64_t>(token->whole.size()) + token->exponent;
  const auto take_one = [&](char c) {
    --position;  // the digit stands for c * 10^position
    if (c == '0') {
      zeros += number.digits > 0 ? 1 : 0;
      return;
    }
    number.digits += zeros + 1;
    if (number.digits > kDigitsMax) {
      number.too_long = true;
    } else {
      number.mantissa =
          number.mantissa * power10(static_cast<int>(zeros + 1)) + static_cast<UInt128>(c - '0');
    }
    zeros = 0;
    number.exponent = position;
  };
  for (const char c : token->whole) take_one(c);
  for (const char c : token->fraction) take_one(c);
  return number;
}

Shift shift_exact(const ExactNumber& number, std::int64_t exponent, Int128& out) {
  out = 0;
  const std::int64_t shift = number.exponent + exponent;
  if (number.too_long) return shift < 0 ? Shift::not_whole : Shift::too_large;
  if (number.mantissa == 0) return Shift::done;
  if (shift < 0) return Shift::not_whole;
  constexpr UInt128 kMax = ~UInt128{0} >> 1;
  if (shift > kDigitsMax) return Shift::too_large;
  const UInt128 factor = power10(static_cast<int>(shift));
  if (number.mantissa > kMax / factor) return Shift::too_large;
  out = static_cast<Int128>(number.mantissa * factor);
  if (number.negative) out = -out;
  return Shift::done;
}

std::optional<double> parse_double(std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc()) return value;
  // Out of range: too small is zero, too large is none.
  const auto number = parse_exact(text);
  if (!number) return std::nullopt;
  const bool small = number->exponent + number->digits <= 0;
  if (!small) return std::nullopt;
  return number->negative ? -0.0 : 0.0;
}

}  // namespace assay::refine
