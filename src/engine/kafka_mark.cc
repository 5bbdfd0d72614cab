#include "engine/kafka_mark.h"

#include <fmt/format.h>

#include <charconv>

namespace assay::engine {
namespace {

bool take_number(std::string_view& text, std::int64_t& number) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return false;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + blank, number);
  const bool whole = fault == std::errc() && end == text.data() + blank;
  text.remove_prefix(blank + 1);
  return whole;
}

}  // namespace

std::string KafkaMark::to_text() const {
  return fmt::format("{} {} {}", offset, timestamp, hash.to_hex());
}

std::optional<KafkaMark> KafkaMark::parse(std::string_view text) {
  KafkaMark mark;
  if (!take_number(text, mark.offset) || !take_number(text, mark.timestamp)) return std::nullopt;
  if (text.size() != 32) return std::nullopt;
  const auto half = [&](std::size_t at, std::uint64_t& into) {
    const auto [end, fault] = std::from_chars(text.data() + at, text.data() + at + 16, into, 16);
    return fault == std::errc() && end == text.data() + at + 16;
  };
  if (!half(0, mark.hash.high) || !half(16, mark.hash.low)) return std::nullopt;
  return mark;
}

}  // namespace assay::engine
