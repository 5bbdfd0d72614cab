#pragma once
// A small shop for the tests of fold: its plan, batches of its rows, and a host that keeps pages.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "column/batch.h"
#include "fold/operator.h"
#include "plan/plan.h"

namespace assay::fold::testing {

inline constexpr char kTenant[] = "acme";

/// Tables of the plan, by index.
enum Table : int {
  kInvoice,
  kContent,
  kHistory,
  kHubCustomer,
  kHubInvoice,
  kLinkInvoice,
  kSatCustomer,
  kSatInvoice,
  kFeature,
};

/// The tables above and one operator a kind; rules are found by name.
plan::Plan shop_plan();
const plan::OperatorRule& rule_of(const plan::Plan& plan, const std::string& name);

/// A hash that stands for a content in these tests.
Hash128 hash_of(const std::string& content);

/// A row of silver.invoice.
struct Invoice {
  std::string no = "1";
  std::int64_t at = 0;
  std::optional<std::int64_t> customer = 1;
  std::string content = "A";  ///< of the customer
  std::optional<std::int64_t> quantity = 1;
  std::optional<std::int64_t> price = 100;  ///< decimal(18,2), unscaled
  std::int64_t known = 0;
};
column::Batch invoices(const std::vector<Invoice>& rows);

/// A row of silver.customer_content.
struct Content {
  std::int64_t customer = 1;
  std::string content = "A";
  std::optional<std::string> country = "UK";
  std::optional<std::int64_t> at = 0;
  std::string record = "r";
  std::int64_t known = 0;
};
column::Batch contents(const std::vector<Content>& rows);

/// Rows as text: column name -> value ("null", numbers, text, hashes in hexadecimal).
using Row = std::map<std::string, std::string>;
std::vector<Row> rows_of(const column::Batch& batch, const column::TableSchema& schema);

/// Runs operators as a host does: looks up pages until none is needed, folds, applies the writes.
/// Checks the contract on the way: at most 4 rounds, balanced equations, sorted output.
class Host {
 public:
  explicit Host(plan::Plan plan);
  struct Folded {
    Equation equation;
    std::vector<column::Batch> batches;  ///< of the output table
    std::vector<Row> rows;               ///< the same as text
    std::size_t pages_written = 0;
    std::size_t bytes_written = 0;
  };
  /// Batches by table.
  Folded fold(const std::string& rule, const std::vector<std::pair<int, const column::Batch*>>& in,
              const std::string& manifest = "m", const std::string& application = "shop");
  const plan::Plan& plan() const { return plan_; }
  std::size_t pages() const;

 private:
  plan::Plan plan_;
  std::map<std::string, std::map<PageKey, std::string>> state_;  ///< by operator id
};

}  // namespace assay::fold::testing
