// Hubs: each business key once.
//   in = inserted + unchanged + no_key

#include "fold/first_rows.h"
#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/rule_checks.h"

namespace assay::fold {
namespace {

class HubOperator final : public Operator {
 public:
  HubOperator(OutputLayout layout, const plan::Plan& plan, const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        rule_(rule),
        tenant_(plan.tenant),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]) {}

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, rule_.input, input_));
    HubKeyReader reader(input_, rule_.entity, tenant_, rule_.key_columns);
    return std::unique_ptr<Fold>(
        std::make_unique<FirstRows>(layout_, read_keys(std::move(batches), reader)));
  }

 private:
  OutputLayout layout_;
  plan::OperatorRule rule_;
  std::string tenant_;
  column::TableSchema input_;
};

}  // namespace

OperatorResult make_hub(const plan::Plan& plan, const plan::OperatorRule& rule) {
  ASSAY_TRY_VOID(require_key(rule));
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  return std::unique_ptr<Operator>(std::make_unique<HubOperator>(std::move(layout), plan, rule));
}

}  // namespace assay::fold
