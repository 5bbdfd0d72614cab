#pragma once
// Exact products of columns: the additive values of a feature contribution.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "column/schema.h"
#include "fold/bound_batch.h"
#include "fold/output_rows.h"
#include "plan/plan.h"

namespace assay::fold {

/// The product of some columns, in the type of an output column. No factors make 1. Decimals and
/// integers multiply exactly: their product is decimal(38, sum of the scales), or int64 where the
/// output is; one float64 among them makes a float64. Immutable.
class Product {
 public:
  /// Code::plan_invalid where a factor is no number, or the output has another scale or type.
  static Result<Product> make(const plan::Plan& plan, const plan::OperatorRule& rule,
                              const plan::OperatorRule::Measure& measure);

  struct Value {
    MeasureValue value = {};  ///< nothing: a factor is null, or the product does not fit
    bool overflow = false;
  };
  Value of(const BoundBatch& batch, std::uint32_t row) const;

 private:
  struct Factor {
    int column = 0;
    column::DataType type = {};
  };
  Product(std::vector<Factor> factors, column::DataType type);
  Value exact(const BoundBatch& batch, std::uint32_t row) const;
  Value approximate(const BoundBatch& batch, std::uint32_t row) const;

  std::vector<Factor> factors_;
  column::DataType type_;  ///< of the output column
};

}  // namespace assay::fold
