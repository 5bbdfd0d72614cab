// The command line: global options, and one file a command.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/usage_error.h"

namespace {

constexpr const char* kAbout =
    "Assay refines nested, tenant-specific records bronze to silver to gold, and proves that "
    "nothing was lost.\n"
    "First steps: assay init --example retail my-workspace; cd my-workspace; assay apply; assay "
    "ingest FILES; assay run;\n"
    "then assay sql, assay ask and assay verify.";

}  // namespace

int main(int argc, char** argv) {
  using namespace assay::cli;
  CLI::App app{kAbout, "assay"};
  Globals globals;
  app.add_option("-C,--directory", globals.directory, "work as if started in this folder")
      ->type_name("DIR");
  app.add_flag("--json", globals.json, "print one JSON document; errors as JSON on stderr");
  app.add_flag("-q,--quiet", globals.quiet, "no progress on stderr");
  app.set_version_flag("--version", "assay 0.1.0");
  app.require_subcommand(1);
  app.fallthrough();
  for (auto* add : {add_assess, add_infer, add_init, add_plan, add_apply, add_ingest, add_run,
                    add_up, add_status, add_manifest, add_lake, add_quarantine, add_sql, add_ask,
                    add_feature, add_why, add_verify, add_registry, add_key}) {
    add(app, globals);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help, or the version
    // What stands behind the mistake was not parsed.
    const std::vector<std::string> words(argv, argv + argc);
    globals.json |= std::find(words.begin(), words.end(), "--json") != words.end();
    run(globals, [&]() -> assay::Status { return usage_error(app, error); });
  }
  return globals.exit_code;
}
