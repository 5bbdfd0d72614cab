// Feature contributions: one row an event of an entity key, with its additive values. A window is
// evaluated where it is asked for, so there is nothing to remember: no state.
//   in = inserted + overflow + no_key + no_order
// An overflow row is written too: the measure that did not fit is null.

#include <algorithm>

#include "fold/bound_batch.h"
#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/product.h"
#include "fold/rule_checks.h"

namespace assay::fold {
namespace {

class FeatureOperator final : public Operator {
 public:
  FeatureOperator(OutputLayout layout, std::vector<Product> products, const plan::Plan& plan,
                  const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        products_(std::move(products)),
        rule_(rule),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]) {}

  Result<std::vector<PageKey>> pages(std::span<const Input> inputs, const Pages&) const override {
    ASSAY_TRY_VOID(bind(inputs, rule_.input, input_));
    return std::vector<PageKey>();
  }

  Result<Output> fold(std::span<const Input> inputs, const Pages&,
                      const Context& context) const override {
    ASSAY_TRY(const auto batches, bind(inputs, rule_.input, input_));
    Output output;
    auto& parts = output.equation.parts;
    parts = {{"inserted", 0}, {"overflow", 0}, {"no_key", 0}, {"no_order", 0}};
    const std::vector<Contribution> contributions = read(batches, output.equation);
    OutputRows out(layout_, context);
    std::vector<MeasureValue> measures;
    for (const Contribution& contribution : contributions) {
      const BoundBatch& batch = batches[contribution.at.batch];
      const std::uint32_t row = contribution.at.row;
      ++parts[multiply(batch, row, measures) ? "inserted" : "overflow"];
      ASSAY_TRY_VOID(out.write({.input = &batch,
                                .row = row,
                                .order = contribution.order,
                                .knowledge = batch.knowledge_time(row),
                                .measures = measures}));
    }
    std::move(out).finish(output);
    return output;
  }

 private:
  struct Contribution {
    Hash128 key;
    Micros order;
    RowRef at;
    auto operator<=>(const Contribution&) const = default;
  };

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
    std::sort(contributions.begin(), contributions.end());
    return contributions;
  }

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
