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

  Result<std::vector<PageKey>> pages(std::span<const Input> inputs,
                                     const Pages& have) const override {
    ASSAY_TRY(const auto batches, bind(inputs, rule_.input, input_));
    LinkKeyReader reader(input_, tenant_, rule_);
    return missing_pages(read_keys(std::span(batches), reader).rows, have);
  }

  Result<Output> fold(std::span<const Input> inputs, const Pages& have,
                      const Context& context) const override {
    ASSAY_TRY(const auto batches, bind(inputs, rule_.input, input_));
    LinkKeyReader reader(input_, tenant_, rule_);
    const KeyedRows keyed = read_keys(std::span(batches), reader);
    Output output;
    output.equation.in = static_cast<std::int64_t>(keyed.rows.size()) + keyed.no_key;
    output.equation.parts["no_key"] = keyed.no_key;
    OutputRows out(layout_, context);
    for (const KeyedRow& row : take_first_rows(keyed.rows, have, output)) {
      const BoundBatch& batch = batches[row.at.batch];
      reader.key(batch, row.at.row);  // once more, for the hub keys
      ASSAY_TRY_VOID(out.write({.input = &batch,
                                .row = row.at.row,
                                .key = row.key,
                                .hubs = reader.hubs(),
                                .knowledge = batch.knowledge_time(row.at.row)}));
    }
    std::move(out).finish(output);
    return output;
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
