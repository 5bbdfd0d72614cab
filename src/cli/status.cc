// assay status: what stands where, for a person who comes back to a workspace.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/text.h"

namespace assay::cli {
namespace {

struct LayerCount {
  std::int64_t complete = 0, waiting = 0, failed = 0, records = 0;
};

Status print_status(const Globals& globals) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const auto manifests, control.manifests({}));
  std::map<std::pair<std::string, std::string>, LayerCount> layers;
  for (const control::Manifest& manifest : manifests) {
    LayerCount& count = layers[{manifest.tenant_id, manifest.layer}];
    if (manifest.status == control::ManifestStatus::complete) {
      ++count.complete;
      count.records += manifest.record_count;
    } else {
      ++(manifest.status == control::ManifestStatus::failed ? count.failed : count.waiting);
    }
  }
  if (globals.json) {
    nlohmann::json rows = nlohmann::json::array();
    for (const auto& [key, count] : layers) {
      rows.push_back({{"tenant", key.first},
                      {"layer", key.second},
                      {"complete", count.complete},
                      {"waiting", count.waiting},
                      {"failed", count.failed},
                      {"records", count.records}});
    }
    fmt::print("{}\n", rows.dump(2));
    return {};
  }
  std::vector<std::vector<std::string>> rows{
      {"tenant", "layer", "complete", "waiting", "failed", "records"}};
  for (const auto& [key, count] : layers) {
    rows.push_back({key.first, key.second, group_digits(count.complete),
                    group_digits(count.waiting), group_digits(count.failed),
                    group_digits(count.records)});
  }
  fmt::print(
      "{}", layers.empty() ? "nothing ingested yet; next: assay ingest FILES\n" : text_table(rows));
  return {};
}

}  // namespace

void add_status(CLI::App& app, Globals& globals) {
  auto* command = app.add_subcommand("status", "manifests and records by tenant and layer");
  command->callback([&globals] { run(globals, [&] { return print_status(globals); }); });
}

}  // namespace assay::cli
