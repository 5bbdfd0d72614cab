#pragma once
// Errors as values. Result<T> has the member names of std::expected, so that it can become an alias
// of it when the compilers that we support have it in C++20 builds.

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/error_table.h"

namespace assay {

/// One failure as a user or a caller sees it.
///
/// `message` is lowercase and has no period; `detail` and `hint` are sentences. `context` grows
/// while the error travels up ("while reading \"a.json\""). The kind comes from the error table, so
/// that a code always means the same next step for the caller.
struct Error {
  Code code = Code::internal;
  std::string message;
  std::string detail;
  std::string hint;
  std::vector<std::string> context;

  ErrorKind kind() const { return error_row(code).kind; }
  /// The text for a terminal: "error A4203 lease_held: message", then Detail, Hint and context
  /// lines.
  std::string to_text() const;
  Error&& with_context(std::string line) &&;
};

Error make_error(Code code, std::string message, std::string hint = {}, std::string detail = {});

template <typename E>
struct Unexpected {
  E error;
};
inline Unexpected<Error> unexpected(Error error) { return {std::move(error)}; }

/// A value or an Error. Dropping one without a look does not compile.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Unexpected<Error> failure)                          // NOLINT: implicit by design
      : state_(std::in_place_index<1>, std::move(failure.error)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }
  T value_or(T other) const& { return has_value() ? value() : std::move(other); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Unexpected<Error> failure)
      : error_(std::move(failure.error)) {}          // NOLINT: implicit by design
  Result(Error error) : error_(std::move(error)) {}  // NOLINT
  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const {}
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace assay

#define ASSAY_CONCAT_INNER(a, b) a##b
#define ASSAY_CONCAT(a, b) ASSAY_CONCAT_INNER(a, b)
#define ASSAY_TRY_INNER(name, declaration, expression)            \
  auto name = (expression);                                       \
  if (!name) return ::assay::unexpected(std::move(name).error()); \
  declaration = std::move(name).value()

/// ASSAY_TRY(auto x, f()): x is f()'s value, or the function returns f()'s error.
#define ASSAY_TRY(declaration, expression) \
  ASSAY_TRY_INNER(ASSAY_CONCAT(assay_result_, __LINE__), declaration, expression)

/// ASSAY_TRY_VOID(f()): returns f()'s error, if it has one.
#define ASSAY_TRY_VOID(expression)                                 \
  do {                                                             \
    if (auto assay_status = (expression); !assay_status)           \
      return ::assay::unexpected(std::move(assay_status).error()); \
  } while (0)
