#pragma once
// One SOCI session, its settings and its transactions. Exceptions of SOCI end here: they become
// errors.

#include <soci/soci.h>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"

namespace assay::control {

/// Owns the session. One thread at a time.
class Connection {
 public:
  enum class Access { create, write, read };
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);

  soci::session& sql() { return sql_; }

  /// Runs a body that returns Result or Status, and turns what SOCI throws into an error.
  template <typename Body>
  auto guard(Body body) -> std::invoke_result_t<Body> {
    try {
      return body();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& failure) {
      return error_of(failure);
    }
  }

  /// As `guard`, in one writing transaction: an error rolls everything back.
  template <typename Body>
  auto transaction(Body body) -> std::invoke_result_t<Body> {
    return guard([&]() -> std::invoke_result_t<Body> {
      // A writer asks for its lock at once; upgrading a read lock later could fail half way.
      sql_ << "BEGIN IMMEDIATE";
      try {
        auto result = body();
        sql_ << (result ? "COMMIT" : "ROLLBACK");
        return result;
      } catch (...) {
        roll_back();
        throw;
      }
    });
  }

 private:
  explicit Connection(std::string path) : path_(std::move(path)) {}
  Status set_up(Access access);
  Status prepare_schema(Access access);
  Status create_schema();
  bool has_schema();
  void roll_back();
  Error error_of(const std::exception& failure);

  const std::string path_;
  soci::session sql_;
};

/// Runs one statement and returns how many rows it touched.
template <typename... Uses>
long long execute(soci::session& sql, const std::string& text, Uses&&... uses) {
  soci::statement statement(sql);
  (statement.exchange(std::forward<Uses>(uses)), ...);
  statement.alloc();
  statement.prepare(text);
  statement.define_and_bind();
  statement.execute(true);
  return statement.get_affected_rows();
}

/// The first row, converted; nothing where there is none. (A rowset fetches at every begin(), so
/// that it must be called once.)
template <typename Row, typename Convert>
auto first_of(const soci::rowset<Row>& rows, Convert convert)
    -> std::optional<std::invoke_result_t<Convert, const Row&>> {
  const auto row = rows.begin();
  if (row == rows.end()) return std::nullopt;
  return convert(*row);
}

}  // namespace assay::control
