#include "parquet/metrics.h"

#include <cmath>

namespace assay::parquet {

namespace {

using column::Type;

/// Least and greatest of the values that are not null, as `read` gives them.
template <typename Read, typename Encode>
void measure_ordered(const BatchSet& set, int column, std::span<const RowReference> rows,
                     const Read& read, const Encode& encode, ColumnMetrics& metrics) {
  using Value = decltype(read(set.at(rows.front(), column), 0));
  bool seen = false;
  Value least{};
  Value greatest{};
  for (const RowReference row : rows) {
    const RawColumn& raw = set.at(row, column);
    if (raw.is_null(row.row)) {
      ++metrics.null_count;
      continue;
    }
    const Value value = read(raw, row.row);
    if (!seen || value < least) least = value;
    if (!seen || greatest < value) greatest = value;
    seen = true;
  }
  if (!seen) return;
  metrics.lower = encode(least);
  metrics.upper = encode(greatest);
}

void measure_floats(const BatchSet& set, int column, std::span<const RowReference> rows,
                    ColumnMetrics& metrics) {
  metrics.nan_count = 0;
  bool seen = false;
  double least = 0;
  double greatest = 0;
  for (const RowReference row : rows) {
    const RawColumn& raw = set.at(row, column);
    if (raw.is_null(row.row)) {
      ++metrics.null_count;
      continue;
    }
    const auto value = raw.fixed<double>(row.row);
    if (std::isnan(value)) {  // never a bound
      ++*metrics.nan_count;
      continue;
    }
    if (!seen || value < least) least = value;
    if (!seen || greatest < value) greatest = value;
    seen = true;
  }
  if (!seen) return;
  // -0.0 sorts below +0.0 in the format, but they compare equal: cover both.
  metrics.lower = single_value(least == 0 ? -0.0 : least);
  metrics.upper = single_value(greatest == 0 ? 0.0 : greatest);
}

void measure_nulls(const BatchSet& set, int column, std::span<const RowReference> rows,
                   ColumnMetrics& metrics) {
  for (const RowReference row : rows) {
    if (set.at(row, column).is_null(row.row)) ++metrics.null_count;
  }
}

ColumnMetrics measure_column(const BatchSet& set, int column, std::span<const RowReference> rows) {
  ColumnMetrics metrics;
  metrics.value_count = static_cast<std::int64_t>(rows.size());
  const auto plain = [](auto value) { return single_value(value); };
  switch (set.schema->fields[static_cast<std::size_t>(column)].type.type) {
    case Type::boolean:
      measure_ordered(
          set, column, rows,
          [](const RawColumn& raw, std::uint32_t row) { return raw.boolean(row); }, plain, metrics);
      break;
    case Type::int32:
    case Type::date:
      measure_ordered(
          set, column, rows,
          [](const RawColumn& raw, std::uint32_t row) { return raw.fixed<std::int32_t>(row); },
          plain, metrics);
      break;
    case Type::int64:
    case Type::timestamp:
      measure_ordered(
          set, column, rows,
          [](const RawColumn& raw, std::uint32_t row) { return raw.fixed<std::int64_t>(row); },
          plain, metrics);
      break;
    case Type::decimal:
      measure_ordered(
          set, column, rows,
          [](const RawColumn& raw, std::uint32_t row) { return raw.fixed<Int128>(row); },
          [](Int128 value) { return decimal_single_value(value); }, metrics);
      break;
    case Type::string:
      measure_ordered(
          set, column, rows, [](const RawColumn& raw, std::uint32_t row) { return raw.bytes(row); },
          [](std::string_view value) { return std::string(value); }, metrics);
      break;
    case Type::float64: measure_floats(set, column, rows, metrics); break;
    case Type::binary: measure_nulls(set, column, rows, metrics); break;
  }
  return metrics;
}

}  // namespace

std::map<int, ColumnMetrics> measure(const BatchSet& set, std::span<const RowReference> rows) {
  std::map<int, ColumnMetrics> metrics;
  for (std::size_t column = 0; column < set.schema->fields.size(); ++column) {
    metrics[set.schema->fields[column].id] = measure_column(set, static_cast<int>(column), rows);
  }
  return metrics;
}

}  // namespace assay::parquet
