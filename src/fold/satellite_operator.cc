// Satellites: descriptive rows of hubs and links, one where the content changed.
//   in = inserted + late + unchanged + no_key + no_order
// The contents of a master are not rows that come in: they are looked up.

#include "fold/contents.h"
#include "fold/keys.h"
#include "fold/operators.h"
#include "fold/output_rows.h"
#include "fold/rule_checks.h"
#include "fold/timeline_rows.h"

namespace assay::fold {
namespace {

class SatelliteFold final : public Fold {
 public:
  /// What stands behind it, which outlives it.
  struct Rule {
    const OutputLayout& layout;
    const TimelineOptions& options;
    bool has_contents = false;
  };
  SatelliteFold(const Rule& rule, std::vector<BoundBatch> batches, TimelineRows rows,
                Contents contents)
      : rule_(rule),
        batches_(std::move(batches)),
        rows_(std::move(rows)),
        contents_(std::move(contents)) {}

  /// First the directories, then the leaves, then the contents of the rows that will come out.
  Result<std::vector<PageKey>> pages(const Pages& have) const override {
    ASSAY_TRY(auto needed, needed_pages(rows_, have));
    if (!needed.empty() || !rule_.has_contents) return needed;
    ASSAY_TRY_VOID(for_each_timeline(
        rows_, [&](const Hash128& key, std::span<const Arrival> arrivals) -> Status {
          ASSAY_TRY(const TimelineChange change, merge(key, arrivals, have, rule_.options));
          for (const Assertion& assertion : change.assertions) {
            const Hash128& hash = assertion.observation.at.hash;
            const PageKey page = Contents::page_of(hash);
            if (!contents_.contains(hash) && !have.contains(page)) needed.push_back(page);
          }
          return {};
        }));
    std::sort(needed.begin(), needed.end());
    needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
    return needed;
  }

  Result<Output> fold(const Pages& have, const Context& context) const override {
    TimelineSums sums;
    OutputRows out(rule_.layout, context);
    const auto fold_key = [&](const Hash128& key, std::span<const Arrival> arrivals) -> Status {
      ASSAY_TRY(const TimelineChange change, merge(key, arrivals, have, rule_.options));
      for (const Assertion& assertion : change.assertions) {
        const RowRef at = rows_.rows[assertion.source.value_or(arrivals.front().source)];
        OutputRow row = output_row(key, batches_[at.batch], at.row, assertion.observation);
        if (rule_.has_contents) {
          ASSAY_TRY(row.contents, contents_.find(assertion.observation.at.hash, have));
        }
        ASSAY_TRY_VOID(out.write(row));
      }
      sums.add(change);
      return {};
    };
    ASSAY_TRY_VOID(for_each_timeline(rows_, fold_key));
    Output output = std::move(sums).output(rows_);
    contents_.write(output);
    std::move(out).finish(output);
    return output;
  }

 private:
  static OutputRow output_row(const Hash128& key, const BoundBatch& batch, std::uint32_t row,
                              const Observation& observation) {
    return {.input = &batch,
            .row = row,
            .key = key,
            .hash = observation.at.hash,
            .order = observation.at.order,
            .priority = observation.at.priority,
            .knowledge = observation.knowledge};
  }

  const Rule rule_;
  const std::vector<BoundBatch> batches_;
  const TimelineRows rows_;
  const Contents contents_;
};

class SatelliteOperator final : public Operator {
 public:
  SatelliteOperator(OutputLayout layout, const plan::Plan& plan, const plan::OperatorRule& rule)
      : layout_(std::move(layout)),
        rule_(rule),
        tenant_(plan.tenant),
        input_(plan.tables[static_cast<std::size_t>(rule.input)]),
        columns_(ObservationColumns::of(rule, input_)),
        options_{.keep_equal_neighbours = rule.keep_equal_neighbours},
        of_link_(layout_.schema().index_of_id(column::field_id::kLinkKey) >= 0) {
    if (rule.contents < 0) return;
    contents_schema_ = plan.tables[static_cast<std::size_t>(rule.contents)];
    contents_hash_ = contents_schema_.index_of_id(column::field_id::kContentHash);
  }

  Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const override {
    ASSAY_TRY(auto batches, bind(inputs, rule_.input, input_));
    ASSAY_TRY(auto rows, read(batches));
    ASSAY_TRY(auto contents, read_contents(inputs));
    const SatelliteFold::Rule rule{layout_, options_, rule_.contents >= 0};
    return std::unique_ptr<Fold>(std::make_unique<SatelliteFold>(
        rule, std::move(batches), std::move(rows), std::move(contents)));
  }

 private:
  Result<TimelineRows> read(const std::vector<BoundBatch>& batches) const {
    if (of_link_) {
      LinkKeyReader reader(input_, tenant_, rule_);
      return read_timeline_rows(batches, columns_, [&](const BoundBatch& batch, std::uint32_t row) {
        return reader.key(batch, row);
      });
    }
    HubKeyReader reader(input_, rule_.entity, tenant_, rule_.key_columns);
    return read_timeline_rows(batches, columns_, [&](const BoundBatch& batch, std::uint32_t row) {
      return reader.key(batch, row);
    });
  }

  Result<Contents> read_contents(std::span<const Input> inputs) const {
    if (rule_.contents < 0) return Contents();
    ASSAY_TRY(const auto batches, bind(inputs, rule_.contents, contents_schema_));
    return Contents::read(batches, contents_schema_, contents_hash_);
  }

  OutputLayout layout_;
  plan::OperatorRule rule_;
  std::string tenant_;
  column::TableSchema input_;
  ObservationColumns columns_;
  TimelineOptions options_;
  bool of_link_;
  column::TableSchema contents_schema_;
  int contents_hash_ = -1;
};

Status check_contents(const plan::Plan& plan, const plan::OperatorRule& rule) {
  if (rule.contents < 0) {
    // A row that comes later than its observation would have no fields to show.
    if (!rule.keep_equal_neighbours && !rule.copies.empty()) {
      return misfit(rule, "it collapses equal neighbours and has no content table");
    }
    return {};
  }
  const column::TableSchema& contents = plan.tables[static_cast<std::size_t>(rule.contents)];
  const int hash = contents.index_of_id(column::field_id::kContentHash);
  if (hash < 0 ||
      contents.fields[static_cast<std::size_t>(hash)].type.type != column::Type::binary) {
    return misfit(rule, "its content table has no content hash");
  }
  return {};
}

}  // namespace

OperatorResult make_satellite(const plan::Plan& plan, const plan::OperatorRule& rule) {
  const column::TableSchema& output =
      plan.tables[static_cast<std::size_t>(std::max(rule.output, 0))];
  if (output.index_of_id(column::field_id::kLinkKey) >= 0) {
    if (rule.hubs.empty()) return misfit(rule, "it names no hubs");
  } else {
    ASSAY_TRY_VOID(require_key(rule));
  }
  ASSAY_TRY_VOID(require_column(plan, rule, rule.hash_column, column::Type::binary, "hash column"));
  ASSAY_TRY_VOID(
      require_column(plan, rule, rule.order_column, column::Type::timestamp, "order column"));
  ASSAY_TRY_VOID(check_contents(plan, rule));
  ASSAY_TRY(auto layout, OutputLayout::make(plan, rule));
  return std::unique_ptr<Operator>(
      std::make_unique<SatelliteOperator>(std::move(layout), plan, rule));
}

}  // namespace assay::fold
