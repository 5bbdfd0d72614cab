// Feature contributions: one row an event of an entity key, with its additive values. A window is
// evaluated where it is asked for, so there is nothing to remember: no state.
//   in = inserted + overflow + no_key + no_order
// An overflow row is written too: the measure that did not fit is null.

#include <functional>

#include "fold/bound_batch.h"
#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/product.h"
#include "fold/rule_checks.h"
#include "fold/sort_rows.h"

namespace assay::fold {
namespace {

struct Contribution {
  Hash128 key;
  Micros order;
  RowRef at;
  auto operator<=>(const Contribution&) const = default;
};

class FeatureFold final : public Fold {
 public:
  FeatureFold(const OutputLayout& layout, const std::vector<Product>& products,
              std::vector<BoundBatch> batches, std::vector<Contribution> contributions,
              Equation equation)
      : layout_(layout),
        products_(products),
        batches_(std::move(batches)),
        contributions_(std::move(contributions)),
        equation_(std::move(equation)) {}

  Result<std::vector<PageKey>> pages(const Pages&) const override { return std::vector<PageKey>(); }

  Result<Output> fold(const Pages&, const Context& context) const override {
    Output output;
    output.equation = equation_;
    std::int64_t inserted = 0;
    OutputRows out(layout_, context);
    std::vector<MeasureValue> measures;
    for (const Contribution& contribution : contributions_) {
      const BoundBatch& batch = batches_[contribution.at.batch];
      const std::uint32_t row = contribution.at.row;
      if (multiply(batch, row, measures)) ++inserted;
      ASSAY_TRY_VOID(out.write({.input = &batch,
                                .row = row,
                                .order = contribution.order,
                                .knowledge = batch.knowledge_time(row),
                                .measures = measures}));
    }
    output.equation.parts["inserted"] = inserted;
    output.equation.parts["overflow"] = static_cast<std::int64_t>(contributions_.size()) - inserted;
    std::move(out).finish(output);
    return output;
  }

 private:
  /// False where one of the products did not fit.
  bool multiply(const BoundBatch& batch, std::uint32_t row,
                std::vector<MeasureValue>& measures) const {
    measures.clear();
    bool fits = true;
    for (const Product& product : products_) {
      const Product::Value value = product.of(batch, row);
      fits &= !value.overflow;
      measures.push_back(value.value);
    }
    return fits;
  }

  const OutputLayout& layout_;
  const std::vector<Product>& products_;
  const std::vector<BoundBatch> batches_;
  const std::vector<Contribution> contributions_;
  const Equation equation_;  ///< what does not depend on the products
};

class FeatureOperator final : public Operator {
 public:
  FeatureOperator(OutputLayout layout, std::vector<Product> products, const plan::Plan& plan,
                  const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        products_(std::move(products)),
        rule_(rule),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]) {}

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, rule_.input, input_));
    Equation equation;
    equation.parts = {{"no_key", 0}, {"no_order", 0}};
    std::vector<Contribution> contributions = read(batches, equation);
    return std::unique_ptr<Fold>(std::make_unique<FeatureFold>(
        layout_, products_, std::move(batches), std::move(contributions), std::move(equation)));
  }

 private:
  /// The rows that contribute, by key and event time; counts all others.
  std::vector<Contribution> read(const std::vector<BoundBatch>& batches, Equation& equation) const {
    KeyReader reader(input_, rule_.key_columns);
    std::vector<Contribution> contributions;
    for (std::uint32_t b = 0; b < batches.size(); ++b) {
      equation.in += batches[b].rows();
      for (std::uint32_t row = 0; row < batches[b].rows(); ++row) {
        const auto key = reader.encode(batches[b], row);
        const column::ColumnView& order = batches[b].column(rule_.order_column);
        if (!key) {
          ++equation.parts["no_key"];
        } else if (order.is_null(row)) {
          ++equation.parts["no_order"];
        } else {
          contributions.push_back({xxh3_128(*key), order.int64(row), {b, row}});
        }
      }
    }
    sort_rows(contributions, std::less<>());
    return contributions;
  }

  OutputLayout layout_;
  std::vector<Product> products_;
  plan::OperatorRule rule_;
  column::TableSchema input_;
};

}  // namespace

OperatorResult make_feature(const plan::Plan& plan, const plan::OperatorRule& rule) {
  ASSAY_TRY_VOID(require_key(rule));
  ASSAY_TRY_VOID(
      require_column(plan, rule, rule.order_column, column::Type::timestamp, "order column"));
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  std::vector<Product> products;
  for (const plan::OperatorRule::Measure& measure : rule.measures) {
    ASSAY_TRY(Product product, Product::make(plan, rule, measure));
    products.push_back(std::move(product));
  }
  return std::unique_ptr<Operator>(
      std::make_unique<FeatureOperator>(std::move(layout), std::move(products), plan, rule));
}

}  // namespace assay::fold
