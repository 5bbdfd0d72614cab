#include <fmt/format.h>

#include "examples/commerce/writers.h"

namespace assay::commerce {
namespace {

std::optional<std::string_view> bad_time(const Order& order) {
  constexpr std::array<std::string_view, 4> kBad = {"2025-02-30T25:61:00Z", "n/a", "31.12.2024",
                                                    "0000-00-00"};
  if (order.dirt != Dirt::bad_date) return std::nullopt;
  return kBad[static_cast<std::size_t>(order.total_cents) % kBad.size()];
}

/// "2025-03-01T11:11:12" as a clock shows it that many hours east of Greenwich.
std::string clock_text(const Order& order, int offset_hours) {
  std::string text =
      format_instant(order.placed_at + Micros{offset_hours} * 3600 * kMicrosPerSecond);
  text.pop_back();  // the Z
  return text;
}

}  // namespace

std::string decimal(std::int64_t cents) {
  return fmt::format("{}.{:02}", cents / 100, cents % 100);
}

std::string short_decimal(std::int64_t cents) {
  std::string text = decimal(cents);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

void epoch_time(JsonText& json, std::string_view name, const Order& order,
                std::int64_t per_second) {
  if (const auto bad = bad_time(order)) return json.text(name, *bad);
  json.integer(name, order.placed_at / kMicrosPerSecond * per_second);
}

void iso_time(JsonText& json, std::string_view name, const Order& order, int offset_hours) {
  if (const auto bad = bad_time(order)) return json.text(name, *bad);
  const std::string offset = offset_hours == 0 ? "Z" : fmt::format("+{:02}:00", offset_hours);
  json.text(name, clock_text(order, offset_hours) + offset);
}

void local_time(JsonText& json, std::string_view name, const Order& order, int offset_hours) {
  if (const auto bad = bad_time(order)) return json.text(name, *bad);
  std::string text = clock_text(order, offset_hours);
  text[text.find('T')] = ' ';
  json.text(name, text);
}

void number_of(JsonText& json, std::string_view name, const Order& order) {
  if (order.dirt == Dirt::missing_key) return json.raw(name, "null");
  json.text(name, order.number);
}

void quantity_of(JsonText& json, std::string_view name, const Order& order, const Line& line,
                 std::string_view suffix) {
  if (order.dirt == Dirt::text_in_number && &line == &order.lines.front())
    return json.text(name, "two");
  json.raw(name, fmt::format("{}{}", line.quantity, suffix));
}

std::string_view tier_of(const Customer& customer, const std::array<std::string_view, 3>& words) {
  return words[static_cast<std::size_t>(customer.tier)];
}

}  // namespace assay::commerce
