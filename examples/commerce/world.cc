#include "examples/commerce/world.h"

#include <fmt/format.h>

#include <array>

namespace assay::commerce {
namespace {

constexpr std::uint64_t kCustomerKind = 1;
constexpr std::uint64_t kProductKind = 2;

struct Place {
  std::string_view city;
  std::string_view country;
};

constexpr std::array kFirstNames = {
    std::string_view{"Zoë"},    std::string_view{"Łukasz"}, std::string_view{"Marta"},
    std::string_view{"Jürgen"}, std::string_view{"Ana"},    std::string_view{"Søren"},
    std::string_view{"Chloé"},  std::string_view{"Olga"},   std::string_view{"Ben"},
    std::string_view{"Noor"},   std::string_view{"Íñigo"},  std::string_view{"Kim"},
    std::string_view{"Eva"},    std::string_view{"Mehmet"}, std::string_view{"Siobhán"},
    std::string_view{"陽子"}};
constexpr std::array kLastNames = {std::string_view{"Müller"},
                                   std::string_view{"O'Neill"},
                                   std::string_view{"Kowalski"},
                                   std::string_view{"García"},
                                   std::string_view{"Ødegård"},
                                   std::string_view{"de Vries"},
                                   std::string_view{"Şahin"},
                                   std::string_view{"Novák"},
                                   std::string_view{"Smith \"Sam\" Lee"},
                                   std::string_view{"Dubois"},
                                   std::string_view{"Rossi"},
                                   std::string_view{"山田"},
                                   std::string_view{"Andersen"},
                                   std::string_view{"Weiß"},
                                   std::string_view{"Brown"}};
constexpr std::array kPlaces = {
    Place{"Köln", "DE"},   Place{"Berlin", "DE"}, Place{"Lyon", "FR"},    Place{"Málaga", "ES"},
    Place{"Tromsø", "NO"}, Place{"Łódź", "PL"},   Place{"Utrecht", "NL"}, Place{"Zürich", "CH"},
    Place{"Cork", "IE"},   Place{"Graz", "AT"},   Place{"Aalborg", "DK"}, Place{"大阪", "JP"}};
constexpr std::array kAdjectives = {
    std::string_view{"Small"},     std::string_view{"Oak"},     std::string_view{"Café"},
    std::string_view{"27\""},      std::string_view{"Classic"}, std::string_view{"Größe L"},
    std::string_view{"Red"},       std::string_view{"USB\\C"},  std::string_view{"½ inch"},
    std::string_view{"Hand-made"}, std::string_view{"10 µm"},   std::string_view{"Blue"}};
constexpr std::array kNouns = {
    std::string_view{"lamp"},    std::string_view{"chair"},       std::string_view{"mug"},
    std::string_view{"monitor"}, std::string_view{"cable"},       std::string_view{"filter"},
    std::string_view{"jacket"},  std::string_view{"gift box 🎁"}, std::string_view{"desk"},
    std::string_view{"bolt"},    std::string_view{"tray"},        std::string_view{"crème"}};
constexpr std::array kCategories = {std::string_view{"Home"},         std::string_view{"Office"},
                                    std::string_view{"Café & Küche"}, std::string_view{"Tools"},
                                    std::string_view{"Clothing"},     std::string_view{"Gifts"}};
constexpr std::array kChannels = {std::string_view{"web"}, std::string_view{"web"},
                                  std::string_view{"app"}, std::string_view{"store"},
                                  std::string_view{"phone"}};
constexpr std::array kCoupons = {std::string_view{"WELCOME"}, std::string_view{"SPRING-10"},
                                 std::string_view{"FRÜHLING"}};
constexpr std::array kNotes = {
    std::string_view{"Leave at the door\n2nd floor"},
    std::string_view{"Bitte \"vorsichtig\" liefern"}, std::string_view{"a\tb / C:\\orders\\new"},
    std::string_view{"Merci ! À bientôt…"}, std::string_view{"ring twice"}};

template <typename Array>
const auto& pick(const Array& values, Random& random) {
  return values[random.below(values.size())];
}

/// Leans to the small indices, so that some customers buy often and some products sell well, as
/// they do.
std::uint64_t popular(std::uint64_t count, Random& random) {
  const std::uint64_t a = random.below(count);
  const std::uint64_t b = random.below(count);
  return random.per_mille(600) ? std::min(a, b) : a;
}

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9ULL;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBULL;
  return mixed ^ (mixed >> 31);
}

Random random_of(std::uint64_t seed, std::uint64_t kind, std::uint64_t a, std::uint64_t b) {
  std::uint64_t mixed = Random(seed).next();
  for (const std::uint64_t part : {kind, a, b})
    mixed = Random(mixed ^ (part * 0xD6E8FEB86659FD93ULL)).next();
  return Random(mixed);
}

Customer customer_at(const Population& population, std::uint64_t index, std::uint64_t day) {
  Random random = random_of(population.seed, kCustomerKind, population.tenant, index);
  Customer customer;
  customer.id = fmt::format("C{:06}", 100'000 + index);
  customer.name = fmt::format("{} {}", pick(kFirstNames, random), pick(kLastNames, random));
  if (!random.per_mille(80))
    customer.email = fmt::format("{}.{}@example.com", index, population.tenant);
  const Place* place = &pick(kPlaces, random);
  const std::uint64_t rank = random.below(100);
  customer.tier = rank < 15 ? Tier::premium : rank < 40 ? Tier::plus : Tier::standard;
  const bool promoted = random.per_mille(50);
  const bool moved = random.per_mille(30);
  const Place& next_place = pick(kPlaces, random);
  const std::uint64_t change_day = random.below(population.days);
  if (day >= change_day) {
    if (promoted && customer.tier != Tier::premium) {
      customer.tier = customer.tier == Tier::plus ? Tier::premium : Tier::plus;
    }
    if (moved) place = &next_place;
  }
  customer.city = place->city;
  customer.country = place->country;
  return customer;
}

Product product_at(const Population& population, std::uint64_t index, std::uint64_t day) {
  Random random = random_of(population.seed, kProductKind, population.tenant, index);
  Product product;
  product.sku = fmt::format("{}-{:05}", index % 2 == 0 ? "SKU" : "sku", index);
  product.name = fmt::format("{} {} {}", pick(kAdjectives, random), pick(kNouns, random), index);
  product.category = pick(kCategories, random);
  product.list_cents = 95 + static_cast<std::int64_t>(random.below(200) * random.below(200));
  const bool repriced = random.per_mille(100);
  const bool renamed = random.per_mille(20);
  const std::uint64_t change_day = random.below(population.days);
  if (day >= change_day) {
    if (repriced) product.list_cents += 10 + static_cast<std::int64_t>(random.below(500));
    if (renamed) product.name += " (new)";
  }
  return product;
}

void fill_order(const Population& population, std::uint64_t day, Random& random, Order& order) {
  if (!random.per_mille(20)) {
    order.customer = customer_at(population, popular(population.customers, random), day);
  }
  order.channel = pick(kChannels, random);
  if (random.per_mille(120)) order.coupon = pick(kCoupons, random);
  if (random.per_mille(150)) order.note = pick(kNotes, random);
  const bool generous = order.customer && order.customer->tier == Tier::premium;
  const std::uint64_t count = 1 + random.below(generous ? 6 : 4);
  for (std::uint64_t i = 0; i < count; ++i) {
    Line line;
    line.product = product_at(population, popular(population.products, random), day);
    line.quantity = 1 + static_cast<std::int64_t>(random.below(generous ? 5 : 3));
    const bool reduced = random.per_mille(100);
    line.unit_cents = reduced ? line.product.list_cents * 9 / 10 : line.product.list_cents;
    order.total_cents += line.quantity * line.unit_cents;
    order.lines.push_back(std::move(line));
  }
  order.shipping_cents = order.total_cents > 5000 ? 0 : 490;
  order.total_cents += order.shipping_cents;
}

}  // namespace assay::commerce
