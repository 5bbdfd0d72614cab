#pragma once
// What the generator knows about its own output, for tests to hold Assay's figures against.

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

#include "examples/commerce/world.h"

namespace assay::commerce {

/// Counts a tenant's records as they are written.
class Truth {
 public:
  /// Once for each record, a resend and a dirty one too. `month_start`: the first instant of the
  /// last month.
  void count(const std::string& tenant, const Order& order, Micros month_start);
  void count_resend(const std::string& tenant, const Order& order);
  void count_late(const std::string& tenant) { ++tenants_[tenant].late; }
  /// One JSON document: the totals by tenant.
  std::string to_json() const;

 private:
  struct Masters {
    std::uint64_t copies = 0;  ///< embedded in records that are clean
    std::unordered_set<std::uint64_t> keys;
    std::unordered_set<std::uint64_t> contents;
  };
  struct Tenant {
    std::uint64_t orders = 0;  ///< clean ones, without resends
    std::uint64_t lines = 0;
    std::uint64_t guests = 0;
    std::uint64_t resends = 0;
    std::uint64_t late = 0;
    std::int64_t revenue_cents = 0;
    std::uint64_t premium_orders_of_month = 0;
    std::int64_t premium_cents_of_month = 0;
    std::uint64_t extra_fields = 0;
    std::map<std::string, std::uint64_t> dirt;
    Masters customers;
    Masters products;
  };

  static void count_masters(Tenant& tenant, const Order& order);

  std::map<std::string, Tenant> tenants_;
};

}  // namespace assay::commerce
