#pragma once
// The invented world behind the commerce demo: who buys, what is sold, and the orders. Everything
// is a pure function of (seed, tenant, index, day), so that any part can be made again without the
// rest.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace assay::commerce {

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators"). The same
/// numbers everywhere, which the distributions of the standard library do not promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  /// A number in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// True in `share` of 1,000 cases.
  bool per_mille(std::uint64_t share) { return below(1000) < share; }

 private:
  std::uint64_t state_;
};

/// One stream of random numbers a thing: the same (seed, kind, a, b) gives the same stream.
Random random_of(std::uint64_t seed, std::uint64_t kind, std::uint64_t a, std::uint64_t b);

enum class Tier : std::uint8_t { standard, plus, premium };

struct Customer {
  std::string id;
  std::string name;
  std::optional<std::string> email;
  Tier tier = Tier::standard;
  std::string_view city;
  std::string_view country;  ///< ISO 3166-1 alpha-2
};

struct Product {
  std::string sku;
  std::string name;
  std::string_view category;
  std::int64_t list_cents = 0;
};

struct Line {
  Product product;
  std::int64_t quantity = 0;
  std::int64_t unit_cents = 0;
};

/// What is wrong with a payload; `none` for 99 in 100.
enum class Dirt : std::uint8_t {
  none,
  bad_date,         ///< the order's time is no time
  text_in_number,   ///< the first line's quantity is a word
  missing_key,      ///< the order's number is null
  unknown_shape,    ///< a heartbeat of the tenant's system instead of an order
  unknown_version,  ///< the envelope names a version that nobody registered
  broken_json,      ///< the payload ends in the middle
};

struct Order {
  std::string number;
  Micros placed_at = 0;              ///< whole seconds
  std::optional<Customer> customer;  ///< guests have none
  std::string_view channel;
  std::optional<std::string_view> coupon;
  std::optional<std::string_view> note;
  std::vector<Line> lines;
  std::int64_t shipping_cents = 0;
  std::int64_t total_cents = 0;  ///< lines and shipping
  bool extra_field = false;  ///< the tenant's application sends a field that it did not send before
  Dirt dirt = Dirt::none;
};

/// How many masters a tenant has, and over how many days its orders run.
struct Population {
  std::uint64_t seed = 0;
  std::uint64_t tenant = 0;
  std::uint64_t customers = 1;
  std::uint64_t products = 1;
  std::uint64_t days = 1;
};

/// The customer as it is on that day: a few are promoted to another tier, a few move.
Customer customer_at(const Population& population, std::uint64_t index, std::uint64_t day);
/// The product as it is on that day: one in ten gets another price, a few another name.
Product product_at(const Population& population, std::uint64_t index, std::uint64_t day);
/// The order's customer, lines and amounts. `random` is the order's own stream.
void fill_order(const Population& population, std::uint64_t day, Random& random, Order& order);

}  // namespace assay::commerce
