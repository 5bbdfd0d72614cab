#pragma once
// Values of the tenant's data, looked up through the locked session.

#include "ask/locked_sql.h"
#include "ask/values.h"

namespace assay::ask {

/// Borrows the session. One thread.
class LockedValues : public Values {
 public:
  explicit LockedValues(LockedSql& sql) : sql_(sql) {}
  Result<std::vector<ValueHit>> find(std::span<const Dimension> dimensions,
                                     std::span<const std::string> texts) override;
  Result<std::vector<std::string>> nearest(std::span<const Dimension> dimensions,
                                           const std::string& text) override;

 private:
  LockedSql& sql_;
};

}  // namespace assay::ask
