#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "base/time.h"
#include "io/file_system.h"
#include "parquet/database_internal.h"
#include "parquet/footer.h"
#include "parquet/metrics.h"

namespace assay::parquet {

namespace {

using column::Batch;
using column::TableSchema;
using column::Transform;

constexpr std::size_t kFolderNameBytesMax = 64;

/// Rows of one partition, in the order in which they came.
struct FilePlan {
  std::vector<PartitionValue> partition;
  std::vector<RowReference> rows;
};

Status check_partition(const TableSchema& schema) {
  for (const column::PartitionField& field : schema.partition) {
    const int index = schema.index_of(field.source);
    const column::Type expected =
        field.transform == Transform::identity ? column::Type::string : column::Type::timestamp;
    if (index >= 0 && schema.fields[static_cast<std::size_t>(index)].type.type == expected)
      continue;
    return make_error(Code::internal,
                      fmt::format("table \"{}\" cannot be partitioned by {}({})", schema.name,
                                  column::to_string(field.transform), field.source));
  }
  return {};
}

PartitionValue partition_value(const RawColumn& raw, std::uint32_t row, Transform transform) {
  PartitionValue value;
  if (raw.is_null(row)) return value;
  switch (transform) {
    case Transform::identity: value.text = std::string(raw.bytes(row)); break;
    case Transform::day: value.number = day_of(raw.fixed<std::int64_t>(row)); break;
    case Transform::month: value.number = month_of(raw.fixed<std::int64_t>(row)); break;
  }
  return value;
}

/// Whether the row is of that partition; compares without making strings.
bool is_of(const RawColumn& raw, std::uint32_t row, Transform transform,
           const PartitionValue& value) {
  if (raw.is_null(row)) return value.is_null();
  if (transform == Transform::identity) return value.text && raw.bytes(row) == *value.text;
  const auto instant = raw.fixed<std::int64_t>(row);
  return value.number == (transform == Transform::day ? day_of(instant) : month_of(instant));
}

/// One plan a partition value, ascending, so that file numbers do not depend on the order of rows.
std::vector<FilePlan> plan_files(const BatchSet& set) {
  const TableSchema& schema = *set.schema;
  std::vector<int> sources;
  for (const column::PartitionField& field : schema.partition)
    sources.push_back(schema.index_of(field.source));
  std::map<std::vector<PartitionValue>, std::vector<RowReference>> partitions;
  auto last = partitions.end();  // neighbours are mostly of one partition
  for (const RowReference row : all_rows(set)) {
    bool same = last != partitions.end();
    for (std::size_t i = 0; same && i < sources.size(); ++i) {
      same = is_of(set.at(row, sources[i]), row.row, schema.partition[i].transform, last->first[i]);
    }
    if (!same) {
      std::vector<PartitionValue> key;
      for (std::size_t i = 0; i < sources.size(); ++i) {
        key.push_back(
            partition_value(set.at(row, sources[i]), row.row, schema.partition[i].transform));
      }
      last = partitions.try_emplace(std::move(key)).first;
    }
    last->second.push_back(row);
  }
  std::vector<FilePlan> plans;
  for (auto& [key, rows] : partitions) plans.push_back({.partition = key, .rows = std::move(rows)});
  return plans;
}

std::string field_ids(const TableSchema& schema) {
  std::string ids;
  for (const column::Field& field : schema.fields) {
    ids += fmt::format("{}{}: {}", ids.empty() ? "" : ", ", sql_name(field.name), field.id);
  }
  return ids;
}

/// Bytes that could mean something in a path or a URI become '_': the name need not be unique.
std::string safe_text(const PartitionValue& value, Transform transform) {
  if (value.is_null()) return "null";
  if (transform == Transform::day) return format_day(*value.number);
  if (transform == Transform::month) {
    const std::int32_t year = 1970 + (*value.number - (*value.number < 0 ? 11 : 0)) / 12;
    return fmt::format("{:04}-{:02}", year, *value.number - (year - 1970) * 12 + 1);
  }
  std::string text = value.text->substr(0, kFolderNameBytesMax);
  for (char& c : text) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    if (!safe) c = '_';
  }
  return text;
}

std::string partition_folder(const TableSchema& schema,
                             const std::vector<PartitionValue>& partition) {
  std::string folder;
  for (std::size_t i = 0; i < partition.size(); ++i) {
    const column::PartitionField& field = schema.partition[i];
    const bool identity = field.transform == Transform::identity;
    folder += fmt::format("{}{}{}{}={}", folder.empty() ? "" : "/",
                          safe_text({.text = field.source}, Transform::identity),
                          identity ? "" : "_", identity ? "" : column::to_string(field.transform),
                          safe_text(partition[i], field.transform));
  }
  return folder;
}

/// What the footer says must be what was handed over: the last look before the file counts as
/// written.
Status check_footer(const Footer& footer, const BatchSet& set, std::size_t rows,
                    const std::string& path) {
  bool good = footer.rows == static_cast<std::int64_t>(rows) &&
              footer.columns.size() == set.schema->fields.size();
  for (std::size_t i = 0; good && i < footer.columns.size(); ++i) {
    good = footer.columns[i].field_id == set.schema->fields[i].id;
  }
  if (good) return {};
  return make_error(Code::parquet_write,
                    fmt::format("the file \"{}\" does not hold what was written to it", path));
}

Result<StagedFile> write_file(duckdb_connection connection, RowSources& sources,
                              const BatchSet& set, const FilePlan& plan, const std::string& path) {
  const std::uint64_t id = sources.add({.set = &set, .rows = plan.rows});
  QueryResult result;
  const std::string sql = fmt::format(
      "COPY (SELECT * FROM assay_rows({})) TO {} (FORMAT parquet, COMPRESSION zstd, FIELD_IDS "
      "{{{}}})",
      id, sql_literal(path), field_ids(*set.schema));
  const duckdb_state state = duckdb_query(connection, sql.c_str(), result.get());
  sources.remove(id);
  if (state != DuckDBSuccess) {
    return std::move(duck_error(result.get(), Code::parquet_write))
        .with_context(fmt::format("while writing \"{}\" of table \"{}\"", path, set.schema->name));
  }
  ASSAY_TRY(const Footer footer, read_footer(*io::local_file_system(), path));
  ASSAY_TRY_VOID(check_footer(footer, set, plan.rows.size(), path));
  StagedFile file{.path = path,
                  .partition = plan.partition,
                  .partition_folder = partition_folder(*set.schema, plan.partition),
                  .record_count = footer.rows,
                  .size_bytes = footer.file_size_bytes,
                  .metrics = measure(set, plan.rows),
                  .split_offsets = footer.split_offsets};
  for (const Footer::Column& column : footer.columns) {
    file.metrics[column.field_id].size_bytes = column.size_bytes;
  }
  return file;
}

Status make_empty_folder(const std::string& folder) {
  const auto files = io::local_file_system();
  ASSAY_TRY(const std::vector<io::FileInfo> present, files->list(folder));
  if (!present.empty()) {
    return make_error(Code::file_exists,
                      fmt::format("the staging folder \"{}\" is not empty", folder));
  }
  return files->make_folders(folder);
}

}  // namespace

Result<std::vector<StagedFile>> Database::write(const TableSchema& schema,
                                                std::span<const Batch* const> batches,
                                                const std::string& folder) {
  ASSAY_TRY_VOID(check_batches(schema, batches));
  ASSAY_TRY_VOID(check_partition(schema));
  ASSAY_TRY_VOID(make_empty_folder(folder));
  const BatchSet set(schema, batches);
  const std::vector<FilePlan> plans = plan_files(set);
  std::vector<std::optional<Result<StagedFile>>> written(plans.size());
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&](duckdb_connection connection) {
    for (std::size_t i = next++; i < plans.size() && !failed; i = next++) {
      written[i] = write_file(connection, impl_->sources, set, plans[i],
                              fmt::format("{}/{}.parquet", folder, i));
      if (!*written[i]) failed = true;
    }
  };
  std::vector<std::jthread> threads;
  const std::size_t thread_count = std::min(impl_->writers.size(), plans.size());
  for (std::size_t i = 1; i < thread_count; ++i)
    threads.emplace_back(work, impl_->writers[i].get());
  work(impl_->writers.front().get());
  threads.clear();  // joins
  std::vector<StagedFile> files;
  for (auto& file : written) {
    if (file && !*file) return std::move(*file).error();
  }
  for (auto& file : written) files.push_back(std::move(**file));
  return files;
}

namespace {

/// Whether every value of the one type is the same value of the other.
bool is_lossless(const column::DataType& from, const column::DataType& to) {
  using column::Type;
  if (from.type == Type::int32) return to.type == Type::int64;
  return from.type == Type::decimal && to.type == Type::decimal && from.scale == to.scale &&
         from.precision <= to.precision;
}

/// The statement with its columns cast to the schema's types where that loses nothing.
Result<PreparedQuery> prepare_for(duckdb_connection connection, const TableSchema& schema,
                                  const std::string& sql) {
  ASSAY_TRY(Statement statement, prepare(connection, sql));
  const std::vector<std::string> names = column_names(statement);
  if (names.size() != schema.fields.size()) {
    return make_error(Code::internal,
                      fmt::format("the query for table \"{}\" gives {} columns, its schema has {}",
                                  schema.name, names.size(), schema.fields.size()));
  }
  std::vector<std::string> casts(names.size());
  bool any_cast = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
    const auto from = column_type(type.get());
    const column::DataType& to = schema.fields[i].type;
    if (from == to) continue;
    if (!from || !is_lossless(*from, to)) {
      return make_error(Code::internal,
                        fmt::format("column \"{}\" of table \"{}\" is {}, the query gives {}",
                                    schema.fields[i].name, schema.name, column::to_string(to),
                                    from ? column::to_string(*from) : "another type"));
    }
    casts[i] = sql_type(to);
    any_cast = true;
  }
  if (any_cast) {
    ASSAY_TRY(statement, prepare(connection, wrap_query(sql, names, casts)));
  }
  return PreparedQuery{.statement = std::move(statement), .schema = schema};
}

}  // namespace

Result<std::vector<StagedFile>> Database::write_query(const TableSchema& schema,
                                                      const std::string& sql,
                                                      const std::string& folder) {
  ASSAY_TRY(const PreparedQuery query, prepare_for(impl_->connection.get(), schema, sql));
  std::vector<Batch> batches;
  ASSAY_TRY_VOID(stream(query, [&batches](Batch batch) -> Status {
    batches.push_back(std::move(batch));
    return {};
  }));
  std::vector<const Batch*> pointers;
  for (const Batch& batch : batches) pointers.push_back(&batch);
  return write(schema, pointers, folder);
}

}  // namespace assay::parquet
