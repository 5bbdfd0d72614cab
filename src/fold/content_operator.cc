// Contents of masters: each (key, content hash) once. The content hash covers the key, so it is the
// whole identity of a row.
//   in = inserted + unchanged

#include <tuple>

#include "fold/first_rows.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/rule_checks.h"
#include "fold/sort_rows.h"

namespace assay::fold {
namespace {

class ContentOperator final : public Operator {
 public:
  ContentOperator(OutputLayout layout, int table, int hash_column)
      : layout_(std::move(layout)),
        table_(table),
        hash_column_(hash_column),
        event_time_column_(layout_.schema().index_of_id(column::field_id::kEventTime)),
        record_id_column_(layout_.schema().index_of_id(column::field_id::kRecordId)) {}

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, table_, layout_.schema()));
    ASSAY_TRY(KeyedRows keyed, sorted_rows(std::move(batches)));
    return std::unique_ptr<Fold>(std::make_unique<FirstRows>(layout_, std::move(keyed)));
  }

 private:
  /// By hash; of several copies the least in (event time, record id) is the one that is kept.
  Result<KeyedRows> sorted_rows(std::vector<BoundBatch> batches) const {
    KeyedRows keyed{std::move(batches), {}, {}};
    for (std::uint32_t batch = 0; batch < keyed.batches.size(); ++batch) {
      for (std::uint32_t row = 0; row < keyed.batches[batch].rows(); ++row) {
        ASSAY_TRY(const Hash128 hash, hash_at(keyed.batches[batch], hash_column_, row));
        keyed.rows.push_back({hash, {batch, row}});
      }
    }
    sort_rows(keyed.rows, [&](const KeyedRow& a, const KeyedRow& b) {
      if (a.key != b.key) return a.key < b.key;
      return std::tuple(preference(keyed.batches, a.at), a.at) <
             std::tuple(preference(keyed.batches, b.at), b.at);
    });
    return keyed;
  }

  std::tuple<bool, Micros, std::string_view> preference(const std::vector<BoundBatch>& batches,
                                                        RowRef at) const {
    const BoundBatch& batch = batches[at.batch];
    const auto has = [&](int column) {
      return column >= 0 && !batch.column(column).is_null(at.row);
    };
    const bool timed = has(event_time_column_);
    return {!timed, timed ? batch.column(event_time_column_).int64(at.row) : 0,
            has(record_id_column_) ? batch.column(record_id_column_).bytes(at.row) : ""};
  }

  OutputLayout layout_;
  int table_;
  int hash_column_;
  int event_time_column_;
  int record_id_column_;
};

}  // namespace

OperatorResult make_content(const plan::Plan& plan, const plan::OperatorRule& rule) {
  if (rule.input != rule.output) return misfit(rule, "its input and output are not one table");
  ASSAY_TRY_VOID(require_column(plan, rule, rule.hash_column, column::Type::binary, "hash column"));
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  return std::unique_ptr<Operator>(
      std::make_unique<ContentOperator>(std::move(layout), rule.input, rule.hash_column));
}

}  // namespace assay::fold
