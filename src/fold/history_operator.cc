// Histories of masters: what the events said about a master's content, and from when.
//   in = inserted + late + unchanged + no_key + no_order

#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/rule_checks.h"
#include "fold/timeline_rows.h"

namespace assay::fold {
namespace {

class HistoryFold final : public Fold {
 public:
  HistoryFold(const OutputLayout& layout, std::vector<BoundBatch> batches, TimelineRows rows)
      : layout_(layout), batches_(std::move(batches)), rows_(std::move(rows)) {}

  Result<std::vector<PageKey>> pages(const Pages& have) const override {
    return needed_pages(rows_, have);
  }

  Result<Output> fold(const Pages& have, const Context& context) const override {
    TimelineSums sums;
    OutputRows out(layout_, context);
    const auto fold_key = [&](const Hash128& key, std::span<const Arrival> arrivals) -> Status {
      ASSAY_TRY(const TimelineChange change, merge(key, arrivals, have, {}));
      for (const Assertion& assertion : change.assertions) {
        // Any row of the key has its key fields; the rest comes from the observation.
        const RowRef at = rows_.rows[assertion.source.value_or(arrivals.front().source)];
        const Observation& observation = assertion.observation;
        ASSAY_TRY_VOID(out.write({.input = &batches_[at.batch],
                                  .row = at.row,
                                  .key = key,
                                  .hash = observation.at.hash,
                                  .order = observation.at.order,
                                  .priority = observation.at.priority,
                                  .knowledge = observation.knowledge}));
      }
      sums.add(change);
      return {};
    };
    ASSAY_TRY_VOID(for_each_timeline(rows_, fold_key));
    Output output = std::move(sums).output(rows_);
    std::move(out).finish(output);
    return output;
  }

 private:
  const OutputLayout& layout_;
  const std::vector<BoundBatch> batches_;
  const TimelineRows rows_;
};

class HistoryOperator final : public Operator {
 public:
  HistoryOperator(OutputLayout layout, const plan::Plan& plan, const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        rule_(rule),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]),
        columns_(ObservationColumns::of(rule, input_)) {}

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, rule_.input, input_));
    ASSAY_TRY(auto rows, read(batches));
    return std::unique_ptr<Fold>(
        std::make_unique<HistoryFold>(layout_, std::move(batches), std::move(rows)));
  }

 private:
  Result<TimelineRows> read(const std::vector<BoundBatch>& batches) const {
    KeyReader reader(input_, rule_.key_columns);
    return read_timeline_rows(
        batches, columns_,
        [&](const BoundBatch& batch, std::uint32_t row) -> std::optional<Hash128> {
          const auto key = reader.encode(batch, row);
          if (!key) return std::nullopt;
          return xxh3_128(*key);
        });
  }

  OutputLayout layout_;
  plan::OperatorRule rule_;
  column::TableSchema input_;
  ObservationColumns columns_;
};

/// A row that comes later than its observation takes copied columns from another row of its key.
Status require_only_key_copies(const plan::OperatorRule& rule) {
  for (const auto& [to, from] : rule.copies) {
    const auto& keys = rule.key_columns;
    if (std::find(keys.begin(), keys.end(), from) == keys.end()) {
      return misfit(rule, "it copies a column that is not of the key");
    }
  }
  return {};
}

}  // namespace

OperatorResult make_history(const plan::Plan& plan, const plan::OperatorRule& rule) {
  ASSAY_TRY_VOID(require_key(rule));
  ASSAY_TRY_VOID(require_column(plan, rule, rule.hash_column, column::Type::binary, "hash column"));
  ASSAY_TRY_VOID(
      require_column(plan, rule, rule.order_column, column::Type::timestamp, "order column"));
  ASSAY_TRY_VOID(require_only_key_copies(rule));
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  return std::unique_ptr<Operator>(
      std::make_unique<HistoryOperator>(std::move(layout), plan, rule));
}

}  // namespace assay::fold
