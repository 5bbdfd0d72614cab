#pragma once
// How each application writes an order, and the formats that they share.

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "examples/commerce/json_text.h"
#include "examples/commerce/world.h"

namespace assay::commerce {

// Money.

/// 1250 -> "12.50"
std::string decimal(std::int64_t cents);
/// 1250 -> "12.5", 1200 -> "12": a number as JavaScript prints it.
std::string short_decimal(std::int64_t cents);

// Time. A dirty one is a text that is no time, whatever the application's format.

void epoch_time(JsonText& json, std::string_view name, const Order& order, std::int64_t per_second);
/// With an offset, the clock on the wall there: "2025-03-01T11:11:12+01:00".
void iso_time(JsonText& json, std::string_view name, const Order& order, int offset_hours);
/// Without an offset: "2025-03-01 11:11:12"; the mapping must say where that clock hangs.
void local_time(JsonText& json, std::string_view name, const Order& order, int offset_hours);

// Key, quantity and optional texts, clean or dirty.

void number_of(JsonText& json, std::string_view name, const Order& order);
/// `suffix`: ".0" where the application writes all numbers with a fraction.
void quantity_of(JsonText& json, std::string_view name, const Order& order, const Line& line,
                 std::string_view suffix = {});

template <typename Text>
void text_if(JsonText& json, std::string_view name, const std::optional<Text>& value) {
  if (value) json.text(name, *value);
}

inline constexpr std::array<std::string_view, 3> kTierWords = {"standard", "plus", "premium"};
/// The tier in an application's own words, from standard to premium.
std::string_view tier_of(const Customer& customer, const std::array<std::string_view, 3>& words);

// One writer a schema variant: <tenant>_<application>_<version>.

void aurora_shop_1(JsonText& json, const Order& order);
void aurora_shop_2(JsonText& json, const Order& order);
void bolt_shop_1(JsonText& json, const Order& order);
void bolt_erp_1(JsonText& json, const Order& order);
void cobalt_erp_1(JsonText& json, const Order& order);
void cobalt_erp_2(JsonText& json, const Order& order);
void delta_crm_1(JsonText& json, const Order& order);
void delta_shop_1(JsonText& json, const Order& order);
void ember_crm_1(JsonText& json, const Order& order);
void ember_crm_2(JsonText& json, const Order& order);
void fjord_erp_1(JsonText& json, const Order& order);
void fjord_crm_1(JsonText& json, const Order& order);

}  // namespace assay::commerce
