#include "base/result.h"

#include <fmt/format.h>

#include <array>

namespace assay {
namespace {

constexpr auto kRows = std::to_array<ErrorRow>({
#define ASSAY_ERROR_ROW(name, number, kind, http, doc) \
  {Code::name, #name, ErrorKind::kind, http, doc},
    ASSAY_ERROR_TABLE(ASSAY_ERROR_ROW)
#undef ASSAY_ERROR_ROW
});

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& error_row(Code code) {
  for (const ErrorRow& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows.back();
}

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input: return "invalid_input";
    case ErrorKind::failed_precondition: return "failed_precondition";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::already_exists: return "already_exists";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::unavailable: return "unavailable";
    case ErrorKind::resource_exhausted: return "resource_exhausted";
    case ErrorKind::permission_denied: return "permission_denied";
    case ErrorKind::data_loss: return "data_loss";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

std::string_view next_step(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return "Correct what the message names and run the command again.";
    case ErrorKind::failed_precondition:
      return "Bring about the state that the message asks for, then run the command again.";
    case ErrorKind::not_found: return "Name something that exists.";
    case ErrorKind::already_exists: return "Choose another name; what is there was left as it is.";
    case ErrorKind::conflict: return "Run the command again.";
    case ErrorKind::unavailable:
      return "Look at the file that the message names, then run the command again; nothing was "
             "committed.";
    case ErrorKind::resource_exhausted:
      return "Free room on that disk and run the command again; nothing was committed.";
    case ErrorKind::permission_denied: return "Ask for the right, or run as a user who has it.";
    case ErrorKind::data_loss:
      return "Run assay verify to see what is damaged, and restore it from a copy.";
    case ErrorKind::cancelled: return "Run the command again to go on.";
    case ErrorKind::internal: return "This is a bug of Assay; please report it with this text.";
  }
  return {};
}

Error make_error(Code code, std::string message, std::string hint, std::string detail) {
  return Error{code, std::move(message), std::move(detail), std::move(hint), {}};
}

Error&& Error::with_context(std::string line) && {
  context.push_back(std::move(line));
  return std::move(*this);
}

std::string Error::to_text() const {
  std::string text =
      fmt::format("error A{} {}: {}", static_cast<int>(code), error_row(code).name, message);
  for (const std::string& line : context) text += fmt::format("\n  {}", line);
  if (!detail.empty()) text += fmt::format("\n  Detail: {}", detail);
  text += fmt::format("\n  Hint: {}", hint.empty() ? next_step(kind()) : hint);
  return text;
}

}  // namespace assay
