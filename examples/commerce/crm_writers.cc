#include "examples/commerce/writers.h"

// The CRM systems: deals, sales-cloud records, and keys of one letter.

namespace assay::commerce {

/// Products two levels down.
void delta_crm_1(JsonText& json, const Order& order) {
  json.open();
  json.open("deal");
  number_of(json, "reference", order);
  iso_time(json, "closedOn", order, 0);
  json.text("origin", order.channel);
  text_if(json, "campaign", order.coupon);
  text_if(json, "memo", order.note);
  json.open("value");
  json.raw("gross", decimal(order.total_cents));
  json.raw("delivery", decimal(order.shipping_cents));
  json.text("currency", "EUR");
  json.close();
  json.close();
  if (order.customer) {
    json.open("account");
    json.text("key", order.customer->id);
    json.text("displayName", order.customer->name);
    text_if(json, "mail", order.customer->email);
    json.text("segment", tier_of(*order.customer, {"Standard", "Plus", "Premium"}));
    json.open("site");
    json.text("town", order.customer->city);
    json.text("iso2", order.customer->country);
    json.close();
    json.close();
  }
  json.open_array("lineItems");
  for (const Line& line : order.lines) {
    json.open();
    json.open("item");
    json.open("catalogue");
    json.text("code", line.product.sku);
    json.text("label", line.product.name);
    json.text("family", line.product.category);
    json.close();
    json.raw("list", decimal(line.product.list_cents));
    json.close();
    quantity_of(json, "units", order, line);
    json.raw("each", decimal(line.unit_cents));
    json.close();
  }
  json.close_array();
  json.close();
}

namespace {

void ember_lines(JsonText& json, const Order& order, std::string_view name,
                 std::string_view quantity_suffix) {
  json.open(name);
  json.open_array("records");
  for (const Line& line : order.lines) {
    json.open();
    quantity_of(json, "Quantity", order, line, quantity_suffix);
    json.raw("UnitPrice", short_decimal(line.unit_cents));
    json.open("Product2");
    json.text("ProductCode", line.product.sku);
    json.text("Name", line.product.name);
    json.text("Family", line.product.category);
    json.raw("ListPrice__c", short_decimal(line.product.list_cents));
    json.close();
    json.close();
  }
  json.close_array();
  json.close();
}

void ember_buyer(JsonText& json, const Customer& customer) {
  json.text("Id", customer.id);
  json.text("Name", customer.name);
  text_if(json, "Email__c", customer.email);
  json.text("Tier__c", tier_of(customer, kTierWords));
  json.text("BillingCity", customer.city);
  json.text("BillingCountryCode", customer.country);
}

}  // namespace

void ember_crm_1(JsonText& json, const Order& order) {
  json.open();
  number_of(json, "Id", order);
  epoch_time(json, "CloseDate", order, 1000);
  json.raw("Amount", short_decimal(order.total_cents));
  json.raw("Freight__c", short_decimal(order.shipping_cents));
  json.text("LeadSource", order.channel);
  text_if(json, "Campaign__c", order.coupon);
  text_if(json, "Description", order.note);
  if (order.customer) {
    json.open("Account");
    ember_buyer(json, *order.customer);
    json.close();
  }
  ember_lines(json, order, "OpportunityLineItems", "");
  json.close();
}

/// The buyer is the first of the contacts; guests leave that list empty.
void ember_crm_2(JsonText& json, const Order& order) {
  json.open();
  number_of(json, "OrderNumber", order);
  epoch_time(json, "EffectiveDate", order, 1'000'000);
  json.raw("TotalAmount", short_decimal(order.total_cents));
  json.raw("Freight__c", short_decimal(order.shipping_cents));
  json.text("Channel__c", order.channel);
  text_if(json, "Campaign__c", order.coupon);
  text_if(json, "Description", order.note);
  json.open_array("Contacts");
  if (order.customer) {
    json.open();
    ember_buyer(json, *order.customer);
    json.close();
  }
  json.close_array();
  ember_lines(json, order, "OrderItems", ".0");
  json.close();
}

/// Keys of one letter; tiers by metal.
void fjord_crm_1(JsonText& json, const Order& order) {
  json.open();
  number_of(json, "i", order);
  iso_time(json, "ts", order, 2);
  json.text("ch", order.channel);
  text_if(json, "cp", order.coupon);
  text_if(json, "rm", order.note);
  if (order.customer) {
    json.open("who");
    json.text("ref", order.customer->id);
    json.text("nm", order.customer->name);
    text_if(json, "em", order.customer->email);
    json.text("lvl", tier_of(*order.customer, {"bronze", "silver", "gold"}));
    json.open("at");
    json.text("c", order.customer->city);
    json.text("cc", order.customer->country);
    json.close();
    json.close();
  }
  json.open_array("what");
  for (const Line& line : order.lines) {
    json.open();
    json.open("p");
    json.text("c", line.product.sku);
    json.text("n", line.product.name);
    json.text("g", line.product.category);
    json.raw("l", short_decimal(line.product.list_cents));
    json.close();
    quantity_of(json, "q", order, line);
    json.raw("u", short_decimal(line.unit_cents));
    json.close();
  }
  json.close_array();
  json.raw("sh", short_decimal(order.shipping_cents));
  json.raw("t", short_decimal(order.total_cents));
  json.close();
}

}  // namespace assay::commerce
