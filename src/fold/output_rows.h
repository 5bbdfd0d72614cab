#pragma once
// The rows that come out: where each output column's value is taken from, and how it is written.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "fold/bound_batch.h"
#include "fold/operator.h"
#include "plan/plan.h"

namespace assay::fold {

/// What fills the columns of a rule's output table, settled when the operator is made (plan.h says
/// in which order). Immutable.
class OutputLayout {
 public:
  enum class Kind : std::uint8_t {
    tenant,
    record_source,
    manifest,
    input,     ///< column `index` of the input row
    contents,  ///< value with field id `index` of the encoded content row
    measure,   ///< measure `index`
    hub,       ///< hub key `index`
    key,       ///< hub or link key of the row
    hash,
    order,
    priority,
    knowledge,
    absent,  ///< null: a measure that another source of the feature view contributes
  };
  struct Source {
    Kind kind = Kind::input;
    int index = 0;
  };

  /// Code::plan_invalid where a column has no source, or one of another type.
  static Result<OutputLayout> make(const plan::Plan& plan, const plan::OperatorRule& rule);

  const column::TableSchema& schema() const { return schema_; }
  const std::vector<Source>& sources() const { return sources_; }

 private:
  OutputLayout(column::TableSchema schema, std::vector<Source> sources);
  column::TableSchema schema_;
  std::vector<Source> sources_;
};

using MeasureValue = std::variant<std::monostate, std::int64_t, column::ColumnView::Int128, double>;

/// What an operator worked out for one row. Borrows everything.
struct OutputRow {
  const BoundBatch* input = nullptr;  ///< row that copied columns are taken from
  std::uint32_t row = 0;
  Hash128 key = {};
  std::span<const std::optional<Hash128>> hubs = {};
  Hash128 hash = {};
  Micros order = 0;
  std::int32_t priority = 0;
  Micros knowledge = 0;
  std::string_view contents = {};  ///< encoded content row
  std::span<const MeasureValue> measures = {};
};

/// Collects rows into batches of the output table. One thread; lives for one call of fold.
class OutputRows {
 public:
  OutputRows(const OutputLayout& layout, const Context& context);
  /// Code::internal where the content row is malformed.
  Status write(const OutputRow& row);
  /// Adds the batch to the output, if it has rows.
  void finish(Output& output) &&;

 private:
  void write_column(int column, const OutputLayout::Source& source, const OutputRow& row);
  void write_measure(int column, const MeasureValue& value);
  Status write_contents(std::string_view contents);

  const OutputLayout& layout_;
  const Context& context_;
  std::string record_source_;
  column::BatchBuilder builder_;
};

}  // namespace assay::fold
