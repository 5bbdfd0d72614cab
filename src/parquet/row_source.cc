#include "parquet/row_source_internal.h"

#include <algorithm>
#include <memory>

#include "parquet/duck_type_internal.h"

namespace assay::parquet {

namespace {

using column::DataType;
using column::Type;
using Rows = std::span<const RowReference>;

struct Scan {
  RowSources::Selection selection;
  std::size_t next = 0;
};

template <typename Stored, typename Read>
void fill(duckdb_vector vector, const BatchSet& set, int column, Rows rows, const Read& read) {
  auto* out = static_cast<Stored*>(duckdb_vector_get_data(vector));
  std::uint64_t* validity = nullptr;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const RawColumn& raw = set.at(rows[i], column);
    if (raw.is_null(rows[i].row)) [[unlikely]] {
      if (validity == nullptr) {
        duckdb_vector_ensure_validity_writable(vector);
        validity = duckdb_vector_get_validity(vector);
      }
      duckdb_validity_set_row_invalid(validity, i);
      out[i] = Stored{};
    } else {
      out[i] = read(raw, rows[i].row);
    }
  }
}

/// Points at the bytes where they are: the batches outlive the query.
duckdb_string_t borrowed_string(std::string_view bytes) {
  duckdb_string_t string{};
  string.value.inlined.length = static_cast<std::uint32_t>(bytes.size());
  if (bytes.size() <= sizeof string.value.inlined.inlined) {
    std::copy(bytes.begin(), bytes.end(), string.value.inlined.inlined);
  } else {
    std::copy_n(bytes.begin(), sizeof string.value.pointer.prefix, string.value.pointer.prefix);
    string.value.pointer.ptr = const_cast<char*>(bytes.data());
  }
  return string;
}

template <typename Stored>
void fill_fixed(duckdb_vector vector, const BatchSet& set, int column, Rows rows) {
  fill<Stored>(vector, set, column, rows,
               [](const RawColumn& raw, std::uint32_t row) { return raw.fixed<Stored>(row); });
}

template <typename Stored>
void fill_decimal(duckdb_vector vector, const BatchSet& set, int column, Rows rows) {
  fill<Stored>(vector, set, column, rows, [](const RawColumn& raw, std::uint32_t row) {
    return static_cast<Stored>(raw.fixed<Int128>(row));
  });
}

void fill_column(duckdb_vector vector, const BatchSet& set, int column, Rows rows) {
  const DataType& type = set.schema->fields[static_cast<std::size_t>(column)].type;
  switch (type.type) {
    case Type::boolean:
      return fill<bool>(vector, set, column, rows,
                        [](const RawColumn& raw, std::uint32_t row) { return raw.boolean(row); });
    case Type::int32:
    case Type::date: return fill_fixed<std::int32_t>(vector, set, column, rows);
    case Type::int64:
    case Type::timestamp: return fill_fixed<std::int64_t>(vector, set, column, rows);
    case Type::float64: return fill_fixed<double>(vector, set, column, rows);
    case Type::decimal:
      if (type.precision <= 4) return fill_decimal<std::int16_t>(vector, set, column, rows);
      if (type.precision <= 9) return fill_decimal<std::int32_t>(vector, set, column, rows);
      if (type.precision <= 18) return fill_decimal<std::int64_t>(vector, set, column, rows);
      return fill_fixed<duckdb_hugeint>(vector, set, column, rows);  // the same 16 bytes
    case Type::string:
    case Type::binary:
      return fill<duckdb_string_t>(
          vector, set, column, rows,
          [](const RawColumn& raw, std::uint32_t row) { return borrowed_string(raw.bytes(row)); });
  }
}

void bind(duckdb_bind_info info) {
  auto* sources = static_cast<RowSources*>(duckdb_bind_get_extra_info(info));
  duckdb_value parameter = duckdb_bind_get_parameter(info, 0);
  const auto id = static_cast<std::uint64_t>(duckdb_get_int64(parameter));
  duckdb_destroy_value(&parameter);
  auto scan = std::make_unique<Scan>();
  if (!sources->find(id, &scan->selection)) {
    duckdb_bind_set_error(info, "assay_rows: no rows of this number");
    return;
  }
  for (const column::Field& field : scan->selection.set->schema->fields) {
    LogicalType type = logical_type(field.type);
    duckdb_bind_add_result_column(info, field.name.c_str(), type.get());
  }
  duckdb_bind_set_cardinality(info, scan->selection.rows.size(), true);
  duckdb_bind_set_bind_data(info, scan.release(),
                            [](void* data) { delete static_cast<Scan*>(data); });
}

void init(duckdb_init_info info) {
  const auto* bound = static_cast<const Scan*>(duckdb_init_get_bind_data(info));
  duckdb_init_set_init_data(info, new Scan(*bound),
                            [](void* data) { delete static_cast<Scan*>(data); });
  duckdb_init_set_max_threads(info, 1);  // keeps the order of the rows
}

void produce(duckdb_function_info info, duckdb_data_chunk output) {
  auto* scan = static_cast<Scan*>(duckdb_function_get_init_data(info));
  const Rows all = scan->selection.rows;
  const Rows rows =
      all.subspan(scan->next, std::min<std::size_t>(duckdb_vector_size(), all.size() - scan->next));
  const int width = static_cast<int>(scan->selection.set->schema->fields.size());
  for (int column = 0; column < width && !rows.empty(); ++column) {
    fill_column(duckdb_data_chunk_get_vector(output, static_cast<idx_t>(column)),
                *scan->selection.set, column, rows);
  }
  scan->next += rows.size();
  duckdb_data_chunk_set_size(output, rows.size());
}

}  // namespace

std::uint64_t RowSources::add(const Selection& selection) {
  const std::lock_guard lock(mutex_);
  current_[++last_id_] = selection;
  return last_id_;
}

void RowSources::remove(std::uint64_t id) {
  const std::lock_guard lock(mutex_);
  current_.erase(id);
}

bool RowSources::find(std::uint64_t id, Selection* selection) {
  const std::lock_guard lock(mutex_);
  const auto found = current_.find(id);
  if (found == current_.end()) return false;
  *selection = found->second;
  return true;
}

Status RowSources::install(duckdb_connection connection) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, "assay_rows");
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  duckdb_table_function_add_parameter(function, number);
  duckdb_destroy_logical_type(&number);
  duckdb_table_function_set_extra_info(function, this, nullptr);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_function(function, produce);
  const duckdb_state state = duckdb_register_table_function(connection, function);
  duckdb_destroy_table_function(&function);
  if (state == DuckDBSuccess) return {};
  return make_error(Code::internal, "DuckDB refused the table function assay_rows");
}

}  // namespace assay::parquet
