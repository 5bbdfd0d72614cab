#include "examples/commerce/writers.h"

// The shops: camel case and events, snake case with prefixes, edges and nodes.

namespace assay::commerce {

/// Camel case, amounts as numbers.
void aurora_shop_1(JsonText& json, const Order& order) {
  json.open();
  json.text("schemaVersion", order.dirt == Dirt::unknown_version ? "9" : "1");
  number_of(json, "orderId", order);
  iso_time(json, "placedAt", order, 1);
  json.text("channel", order.channel);
  if (order.customer) {
    json.open("customer");
    json.text("id", order.customer->id);
    json.text("name", order.customer->name);
    order.customer->email ? json.text("email", *order.customer->email) : json.raw("email", "null");
    json.text("tier", tier_of(*order.customer, kTierWords));
    json.open("address");
    json.text("city", order.customer->city);
    json.text("country", order.customer->country);
    json.close();
    json.close();
  }
  json.open_array("items");
  for (const Line& line : order.lines) {
    json.open();
    json.open("product");
    json.text("sku", line.product.sku);
    json.text("name", line.product.name);
    json.text("category", line.product.category);
    json.raw("listPrice", short_decimal(line.product.list_cents));
    json.close();
    quantity_of(json, "quantity", order, line);
    json.raw("unitPrice", short_decimal(line.unit_cents));
    json.close();
  }
  json.close_array();
  json.open("totals");
  json.raw("shipping", short_decimal(order.shipping_cents));
  json.raw("grand", short_decimal(order.total_cents));
  json.close();
  json.text("currency", "EUR");
  text_if(json, "coupon", order.coupon);
  text_if(json, "note", order.note);
  json.close();
}

/// Aurora's second version is an event with amounts in cents.
void aurora_shop_2(JsonText& json, const Order& order) {
  json.open();
  json.text("schemaVersion", order.dirt == Dirt::unknown_version ? "9" : "2");
  json.open("event");
  json.text("type", "order.placed");
  epoch_time(json, "at", order, 1000);
  json.close();
  json.open("data");
  json.open("order");
  number_of(json, "id", order);
  json.integer("amountCents", order.total_cents);
  json.integer("shippingCents", order.shipping_cents);
  json.text("via", order.channel);
  text_if(json, "voucher", order.coupon);
  text_if(json, "remark", order.note);
  if (order.customer) {
    json.open("buyer");
    json.text("customerId", order.customer->id);
    json.text("fullName", order.customer->name);
    json.open("contact");
    order.customer->email ? json.text("email", *order.customer->email) : json.raw("email", "null");
    json.close();
    json.open("loyalty");
    json.text("tier", tier_of(*order.customer, {"STANDARD", "PLUS", "PREMIUM"}));
    json.close();
    json.open("location");
    json.text("city", order.customer->city);
    json.text("countryCode", order.customer->country);
    json.close();
    json.close();
  }
  json.open_array("lines");
  for (const Line& line : order.lines) {
    json.open();
    json.text("sku", line.product.sku);
    json.text("title", line.product.name);
    json.text("department", line.product.category);
    json.integer("listCents", line.product.list_cents);
    quantity_of(json, "qty", order, line);
    json.integer("priceCents", line.unit_cents);
    json.close();
  }
  json.close_array();
  json.close();
  json.close();
  json.close();
}

/// Snake case, flat prefixes, amounts as text, tiers as numbers.
void bolt_shop_1(JsonText& json, const Order& order) {
  json.open();
  number_of(json, "order_no", order);
  epoch_time(json, "ordered_ts", order, 1);
  if (order.customer) {
    json.text("cust_id", order.customer->id);
    json.text("cust_name", order.customer->name);
    text_if(json, "cust_mail", order.customer->email);
    json.integer("cust_tier", static_cast<std::int64_t>(order.customer->tier) + 1);
    json.text("cust_city", order.customer->city);
    json.text("cust_country", order.customer->country);
  }
  json.text("sales_channel", order.channel);
  text_if(json, "promo_code", order.coupon);
  text_if(json, "customer_note", order.note);
  json.open_array("positions");
  for (const Line& line : order.lines) {
    json.open();
    json.text("art_no", line.product.sku);
    json.text("art_name", line.product.name);
    json.text("art_group", line.product.category);
    json.text("art_list", decimal(line.product.list_cents));
    quantity_of(json, "pieces", order, line);
    json.text("price", decimal(line.unit_cents));
    json.close();
  }
  json.close_array();
  json.text("freight", decimal(order.shipping_cents));
  json.text("sum_total", decimal(order.total_cents));
  json.text("cur", "EUR");
  json.close();
}

/// Edges and nodes; this is the application that adds a field on the way.
void delta_shop_1(JsonText& json, const Order& order) {
  json.open();
  json.open("order");
  number_of(json, "name", order);
  iso_time(json, "createdAt", order, 2);
  json.text("sourceName", order.channel);
  text_if(json, "discountCode", order.coupon);
  text_if(json, "note", order.note);
  if (order.customer) {
    json.open("customer");
    json.text("legacyId", order.customer->id);
    json.text("displayName", order.customer->name);
    text_if(json, "defaultEmail", order.customer->email);
    json.text("tag", tier_of(*order.customer, kTierWords));
    json.open("defaultAddress");
    json.text("city", order.customer->city);
    json.text("countryCode", order.customer->country);
    json.close();
    json.close();
  }
  json.open("lineItems");
  json.open_array("edges");
  for (const Line& line : order.lines) {
    json.open();
    json.open("node");
    json.open("variant");
    json.text("sku", line.product.sku);
    json.text("title", line.product.name);
    json.text("productType", line.product.category);
    json.text("compareAtPrice", decimal(line.product.list_cents));
    json.close();
    quantity_of(json, "quantity", order, line);
    json.text("price", decimal(line.unit_cents));
    json.close();
    json.close();
  }
  json.close_array();
  json.close();
  if (order.extra_field) {
    json.open("giftWrap");
    json.text("message", "Happy birthday 🎂");
    json.raw("paper", "true");
    json.close();
  }
  json.text("shippingPrice", decimal(order.shipping_cents));
  json.text("totalPrice", decimal(order.total_cents));
  json.close();
  json.close();
}

}  // namespace assay::commerce
