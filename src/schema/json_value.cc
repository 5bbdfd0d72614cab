#include "schema/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace assay::schema {
namespace {

using path::JsonDocument;
using path::NodeId;
__extension__ using Wide = unsigned __int128;

constexpr std::int64_t kExponentMax = 1'000'000'000'000'000;
constexpr std::size_t kShortDigits = 18;

std::int64_t exponent_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc::result_out_of_range) {
    return text.starts_with('-') ? -kExponentMax : kExponentMax;
  }
  return std::clamp(value, -kExponentMax, kExponentMax);
}

std::uint64_t power_of_ten_modulo(std::uint64_t exponent, std::uint64_t modulus) {
  Wide result = 1 % modulus;
  Wide base = 10 % modulus;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = result * base % modulus;
    base = base * base % modulus;
  }
  return static_cast<std::uint64_t>(result);
}

}  // namespace

ExactNumber::ExactNumber(std::string_view token) {
  negative_ = token.starts_with('-');
  if (negative_) token.remove_prefix(1);
  if (const auto e = token.find_first_of("eE"); e != std::string_view::npos) {
    exponent_ = exponent_of(token.substr(e + 1));
    token = token.substr(0, e);
  }
  if (const auto dot = token.find('.'); dot != std::string_view::npos) {
    exponent_ -= static_cast<std::int64_t>(token.size() - dot - 1);
    digits_ = std::string(token.substr(0, dot)) + std::string(token.substr(dot + 1));
  } else {
    digits_ = token;
  }
  digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
  const auto last = digits_.find_last_not_of('0');
  if (last == std::string::npos) {
    negative_ = false;
    digits_.clear();
    exponent_ = 0;
    return;
  }
  exponent_ += static_cast<std::int64_t>(digits_.size() - last - 1);
  digits_.resize(last + 1);
}

std::optional<std::uint64_t> ExactNumber::short_digits() const {
  if (digits_.size() > kShortDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits_) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

bool ExactNumber::is_multiple_of(const ExactNumber& divisor) const {
  if (is_zero()) return true;
  // The digits end in no zero, so no power of ten can be taken out of them.
  if (exponent_ < divisor.exponent_) return false;
  const std::uint64_t modulus = *divisor.short_digits();
  Wide rest = 0;
  for (const char c : digits_) rest = (rest * 10 + static_cast<unsigned>(c - '0')) % modulus;
  const auto shift = static_cast<std::uint64_t>(exponent_ - divisor.exponent_);
  return rest * power_of_ten_modulo(shift, modulus) % modulus == 0;
}

std::optional<std::uint64_t> ExactNumber::as_count() const {
  if (negative_ || !is_integer()) return std::nullopt;
  if (is_zero()) return 0;
  if (static_cast<std::int64_t>(digits_.size()) + exponent_ > static_cast<int>(kShortDigits)) {
    return std::nullopt;
  }
  std::uint64_t value = *short_digits();
  for (std::int64_t i = 0; i < exponent_; ++i) value *= 10;
  return value;
}

std::string ExactNumber::key() const {
  return fmt::format("{}{}e{}", negative_ ? "-" : "", digits_.empty() ? "0" : digits_, exponent_);
}

namespace {

/// Lengths stand before texts, so that no two values share a key.
void put_text(std::string& out, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{}:{}", text.size(), text);
}

// Recursion ends with the depth that the document was read with.
void put_key(std::string& out, const JsonDocument& document, NodeId node) {
  switch (document.kind(node)) {
    case JsonDocument::Kind::null:
    case JsonDocument::Kind::boolean: out += document.source(node).front(); return;
    case JsonDocument::Kind::number: out += ExactNumber(document.source(node)).key() + ","; return;
    case JsonDocument::Kind::string:
      out += '"';
      put_text(out, document.string(node));
      return;
    case JsonDocument::Kind::array:
      out += '[';
      for (NodeId child = document.first_child(node); child != document.after(node);
           child = document.after(child)) {
        put_key(out, document, child);
      }
      out += ']';
      return;
    case JsonDocument::Kind::object: break;
  }
  std::vector<std::pair<std::string_view, NodeId>> members;
  for (NodeId child = document.first_child(node); child != document.after(node);
       child = document.after(child)) {
    members.emplace_back(document.key(child), child);
  }
  std::sort(members.begin(), members.end());
  out += '{';
  for (const auto& [name, child] : members) {
    put_text(out, name);
    put_key(out, document, child);
  }
  out += '}';
}

}  // namespace

std::string equality_key(const JsonDocument& document, NodeId node) {
  std::string key;
  put_key(key, document, node);
  return key;
}

}  // namespace assay::schema
