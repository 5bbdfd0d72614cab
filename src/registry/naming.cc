#include "registry/naming.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace assay::registry {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

using List = std::initializer_list<std::string_view>;

bool in(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool any_in(const List& list, const Words& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return in(list, word); });
}

bool last_in(const List& list, const Words& words) {
  return !words.empty() && (in(list, words.back()) || in(list, singular(words.back())));
}

}  // namespace

Words words_of(std::string_view name) {
  if (name.starts_with('{') && name.find('}') != std::string_view::npos)
    name.remove_prefix(name.find('}') + 1);
  Words words;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_lower(c) && !is_upper(c) && !is_digit(c)) {
      close();
      continue;
    }
    const char before = i > 0 ? name[i - 1] : '_';
    const bool in_acronym = is_upper(before) && i + 1 < name.size() && is_lower(name[i + 1]);
    if (is_upper(c) && (is_lower(before) || is_digit(before) || in_acronym)) close();
    word += is_upper(c) ? static_cast<char>(c + 32) : c;
  }
  close();
  return words;
}

std::string singular(std::string word) {
  if (word.size() < 4 || in({"address", "status", "business", "news", "series", "gas"}, word))
    return word;
  if (word.ends_with("ies")) return word.substr(0, word.size() - 3) + "y";
  if (word.ends_with("sses") || word.ends_with("xes") || word.ends_with("ches"))
    return word.substr(0, word.size() - 2);
  const bool plural = word.ends_with("s") && !word.ends_with("ss") && !word.ends_with("us") &&
                      !word.ends_with("is");
  return plural ? word.substr(0, word.size() - 1) : word;
}

std::string snake_name(const Words& words, std::size_t size_max) {
  std::string name;
  for (std::size_t i = words.size(); i > 0; --i) {
    const std::string& word = words[i - 1];
    if (!name.empty() && name.size() + word.size() + 1 > size_max) break;
    name = name.empty() ? word : word + "_" + name;
  }
  if (name.size() > size_max) name.resize(size_max);
  if (name.empty()) name = "value";
  if (!is_lower(name[0])) name = "x_" + name;
  return name;
}

std::string business_name(const Words& words) {
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
  if (!name.empty() && is_lower(name[0])) name[0] = static_cast<char>(name[0] - 32);
  return name;
}

bool is_key_word(std::string_view word) {
  return in({"id", "uid", "uuid", "guid", "code", "number", "num", "no", "nr", "nummer", "key",
             "ref", "sku", "ean", "gtin", "isbn"},
            word);
}

Words without_key_words(Words words) {
  while (!words.empty() && is_key_word(words.back())) words.pop_back();
  return words;
}

bool names_thing(const Words& words) {
  // A number of tenderers and a bank's branch are none.
  const bool of_another = !words.empty() && (words[0] == "number" || words[0] == "count");
  if (of_another || any_in({"financial", "account", "card"}, words)) return false;
  return last_in({"customer",       "client",    "buyer",
                  "purchaser",      "consumer",  "debtor",
                  "seller",         "supplier",  "vendor",
                  "provider",       "creditor",  "merchant",
                  "payee",          "payer",     "tenderer",
                  "bidder",         "party",     "organization",
                  "organisation",   "company",   "firm",
                  "person",         "employee",  "staff",
                  "manager",        "user",      "member",
                  "patient",        "doctor",    "driver",
                  "student",        "teacher",   "publisher",
                  "author",         "actor",     "agent",
                  "broker",         "insurer",   "bank",
                  "carrier",        "airline",   "airport",
                  "station",        "port",      "warehouse",
                  "store",          "shop",      "branch",
                  "plant",          "site",      "device",
                  "sensor",         "machine",   "vehicle",
                  "product",        "article",   "sku",
                  "film",           "movie",     "book",
                  "manufacturer",   "brand",     "courier",
                  "shipper",        "consignee", "procuringentity",
                  "representative", "recipient", "beneficiary",
                  "subscriber",     "tenant",    "department",
                  "school",         "hospital",  "hotel",
                  "restaurant",     "kunde",     "lieferant"},
                 words) ||
         (words.size() >= 2 && words.back() == "entity" && words[words.size() - 2] == "procuring");
}

bool names_occurrence(const Words& words) {
  if (any_in({"tax", "vat", "payment", "financial", "account", "card", "mandate", "property",
              "characteristic", "monetary"},
             words))
    return true;
  return last_in({"document",  "item",           "line",      "position",   "order",
                  "invoice",   "award",          "contract",  "tender",     "release",
                  "record",    "amendment",      "milestone", "payment",    "transaction",
                  "period",    "budget",         "change",    "attachment", "lot",
                  "process",   "planning",       "event",     "message",    "rental",
                  "flight",    "booking",        "shipment",  "delivery",   "transfer",
                  "note",      "comment",        "entry",     "row",        "log",
                  "session",   "implementation", "reference", "summation",  "total",
                  "allowance", "charge",         "tax",       "terms",      "means",
                  "price",     "value",          "amount",    "agreement",  "settlement",
                  "fee",       "discount",       "enquiry",   "claim",      "visit",
                  "reading",   "measurement",    "status"},
                 words);
}

bool names_part(const Words& words) {
  return last_in({"identifier", "identification", "contact", "address", "location", "name",
                  "scheme", "legal", "registration", "communication", "coordinates", "geo",
                  "profile", "detail", "info", "data"},
                 words) ||
         (words.size() >= 2 && in({"legal"}, words[words.size() - 2])) ||
         (words.size() >= 2 && words[words.size() - 2] == "contact" && words.back() == "point");
}

bool names_package(std::string_view name) {
  return last_in({"release", "record", "event", "message", "document", "transaction", "order",
                  "invoice", "entry", "item", "row", "data", "result"},
                 words_of(name));
}

bool names_amount(const Words& words) {
  return last_in(
      {"amount",  "price",      "cost",     "total",    "subtotal", "fee",       "rate",
       "percent", "percentage", "discount", "tax",      "vat",      "balance",   "salary",
       "revenue", "weight",     "factor",   "numeric",  "latitude", "longitude", "lat",
       "lon",     "lng",        "premium",  "turnover", "payable",  "ratio"},
      words);
}

bool names_count(const Words& words) {
  return last_in({"quantity", "qty", "count", "pieces", "units", "duration", "length", "height",
                  "width", "size", "age", "year", "minutes", "seconds", "hours", "days"},
                 words);
}

std::string unit_of(const Words& words) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"kilometers", "km"}, {"kilometres", "km"}, {"km", "km"},        {"miles", "mi"},
      {"meters", "m"},      {"metres", "m"},      {"cm", "cm"},        {"mm", "mm"},
      {"kg", "kg"},         {"kilograms", "kg"},  {"grams", "g"},      {"liters", "l"},
      {"litres", "l"},      {"seconds", "s"},     {"secs", "s"},       {"minutes", "min"},
      {"mins", "min"},      {"min", "min"},       {"hours", "h"},      {"hour", "h"},
      {"days", "d"},        {"percent", "%"},     {"percentage", "%"}, {"celsius", "degC"},
      {"lat", "deg"},       {"lon", "deg"},       {"latitude", "deg"}, {"longitude", "deg"},
      {"eur", "EUR"},       {"usd", "USD"},       {"gbp", "GBP"},      {"kwh", "kWh"},
      {"ms", "ms"},         {"millis", "ms"},     {"bytes", "B"}};
  if (words.empty()) return {};
  for (const auto& [word, unit] : kUnits) {
    if (words.back() == word) return std::string(unit);
  }
  return {};
}

bool names_time(const Words& words) {
  return any_in({"date", "time", "timestamp", "datetime", "day", "at", "datum", "zeit", "when",
                 "created", "updated", "modified"},
                words);
}

bool names_housekeeping(const Words& words) {
  return any_in(
      {"update", "updated", "modified", "modification", "created", "changed", "loaded", "inserted"},
      words);
}

bool names_code(const Words& words) {
  if (words.empty()) return false;
  return is_key_word(words.back()) ||
         last_in({"phone",    "telephone",   "mobile",      "fax",        "zip",  "zone",
                  "postcode", "plz",         "version",     "identifier", "iban", "bic",
                  "account",  "reference",   "phonenumber", "faxnumber",  "type", "name",
                  "title",    "description", "uri",         "url",        "line"},
                 words);
}

}  // namespace assay::registry
