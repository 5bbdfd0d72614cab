#pragma once
// The loop of the generator.
//
//   for each day, oldest first
//     for each order of the day, in the order of time
//       choose_form        which tenant's application writes it, and in which version
//       make_order         customer, lines, amounts, dirt
//       render             the payload's bytes
//       deliver            into the application's file; late, or twice, where that is its fate

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/commerce/forms.h"
#include "examples/commerce/stream.h"
#include "examples/commerce/truth.h"

namespace assay::commerce {

struct Settings {
  std::uint64_t seed = 1;
  Micros until = 0;  ///< the last order is placed before this instant
  std::uint64_t days = 42;
  std::uint64_t orders = 0;
  std::string out;
  std::vector<std::string> tenants;  ///< empty: all
  bool one_tenant = false;  ///< all forms as versions of one application, shuffled, without dirt
};

struct Totals {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;
};

class Producer {
 public:
  /// `truth` may be null.
  Producer(Settings settings, Truth* truth);

  /// False where a file could not be written.
  bool run();
  Totals totals() const;
  /// The bytes of an average order, from a sample that is not written.
  std::uint64_t average_order_bytes();

 private:
  const Form& choose_form(std::uint64_t day, Random& random) const;
  Order make_order(const Form& form, std::uint64_t day, Micros placed_at, Random& random);
  std::string render(const Form& form, const Order& order, Random& random) const;
  void deliver(const Form& form, const Order& order, std::uint64_t day, std::string record,
               Random& random);
  void make_day(std::uint64_t day, std::uint64_t count);

  std::string tenant_of(const Form& form) const;
  Stream& stream_of(const Form& form);
  std::string month_of_day(std::uint64_t day) const;
  Population population_of(const Form& form) const;
  Dirt choose_dirt(const Form& form, Random& random) const;

  const Settings settings_;
  Truth* const truth_;
  Micros first_day_ = 0;    ///< 00:00 of the oldest day
  Micros month_start_ = 0;  ///< 00:00 of the first day of the last month
  std::vector<const Form*> forms_;
  std::uint64_t ordinal_ = 0;
  std::map<std::string, std::uint64_t> numbers_;  ///< last order number by tenant
  std::map<std::string, std::unique_ptr<Stream>> streams_;
};

}  // namespace assay::commerce
