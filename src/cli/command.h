#pragma once
// What every command shares: global options, output, and how an error becomes text and an exit
// code. A command is one file with one function `add_<name>`; main.cc lists them.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace CLI {
class App;
}

namespace assay::cli {

/// Options before the command's name, and the exit code that the chosen command leaves.
struct Globals {
  std::string directory = ".";  ///< -C DIR: as if started there
  bool json = false;            ///< --json: one JSON document on stdout, errors as JSON on stderr
  bool quiet = false;           ///< -q: no progress
  int exit_code = 0;
};

/// Runs the body, prints its error if it has one, and sets the exit code.
void run(Globals& globals, const std::function<Status()>& body);

/// 2 invalid input or usage, 3 not found, 4 state, 5 permission, 6 unavailable or out of room, 7
/// data loss, 130 cancelled, 70 a bug of ours.
int exit_code_of(const Error& error);
std::string error_json(const Error& error);

/// Progress on stderr: one line rewritten on a terminal, a line every 5 seconds elsewhere; nothing
/// when quiet.
class Progress {
 public:
  explicit Progress(const Globals& globals);
  void update(std::string_view text);
  void done();

 private:
  bool active_;
  bool terminal_;
  long long last_ms_ = 0;
  bool dirty_ = false;
};

void add_init(CLI::App& app, Globals& globals);
void add_plan(CLI::App& app, Globals& globals);
void add_apply(CLI::App& app, Globals& globals);
void add_ingest(CLI::App& app, Globals& globals);
void add_run(CLI::App& app, Globals& globals);
void add_up(CLI::App& app, Globals& globals);
void add_manifest(CLI::App& app, Globals& globals);
void add_sql(CLI::App& app, Globals& globals);
void add_ask(CLI::App& app, Globals& globals);
void add_feature(CLI::App& app, Globals& globals);
void add_why(CLI::App& app, Globals& globals);
void add_verify(CLI::App& app, Globals& globals);
void add_quarantine(CLI::App& app, Globals& globals);
void add_assess(CLI::App& app, Globals& globals);
void add_infer(CLI::App& app, Globals& globals);
void add_registry(CLI::App& app, Globals& globals);
void add_key(CLI::App& app, Globals& globals);
void add_status(CLI::App& app, Globals& globals);
void add_lake(CLI::App& app, Globals& globals);

}  // namespace assay::cli
