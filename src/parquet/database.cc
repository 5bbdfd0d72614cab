#include <fmt/format.h>

#include "parquet/database_internal.h"
#include "parquet/result_reader_internal.h"

namespace assay::parquet {

namespace {

/// The configuration is made, filled and destroyed in one place, since DuckDB copies it.
class Configuration {
 public:
  Configuration() { duckdb_create_config(&config_); }
  ~Configuration() { duckdb_destroy_config(&config_); }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  Status set(const char* name, const std::string& value) {
    if (duckdb_set_config(config_, name, value.c_str()) == DuckDBSuccess) return {};
    return make_error(Code::internal,
                      fmt::format("DuckDB refused the setting {} = {}", name, value));
  }
  duckdb_config get() const { return config_; }

 private:
  duckdb_config config_ = nullptr;
};

Result<DatabaseHandle> open_database(const Database::Options& options) {
  Configuration config;
  ASSAY_TRY_VOID(config.set("autoinstall_known_extensions", "false"));
  ASSAY_TRY_VOID(config.set("autoload_known_extensions", "false"));
  ASSAY_TRY_VOID(config.set("preserve_insertion_order", "true"));
  ASSAY_TRY_VOID(config.set("memory_limit", fmt::format("{}B", options.memory_limit_bytes)));
  // Data files are read once or twice: a cache of them would only take memory.
  ASSAY_TRY_VOID(config.set("enable_external_file_cache", "false"));
  ASSAY_TRY_VOID(config.set("threads", std::to_string(options.threads)));
  if (!options.temp_directory.empty()) {
    ASSAY_TRY_VOID(config.set("temp_directory", options.temp_directory));
  }
  duckdb_database database = nullptr;
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &database, config.get(), &message) == DuckDBSuccess) {
    return DatabaseHandle(database);
  }
  Error error =
      make_error(Code::internal, "DuckDB did not start", {}, message == nullptr ? "" : message);
  duckdb_free(message);
  return error;
}

Result<Connection> connect(duckdb_database database) {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(database, &connection) != DuckDBSuccess) {
    return make_error(Code::internal, "DuckDB gave no connection");
  }
  Connection owner(connection);
  ASSAY_TRY_VOID(run(owner.get(), "SET TimeZone = 'UTC'"));
  return owner;
}

}  // namespace

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  ASSAY_TRY(impl->database, open_database(options));
  ASSAY_TRY(impl->connection, connect(impl->database.get()));
  ASSAY_TRY_VOID(impl->sources.install(impl->connection.get()));
  for (int i = 0; i < options.threads; ++i) {
    ASSAY_TRY(Connection writer, connect(impl->database.get()));
    impl->writers.push_back(std::move(writer));
  }
  return Database(std::move(impl));
}

Status Database::execute(const std::string& sql) { return run(impl_->connection.get(), sql); }

Status Database::register_table(const std::string& name, const column::TableSchema& schema,
                                std::span<const column::Batch* const> batches) {
  ASSAY_TRY_VOID(check_batches(schema, batches));
  ASSAY_TRY_VOID(drop_table(name));
  auto table = std::make_unique<RegisteredTable>(schema, batches);
  table->id = impl_->sources.add({.set = &table->set, .rows = table->rows});
  ASSAY_TRY_VOID(execute(fmt::format("CREATE TEMPORARY VIEW {} AS SELECT * FROM assay_rows({})",
                                     sql_name(name), table->id)));
  impl_->tables[name] = std::move(table);
  return {};
}

Status Database::drop_table(const std::string& name) {
  ASSAY_TRY_VOID(execute(fmt::format("DROP VIEW IF EXISTS {}", sql_name(name))));
  const auto table = impl_->tables.find(name);
  if (table == impl_->tables.end()) return {};
  impl_->sources.remove(table->second->id);
  impl_->tables.erase(table);
  return {};
}

Result<Statement> prepare(duckdb_connection connection, const std::string& sql) {
  duckdb_prepared_statement statement = nullptr;
  const duckdb_state state = duckdb_prepare(connection, sql.c_str(), &statement);
  Statement owner(statement);
  if (state == DuckDBSuccess) return owner;
  return make_error(Code::sql_invalid, duckdb_prepare_error(owner.get()));
}

std::vector<std::string> column_names(const Statement& statement) {
  std::vector<std::string> names;
  const idx_t count = duckdb_prepared_statement_column_count(statement.get());
  for (idx_t i = 0; i < count; ++i) {
    const char* name = duckdb_prepared_statement_column_name(statement.get(), i);
    names.emplace_back(name == nullptr ? "" : name);
    duckdb_free(const_cast<char*>(name));
  }
  return names;
}

std::string wrap_query(const std::string& sql, const std::vector<std::string>& names,
                       const std::vector<std::string>& casts) {
  std::string list;
  std::string columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string column = fmt::format("c{}", i);
    list += i == 0 ? "" : ", ";
    list += casts[i].empty() ? column : fmt::format("CAST({} AS {})", column, casts[i]);
    list += " AS " + sql_name(names[i]);
    columns += (i == 0 ? "" : ", ") + column;
  }
  std::string inner = sql;
  while (!inner.empty() && (inner.back() == ';' || inner.back() == ' ' || inner.back() == '\n'))
    inner.pop_back();
  // The line break ends a comment on the query's last line.
  return fmt::format("SELECT {} FROM ({}\n) AS t({})", list, inner, columns);
}

Result<PreparedQuery> prepare_query(duckdb_connection connection, const std::string& sql) {
  PreparedQuery query;
  ASSAY_TRY(query.statement, prepare(connection, sql));
  const std::vector<std::string> names = column_names(query.statement);
  std::vector<std::string> casts(names.size());
  bool any_cast = false;
  query.schema.name = "query";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(query.statement.get(), i));
    const auto known = column_type(type.get());
    if (!known) casts[i] = "VARCHAR";
    any_cast = any_cast || !known;
    query.schema.fields.push_back({.id = static_cast<int>(i) + 1,
                                   .name = names[i],
                                   .type = known.value_or(column::DataType{}),
                                   .required = false,
                                   .role = column::Role::content,
                                   .doc = {}});
  }
  if (any_cast) {
    ASSAY_TRY(query.statement, prepare(connection, wrap_query(sql, names, casts)));
  }
  return query;
}

Status stream(const PreparedQuery& query, const std::function<Status(column::Batch)>& consume) {
  QueryResult result;
  if (duckdb_execute_prepared_streaming(query.statement.get(), result.get()) != DuckDBSuccess) {
    return duck_error(result.get(), Code::parquet_read);
  }
  column::BatchBuilder builder(query.schema);
  for (;;) {
    const Chunk chunk(duckdb_fetch_chunk(*result.get()));
    if (chunk == nullptr) break;
    append_chunk(chunk.get(), query.schema, builder);
    if (auto status = consume(builder.finish()); !status) {
      // DuckDB's tasks still work for the rest; destroying it under them crashes.
      while (Chunk(duckdb_fetch_chunk(*result.get())) != nullptr) continue;
      return status;
    }
  }
  if (duckdb_result_error(result.get()) != nullptr)
    return duck_error(result.get(), Code::parquet_read);
  return {};
}

Status Database::query(const std::string& sql,
                       const std::function<Status(const column::Batch&)>& consume) {
  ASSAY_TRY(const PreparedQuery query, prepare_query(impl_->connection.get(), sql));
  return stream(query, [&consume](column::Batch batch) { return consume(batch); });
}

Result<std::vector<std::vector<std::optional<std::string>>>> Database::rows(
    const std::string& sql) {
  ASSAY_TRY(const Statement statement, prepare(impl_->connection.get(), sql));
  const std::vector<std::string> names = column_names(statement);
  const bool is_select =
      duckdb_prepared_statement_type(statement.get()) == DUCKDB_STATEMENT_TYPE_SELECT;
  const std::string text_sql =
      is_select ? wrap_query(sql, names, std::vector<std::string>(names.size(), "VARCHAR")) : sql;
  std::vector<std::vector<std::optional<std::string>>> rows;
  ASSAY_TRY_VOID(query(text_sql, [&rows](const column::Batch& batch) -> Status {
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      std::vector<std::optional<std::string>>& cells = rows.emplace_back();
      for (int column = 0; column < batch.columns(); ++column) {
        const column::ColumnView view(batch, column);
        if (std::string_view(batch.schema().children[column]->format) != "u") {
          return make_error(Code::sql_invalid, "only a query has rows");
        }
        cells.push_back(view.is_null(row) ? std::nullopt
                                          : std::optional(std::string(view.bytes(row))));
      }
    }
    return {};
  }));
  return rows;
}

}  // namespace assay::parquet
