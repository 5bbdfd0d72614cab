#include "examples/commerce/truth.h"

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

namespace assay::commerce {
namespace {

std::string_view to_string(Dirt dirt) {
  switch (dirt) {
    case Dirt::none: return "none";
    case Dirt::bad_date: return "bad_date";
    case Dirt::text_in_number: return "text_in_number";
    case Dirt::missing_key: return "missing_key";
    case Dirt::unknown_shape: return "unknown_shape";
    case Dirt::unknown_version: return "unknown_version";
    case Dirt::broken_json: return "broken_json";
  }
  return "none";
}

std::uint64_t hash_of(const std::string& text) { return std::hash<std::string>{}(text); }

}  // namespace

void Truth::count(const std::string& tenant, const Order& order, Micros month_start) {
  Tenant& counts = tenants_[tenant];
  if (order.dirt != Dirt::none) {
    ++counts.dirt[std::string(to_string(order.dirt))];
    return;
  }
  ++counts.orders;
  counts.lines += order.lines.size();
  counts.revenue_cents += order.total_cents;
  if (!order.customer) ++counts.guests;
  if (order.extra_field) ++counts.extra_fields;
  if (order.customer && order.customer->tier == Tier::premium && order.placed_at >= month_start) {
    ++counts.premium_orders_of_month;
    counts.premium_cents_of_month += order.total_cents;
  }
  count_masters(counts, order);
}

void Truth::count_resend(const std::string& tenant, const Order& order) {
  Tenant& counts = tenants_[tenant];
  ++counts.resends;
  count_masters(counts, order);
}

void Truth::count_masters(Tenant& tenant, const Order& order) {
  if (order.customer) {
    const Customer& customer = *order.customer;
    ++tenant.customers.copies;
    tenant.customers.keys.insert(hash_of(customer.id));
    tenant.customers.contents.insert(hash_of(fmt::format(
        "{}\n{}\n{}\n{}\n{}\n{}", customer.id, customer.name, customer.email.value_or(""),
        static_cast<int>(customer.tier), customer.city, customer.country)));
  }
  for (const Line& line : order.lines) {
    const Product& product = line.product;
    ++tenant.products.copies;
    tenant.products.keys.insert(hash_of(product.sku));
    tenant.products.contents.insert(hash_of(fmt::format("{}\n{}\n{}\n{}", product.sku, product.name,
                                                        product.category, product.list_cents)));
  }
}

std::string Truth::to_json() const {
  const auto masters = [](const Masters& counts) {
    return nlohmann::json{{"copies", counts.copies},
                          {"keys", counts.keys.size()},
                          {"contents", counts.contents.size()}};
  };
  nlohmann::json document = nlohmann::json::object();
  for (const auto& [name, tenant] : tenants_) {
    document[name] = {{"orders", tenant.orders},
                      {"lines", tenant.lines},
                      {"guests", tenant.guests},
                      {"resends", tenant.resends},
                      {"late", tenant.late},
                      {"revenue_cents", tenant.revenue_cents},
                      {"premium_orders_of_month", tenant.premium_orders_of_month},
                      {"premium_cents_of_month", tenant.premium_cents_of_month},
                      {"extra_fields", tenant.extra_fields},
                      {"dirt", tenant.dirt},
                      {"customer", masters(tenant.customers)},
                      {"product", masters(tenant.products)}};
  }
  return document.dump(2) + "\n";
}

}  // namespace assay::commerce
