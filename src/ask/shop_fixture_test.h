#pragma once
// For the tests of this folder: Parquet files of a small shop, written by plain DuckDB, and what
// sees them.

#include <string>

#include "ask/locked_sql.h"

namespace assay::ask::test {

/// A temporary folder with files of the tenants `acme` and `other`; removed with the object.
class Shop {
 public:
  Shop();
  ~Shop();
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  /// What `acme` may see.
  Visible visible() const;

 private:
  void write(const column::TableSchema& schema, const std::string& select,
             const std::string& name) const;
  std::string folder_;
};

column::TableSchema order_schema();
column::TableSchema order_line_schema();
column::TableSchema customer_content_schema();
column::TableSchema customer_history_schema();
column::TableSchema customer_mart_schema();
column::TableSchema feature_schema();

}  // namespace assay::ask::test
