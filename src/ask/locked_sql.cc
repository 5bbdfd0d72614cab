#include "ask/locked_sql.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "ask/chunk_reader.h"
#include "ask/session_views.h"
#include "ask/statement_guard.h"
#include "parquet/parquet.h"

namespace assay::ask {
namespace {

/// Interrupts a connection's statement when its time is over.
class Deadline {
 public:
  Deadline(duckdb_connection connection, std::int64_t time_ms)
      : thread_([this, connection, time_ms](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          const bool stopped = wake_.wait_for(lock, stop, std::chrono::milliseconds(time_ms),
                                              [&stop] { return stop.stop_requested(); });
          if (stopped) return;
          expired_ = true;
          duckdb_interrupt(connection);
        }) {}
  bool expired() {
    const std::lock_guard lock(mutex_);
    return expired_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool expired_ = false;  ///< guarded by mutex_
  std::jthread thread_;   ///< last: it uses the others, and its destructor stops and joins it
};

/// Each owns one handle of the C API.
struct Config {
  duckdb_config handle = nullptr;
  ~Config() { duckdb_destroy_config(&handle); }
};
struct Prepared {
  duckdb_prepared_statement handle = nullptr;
  ~Prepared() { duckdb_destroy_prepare(&handle); }
};
struct Extracted {
  duckdb_extracted_statements handle = nullptr;
  ~Extracted() { duckdb_destroy_extracted(&handle); }
};
struct QueryResult {
  duckdb_result handle{};
  ~QueryResult() { duckdb_destroy_result(&handle); }
};
struct Chunk {
  duckdb_data_chunk handle = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&handle); }
};
/// Ends a streamed result that was left before its end: DuckDB's tasks still work for it, and
/// destroying it under them crashes.
class StreamEnd {
 public:
  StreamEnd(duckdb_connection connection, duckdb_result& result)
      : connection_(connection), result_(result) {}
  ~StreamEnd() {
    if (reached) return;
    duckdb_interrupt(connection_);
    while (Chunk{duckdb_fetch_chunk(result_)}.handle != nullptr) continue;
  }
  StreamEnd(const StreamEnd&) = delete;
  StreamEnd& operator=(const StreamEnd&) = delete;

  bool reached = false;

 private:
  duckdb_connection connection_;
  duckdb_result& result_;
};
struct Appender {
  duckdb_appender handle = nullptr;
  ~Appender() { duckdb_appender_destroy(&handle); }
};

/// DuckDB's text "Binder Error: no such column\n\nLINE 1: ...\n   ^" as an error of ours.
Error duckdb_error(const char* raw) {
  const std::string text = raw == nullptr ? "unknown error" : raw;
  const std::size_t line = text.find("\nLINE ");
  std::string message = text.substr(0, line);
  while (!message.empty() && message.back() == '\n') message.pop_back();
  const std::string detail = line == std::string::npos ? "" : text.substr(line + 1);
  if (message.starts_with("Permission Error") ||
      message.find("configuration has been locked") != std::string::npos) {
    return make_error(
        Code::sql_denied, message,
        "Questions read the tenant's own tables only; `assay sql --tables` lists them.", detail);
  }
  if (message.starts_with("Out of Memory Error")) {
    return make_error(Code::sql_limit, "the statement needs more memory than is allowed",
                      "Ask for less: filter, aggregate or select fewer columns.", message);
  }
  return make_error(Code::sql_invalid, message, "", detail);
}

Error time_over(std::int64_t time_ms) {
  return make_error(Code::sql_limit,
                    fmt::format("the statement took more than {} s", time_ms / 1000),
                    "Ask for less: filter, or aggregate first.");
}

}  // namespace

struct LockedSql::Impl {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  SqlLimits limits;

  ~Impl() {
    duckdb_disconnect(&connection);
    duckdb_close(&database);
  }
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status connect();
  Status execute(const std::string& sql);
  Result<std::string> tree(std::string_view sql);
  Status prepare(std::string_view sql, Prepared& prepared);
  std::vector<ResultColumn> columns(duckdb_prepared_statement prepared) const;
  Status stream(duckdb_prepared_statement prepared, const Consumer& consumer, Deadline& deadline);
};

Status LockedSql::Impl::connect() {
  Config config;
  duckdb_create_config(&config.handle);
  const std::vector<std::pair<std::string, std::string>> settings = {
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"memory_limit", fmt::format("{}B", limits.memory_bytes)},
      {"threads", std::to_string(limits.threads)},
      {"temp_directory", ""},
  };
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config.handle, name.c_str(), value.c_str()) != DuckDBSuccess) {
      return make_error(Code::internal, fmt::format("DuckDB refuses the setting {}", name));
    }
  }
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &database, config.handle, &message) != DuckDBSuccess) {
    Error error = make_error(
        Code::internal, fmt::format("DuckDB did not start: {}", message == nullptr ? "" : message));
    duckdb_free(message);
    return error;
  }
  if (duckdb_connect(database, &connection) != DuckDBSuccess) {
    return make_error(Code::internal, "DuckDB refused a connection");
  }
  return {};
}

/// For statements of ours, while the session is made.
Status LockedSql::Impl::execute(const std::string& sql) {
  QueryResult result;
  if (duckdb_query(connection, sql.c_str(), &result.handle) == DuckDBSuccess) return {};
  Error error = duckdb_error(duckdb_result_error(&result.handle));
  return std::move(error).with_context("while preparing the tenant's tables");
}

/// DuckDB's syntax tree of a text, as JSON.
Result<std::string> LockedSql::Impl::tree(std::string_view sql) {
  Prepared prepared;
  if (duckdb_prepare(connection, "SELECT json_serialize_sql($1::VARCHAR)", &prepared.handle) !=
      DuckDBSuccess) {
    return make_error(Code::internal, duckdb_prepare_error(prepared.handle));
  }
  duckdb_bind_varchar_length(prepared.handle, 1, sql.data(), sql.size());
  QueryResult result;
  if (duckdb_execute_prepared(prepared.handle, &result.handle) != DuckDBSuccess) {
    return duckdb_error(duckdb_result_error(&result.handle));
  }
  Chunk chunk{duckdb_fetch_chunk(result.handle)};
  if (chunk.handle == nullptr) return make_error(Code::internal, "DuckDB gave no syntax tree");
  const ChunkReader reader(chunk.handle);
  ASSAY_TRY(const std::vector<Cell> cells, reader.row(0));
  return cells.at(0).text;
}

/// Invariant 3: parse, look at the tree, and only then bind.
Status LockedSql::Impl::prepare(std::string_view sql, Prepared& prepared) {
  const std::string text(sql);
  if (text.find('\0') != std::string::npos)
    return make_error(Code::sql_invalid, "the statement has a NUL byte");
  Extracted extracted;
  const idx_t count = duckdb_extract_statements(connection, text.c_str(), &extracted.handle);
  if (count == 0) {
    const char* message = duckdb_extract_statements_error(extracted.handle);
    if (message == nullptr) return make_error(Code::sql_invalid, "there is no statement");
    return duckdb_error(message);
  }
  if (count > 1) {
    return make_error(Code::sql_denied, "one statement at a time",
                      "Leave out everything after the first ';'.");
  }
  ASSAY_TRY(const std::string syntax_tree, tree(sql));
  if (auto allowed = check_statement_tree(syntax_tree); !allowed) {
    const bool other = allowed.error().code == Code::sql_denied &&
                       allowed.error().message.starts_with("only SELECT");
    return other ? Status(not_a_select(sql)) : allowed;
  }
  if (duckdb_prepare_extracted_statement(connection, extracted.handle, 0, &prepared.handle) !=
      DuckDBSuccess) {
    return duckdb_error(duckdb_prepare_error(prepared.handle));
  }
  if (duckdb_prepared_statement_type(prepared.handle) != DUCKDB_STATEMENT_TYPE_SELECT)
    return not_a_select(sql);
  if (duckdb_nparams(prepared.handle) != 0) {
    return make_error(Code::sql_invalid, "the statement has parameters",
                      "Write the values themselves.");
  }
  return {};
}

std::vector<ResultColumn> LockedSql::Impl::columns(duckdb_prepared_statement prepared) const {
  std::vector<ResultColumn> result;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared); ++i) {
    char* name = const_cast<char*>(
        duckdb_prepared_statement_column_name(prepared, i));  // NOLINT: ours to free
    duckdb_logical_type type = duckdb_prepared_statement_column_logical_type(prepared, i);
    result.push_back({name == nullptr ? "" : name, type_name(type)});
    duckdb_destroy_logical_type(&type);
    duckdb_free(name);
  }
  return result;
}

Status LockedSql::Impl::stream(duckdb_prepared_statement prepared, const Consumer& consumer,
                               Deadline& deadline) {
  QueryResult result;
  if (duckdb_execute_prepared_streaming(prepared, &result.handle) != DuckDBSuccess) {
    if (deadline.expired()) return time_over(limits.time_ms);
    return duckdb_error(duckdb_result_error(&result.handle));
  }
  StreamEnd end(connection, result.handle);
  ASSAY_TRY_VOID(consumer.columns(columns(prepared)));
  while (true) {
    Chunk chunk{duckdb_fetch_chunk(result.handle)};
    end.reached = chunk.handle == nullptr;
    if (end.reached) break;
    const ChunkReader reader(chunk.handle);
    for (std::uint64_t row = 0; row < reader.rows(); ++row) {
      ASSAY_TRY(const std::vector<Cell> cells, reader.row(row));
      ASSAY_TRY_VOID(consumer.row(cells));
    }
  }
  if (deadline.expired()) return time_over(limits.time_ms);
  const char* message = duckdb_result_error(&result.handle);
  if (message != nullptr && *message != '\0') return duckdb_error(message);
  return {};
}

LockedSql::LockedSql(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LockedSql::~LockedSql() = default;
LockedSql::LockedSql(LockedSql&&) noexcept = default;
LockedSql& LockedSql::operator=(LockedSql&&) noexcept = default;

Result<LockedSql> LockedSql::open(const Visible& visible, const SqlLimits& limits) {
  auto impl = std::make_unique<Impl>();
  impl->limits = limits;
  ASSAY_TRY_VOID(impl->connect());
  std::vector<std::string> paths;
  for (const VisibleTable& table : visible.tables) {
    for (const std::string& path : table.paths) paths.push_back(parquet::sql_literal(path));
  }
  ASSAY_TRY_VOID(impl->execute("SET TimeZone = 'UTC'"));
  ASSAY_TRY_VOID(impl->execute(fmt::format("SET allowed_paths = [{}]", fmt::join(paths, ", "))));
  ASSAY_TRY_VOID(impl->execute("SET enable_external_access = false"));
  for (const std::string& statement : session_statements(visible))
    ASSAY_TRY_VOID(impl->execute(statement));
  ASSAY_TRY_VOID(impl->execute("SET lock_configuration = true"));
  return LockedSql(std::move(impl));
}

Status LockedSql::query(std::string_view sql, const Consumer& consumer) {
  Deadline deadline(impl_->connection, impl_->limits.time_ms);
  Prepared prepared;
  if (auto ready = impl_->prepare(sql, prepared); !ready) {
    return deadline.expired() ? Status(time_over(impl_->limits.time_ms)) : ready;
  }
  return impl_->stream(prepared.handle, consumer, deadline);
}

Result<ResultRows> LockedSql::rows(std::string_view sql) {
  ResultRows result;
  const Consumer consumer{.columns = [&result](const std::vector<ResultColumn>& columns) -> Status {
                            result.columns = columns;
                            return {};
                          },
                          .row = [&result](const std::vector<Cell>& row) -> Status {
                            result.rows.push_back(row);
                            return {};
                          }};
  ASSAY_TRY_VOID(query(sql, consumer));
  return result;
}

Status LockedSql::load(const TextTable& table) {
  std::string columns;
  for (const std::string& column : table.columns) {
    columns += fmt::format("{}{} VARCHAR", columns.empty() ? "" : ", ", parquet::sql_name(column));
  }
  ASSAY_TRY_VOID(impl_->execute(
      fmt::format("CREATE TABLE main.{} ({})", parquet::sql_name(table.name), columns)));
  Appender appender;
  if (duckdb_appender_create(impl_->connection, "main", table.name.c_str(), &appender.handle) !=
      DuckDBSuccess) {
    return make_error(Code::internal, "DuckDB refused an appender");
  }
  for (const auto& row : table.rows) {
    for (const auto& value : row) {
      const auto state =
          value ? duckdb_append_varchar_length(appender.handle, value->data(), value->size())
                : duckdb_append_null(appender.handle);
      if (state != DuckDBSuccess) return duckdb_error(duckdb_appender_error(appender.handle));
    }
    if (duckdb_appender_end_row(appender.handle) != DuckDBSuccess) {
      return duckdb_error(duckdb_appender_error(appender.handle));
    }
  }
  if (duckdb_appender_close(appender.handle) != DuckDBSuccess) {
    return duckdb_error(duckdb_appender_error(appender.handle));
  }
  return {};
}

}  // namespace assay::ask
