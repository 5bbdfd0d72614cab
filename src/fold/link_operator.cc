// Links: each relation of a unit of work (its hubs and its dependent child) once.
//   in = inserted + unchanged + no_key

#include "fold/first_rows.h"
#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/rule_checks.h"

namespace assay::fold {
namespace {

class LinkOperator final : public Operator {
 public:
  LinkOperator(OutputLayout layout, const plan::Plan& plan, const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        rule_(rule),
        tenant_(plan.tenant),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]) {}

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, rule_.input, input_));
    const auto reader = std::make_shared<LinkKeyReader>(input_, tenant_, rule_);
    KeyedRows keyed = read_keys(std::move(batches), *reader);
    const auto hubs = [reader](const BoundBatch& batch, std::uint32_t row) {
      reader->key(batch, row);  // once more, for the hub keys
      return reader->hubs();
    };
    return std::unique_ptr<Fold>(std::make_unique<FirstRows>(layout_, std::move(keyed), hubs));
  }

 private:
  OutputLayout layout_;
  plan::OperatorRule rule_;
  std::string tenant_;
  column::TableSchema input_;
};

}  // namespace

OperatorResult make_link(const plan::Plan& plan, const plan::OperatorRule& rule) {
  if (rule.hubs.empty()) return misfit(rule, "it names no hubs");
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  return std::unique_ptr<Operator>(std::make_unique<LinkOperator>(std::move(layout), plan, rule));
}

}  // namespace assay::fold
