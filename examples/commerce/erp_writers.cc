#include "examples/commerce/writers.h"

// The ERP systems: German, Norwegian, and the column names of old.

namespace assay::commerce {

/// German; clocks without an offset.
void bolt_erp_1(JsonText& json, const Order& order) {
  json.open();
  json.open("Beleg");
  number_of(json, "Nummer", order);
  local_time(json, "Datum", order, 1);
  json.text("Kanal", order.channel);
  text_if(json, "Gutschein", order.coupon);
  text_if(json, "Bemerkung", order.note);
  json.close();
  if (order.customer) {
    json.open("Kunde");
    json.text("Nr", order.customer->id);
    json.text("Name", order.customer->name);
    text_if(json, "E-Mail", order.customer->email);
    json.text("Stufe", tier_of(*order.customer, {"S", "P", "X"}));
    json.text("Ort", order.customer->city);
    json.text("Länderkürzel", order.customer->country);
    json.close();
  }
  json.open_array("Positionen");
  for (const Line& line : order.lines) {
    json.open();
    json.open("Artikel");
    json.text("Nr", line.product.sku);
    json.text("Bezeichnung", line.product.name);
    json.text("Warengruppe", line.product.category);
    json.text("Listenpreis", decimal(line.product.list_cents));
    json.close();
    quantity_of(json, "Menge", order, line);
    json.text("Preis", decimal(line.unit_cents));
    json.close();
  }
  json.close_array();
  json.text("Versand", decimal(order.shipping_cents));
  json.text("Summe", decimal(order.total_cents));
  json.close();
}

namespace {

void cobalt_customer(JsonText& json, const Order& order) {
  if (!order.customer) return;
  json.open("KNA1");
  json.text("KUNNR", order.customer->id);
  json.text("NAME1", order.customer->name);
  text_if(json, "SMTP_ADDR", order.customer->email);
  json.text("KDGRP", tier_of(*order.customer, {"01", "02", "03"}));
  json.text("ORT01", order.customer->city);
  json.text("LAND1", order.customer->country);
  json.close();
}

}  // namespace

/// Amounts in cents.
void cobalt_erp_1(JsonText& json, const Order& order) {
  json.open();
  json.open("VBAK");
  number_of(json, "VBELN", order);
  iso_time(json, "ERDAT", order, 0);
  json.text("VTWEG", order.channel);
  text_if(json, "KNUMA", order.coupon);
  text_if(json, "TEXT", order.note);
  json.integer("NETWR", order.total_cents);
  json.integer("FRACHT", order.shipping_cents);
  json.close();
  cobalt_customer(json, order);
  json.open_array("VBAP");
  std::int64_t position = 0;
  for (const Line& line : order.lines) {
    json.open();
    json.integer("POSNR", position += 10);
    json.text("MATNR", line.product.sku);
    json.text("ARKTX", line.product.name);
    json.text("MATKL", line.product.category);
    json.integer("LISTP", line.product.list_cents);
    quantity_of(json, "KWMENG", order, line);
    json.integer("NETPR", line.unit_cents);
    json.close();
  }
  json.close_array();
  json.close();
}

/// Cobalt's second version wraps everything once more, and writes amounts as text.
void cobalt_erp_2(JsonText& json, const Order& order) {
  json.open();
  json.open("IDOC");
  json.open("E1EDK01");
  number_of(json, "BELNR", order);
  json.text("CURCY", "EUR");
  iso_time(json, "AUDAT", order, 0);
  json.text("VTWEG", order.channel);
  text_if(json, "KNUMA", order.coupon);
  text_if(json, "TEXT", order.note);
  json.close();
  cobalt_customer(json, order);
  json.open_array("E1EDP01");
  for (const Line& line : order.lines) {
    json.open();
    quantity_of(json, "MENGE", order, line);
    json.text("VPREI", decimal(line.unit_cents));
    json.open("E1EDP19");
    json.text("IDTNR", line.product.sku);
    json.text("KTEXT", line.product.name);
    json.text("MATKL", line.product.category);
    json.text("LISTP", decimal(line.product.list_cents));
    json.close();
    json.close();
  }
  json.close_array();
  json.open("E1EDS01");
  json.text("SUMME", decimal(order.total_cents));
  json.text("FRACHT", decimal(order.shipping_cents));
  json.close();
  json.close();
  json.close();
}

/// Norwegian; keys that are not ASCII.
void fjord_erp_1(JsonText& json, const Order& order) {
  json.open();
  json.open("ordre");
  number_of(json, "nr", order);
  epoch_time(json, "tid", order, 1);
  json.text("kanal", order.channel);
  text_if(json, "kampanje", order.coupon);
  text_if(json, "merknad", order.note);
  json.integer("beløp_øre", order.total_cents);
  json.integer("frakt_øre", order.shipping_cents);
  json.close();
  if (order.customer) {
    json.open("kunde");
    json.text("nr", order.customer->id);
    json.text("navn", order.customer->name);
    text_if(json, "epost", order.customer->email);
    json.text("nivå", tier_of(*order.customer, kTierWords));
    json.text("sted", order.customer->city);
    json.text("land", order.customer->country);
    json.close();
  }
  json.open_array("linjer");
  for (const Line& line : order.lines) {
    json.open();
    json.open("vare");
    json.text("nr", line.product.sku);
    json.text("navn", line.product.name);
    json.text("gruppe", line.product.category);
    json.integer("listepris_øre", line.product.list_cents);
    json.close();
    quantity_of(json, "antall", order, line);
    json.integer("pris_øre", line.unit_cents);
    json.close();
  }
  json.close_array();
  json.close();
}

}  // namespace assay::commerce
