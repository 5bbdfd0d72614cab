#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <cerrno>

#include "control/connection_internal.h"
#include "control/schema_internal.h"
#include "io/file_system.h"

namespace assay::control {
namespace {

constexpr int kBusyWaitMs = 10'000;

sqlite_api::sqlite3* handle_of(soci::session& sql) {
  // SOCI does not export the backend's type information, so its name stands in for a dynamic_cast.
  if (!sql.is_connected() || sql.get_backend_name() != "sqlite3") return nullptr;
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

Code code_of(int result, int system_error) {
  if (result == SQLITE_FULL || system_error == ENOSPC || system_error == EDQUOT)
    return Code::disk_full;
  const bool denied = system_error == EACCES || system_error == EPERM || system_error == EROFS;
  if (result == SQLITE_READONLY || result == SQLITE_PERM || result == SQLITE_AUTH || denied) {
    return Code::file_permission;
  }
  return Code::control_database;
}

std::string hint_of(Code code, int result) {
  if (code == Code::disk_full)
    return "Free room on that disk and run the command again: nothing was committed.";
  if (code == Code::file_permission) {
    return "Check owner and mode of the file, of its -wal and -shm files, and of its folder.";
  }
  if (result == SQLITE_BUSY || result == SQLITE_LOCKED) {
    return "Another process is writing to it; run the command again when that has ended.";
  }
  if (result == SQLITE_CORRUPT || result == SQLITE_NOTADB)
    return "The file is damaged; restore it from a copy.";
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
  if (path.find('"') != std::string::npos) {
    return make_error(Code::control_database,
                      fmt::format("the path {} holds a quotation mark", path),
                      "Move the workspace to a folder without one.");
  }
  if (access != Access::create) {
    // SQLite would make an empty database in its place.
    ASSAY_TRY(const bool exists, io::local_file_system()->exists(path));
    if (!exists) {
      return make_error(Code::control_database,
                        fmt::format("there is no control database \"{}\"", path),
                        "Run: assay apply");
    }
  }
  std::unique_ptr<Connection> connection(new Connection(path));
  ASSAY_TRY_VOID(connection->guard([&] { return connection->set_up(access); }));
  return connection;
}

Status Connection::set_up(Access access) {
  sql_.open(soci::sqlite3,
            fmt::format("dbname=\"{}\"{}", path_, access == Access::read ? " readonly=true" : ""));
  int waits_ms = 0;
  sql_ << fmt::format("PRAGMA busy_timeout = {}", kBusyWaitMs), soci::into(waits_ms);
  sql_ << "PRAGMA foreign_keys = ON";
  if (access == Access::read) return prepare_schema(access);
  std::string mode;
  sql_ << "PRAGMA journal_mode = WAL", soci::into(mode);
  if (mode != "wal") {
    return make_error(
        Code::control_database, fmt::format("\"{}\" cannot keep a write-ahead log", path_),
        "Put the workspace on a local disk; network file systems lack shared memory.");
  }
  sql_ << "PRAGMA synchronous = FULL";
  return prepare_schema(access);
}

bool Connection::has_schema() {
  long long count = 0;
  sql_ << "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'assay_schema'",
      soci::into(count);
  return count == 1;
}

Status Connection::prepare_schema(Access access) {
  if (access == Access::create && !has_schema()) {
    ASSAY_TRY_VOID(transaction([&] { return create_schema(); }));
  }
  if (!has_schema()) {
    return make_error(Code::control_schema, fmt::format("\"{}\" is not a control database", path_),
                      "Run: assay apply");
  }
  long long version = 0;
  sql_ << "SELECT version FROM assay_schema", soci::into(version);
  if (version == kSchemaVersion) {
    if (access != Access::read) {
      for (const std::string_view statement : schema_additions()) sql_ << std::string(statement);
    }
    return {};
  }
  return make_error(Code::control_schema,
                    fmt::format("\"{}\" has schema version {}, this program needs {}", path_,
                                version, kSchemaVersion),
                    "Use the version of assay that made it, or a newer one that can upgrade it.");
}

/// REQUIRES: a transaction is open; another process may have been faster.
Status Connection::create_schema() {
  if (has_schema()) return {};
  for (const std::string_view statement : schema_statements()) sql_ << std::string(statement);
  const long long version = kSchemaVersion;
  sql_ << "INSERT INTO assay_schema (version) VALUES (:version)", soci::use(version);
  return {};
}

void Connection::roll_back() {
  try {
    sql_ << "ROLLBACK";
  } catch (const soci::soci_error&) {  // NOLINT(bugprone-empty-catch)
    // SQLite has already rolled back by itself (a full disk does that); the first error is the one
    // to tell.
  }
}

Error Connection::error_of(const std::exception& failure) {
  const auto* failed = dynamic_cast<const soci::sqlite3_soci_error*>(&failure);
  const int result = failed == nullptr ? SQLITE_OK : failed->result() & 0xff;
  sqlite_api::sqlite3* handle = handle_of(sql_);
  int system_error = 0;
  if (result == SQLITE_IOERR || result == SQLITE_CANTOPEN) {
    // A session that was never opened has no handle; then errno still says why the file was
    // refused.
    system_error = handle == nullptr ? errno : sqlite_api::sqlite3_system_errno(handle);
  }
  const Code code = code_of(result, system_error);
  return make_error(code,
                    fmt::format("the control database \"{}\" failed: {}", path_, failure.what()),
                    hint_of(code, result));
}

}  // namespace assay::control
