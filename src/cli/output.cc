// How errors and progress look (command.h).

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/assert.h"
#include "cli/command.h"
#include "io/clock.h"
#include "io/file_error.h"

namespace assay::cli {
namespace {

long long monotonic_ms() {
  static const std::unique_ptr<io::Clock> clock = io::steady_clock();
  return clock->now() / 1000;
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

Error output_error(int error_number) {
  Error error =
      io::file_error(error_number == 0 ? EIO : error_number, "writing", "standard output");
  error.hint = "Look where the output goes. What the command has done stays done.";
  return error;
}

/// What was printed has reached its reader, or the command has failed.
Status flush_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return output_error(errno);
}

Error bug(const char* what) {
  return make_error(Code::internal, what,
                    "This is a bug of Assay; please report it with this text.");
}

}  // namespace

int exit_code_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::invalid_input: return 2;
    case ErrorKind::not_found: return 3;
    case ErrorKind::failed_precondition:
    case ErrorKind::already_exists:
    case ErrorKind::conflict: return 4;
    case ErrorKind::permission_denied: return 5;
    case ErrorKind::unavailable:
    case ErrorKind::resource_exhausted: return 6;
    case ErrorKind::data_loss: return 7;
    case ErrorKind::cancelled: return 130;
    case ErrorKind::internal: return 70;
  }
  return 70;
}

std::string error_json(const Error& error) {
  const ErrorRow& row = error_row(error.code);
  return nlohmann::json{{"error",
                         {{"code", static_cast<int>(error.code)},
                          {"name", row.name},
                          {"kind", to_string(row.kind)},
                          {"message", error.message},
                          {"detail", error.detail},
                          {"hint", error.hint.empty() ? next_step(row.kind) : error.hint},
                          {"context", error.context}}}}
      .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void run(Globals& globals, const std::function<Status()>& body) {
  Status status;
  try {
    status = body();
    if (status) status = flush_output();
  } catch (const InternalError& error) {
    status = bug(error.what());
  } catch (const std::bad_alloc&) {
    status = make_error(Code::internal, "out of memory",
                        "Free some memory, or lower the limits in assay.yaml.");
  } catch (const std::system_error& error) {  // fmt's, where it cannot print
    status = std::ferror(stdout) != 0 ? output_error(error.code().value()) : bug(error.what());
  } catch (const std::exception& error) {
    status = bug(error.what());
  }
  if (status) return;
  globals.exit_code = exit_code_of(status.error());
  fmt::print(stderr, "{}\n", globals.json ? error_json(status.error()) : status.error().to_text());
}

Progress::Progress(const Globals& globals)
    : active_(!globals.quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::update(std::string_view text) {
  if (!active_) return;
  const long long now = monotonic_ms();
  const long long pause_ms = terminal_ ? 100 : 5000;
  if (last_ms_ == 0 && !terminal_) last_ms_ = now;
  if (now - last_ms_ < pause_ms) return;
  last_ms_ = now;
  if (terminal_) {
    const std::string_view shown = text.substr(0, std::min(text.size(), terminal_columns() - 1));
    fmt::print(stderr, "\r\x1b[K{}", shown);
    dirty_ = true;
  } else {
    fmt::print(stderr, "{}\n", text);
  }
  std::fflush(stderr);
}

void Progress::done() {
  if (dirty_) fmt::print(stderr, "\r\x1b[K");
  dirty_ = false;
}

}  // namespace assay::cli
