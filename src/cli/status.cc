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
  std::int64_t complete = 0, waiting = 0, failed = 0, paused = 0, records = 0;
  std::int64_t quarantined = 0;  ///< of bronze's records, now: refused, and not released since
  std::int64_t discarded = 0;    ///< of bronze's records
};
using Layers = std::map<std::pair<std::string, std::string>, LayerCount>;

/// A record that was released and taken again counts once among a layer's records.
void add_complete(const control::Manifest& manifest, Layers& layers) {
  const auto accounting = nlohmann::json::parse(manifest.accounting, nullptr, false);
  const auto number = [&](const char* key) {
    return accounting.is_object() ? accounting.value(key, std::int64_t{0}) : 0;
  };
  const bool again = manifest.layer != "bronze" && manifest.attempt > 1;
  LayerCount& count = layers[{manifest.tenant_id, manifest.layer}];
  ++count.complete;
  count.records += again ? 0 : manifest.record_count;
  LayerCount& bronze = layers[{manifest.tenant_id, "bronze"}];
  bronze.quarantined += number("quarantined") - number("released");
  bronze.discarded += number("discarded");
}

/// Flows that are held, with who said so. A database that an older program made has no such table.
void print_paused(control::Database& control) {
  const auto flows = control.paused_flows();
  if (!flows) return;
  for (const control::PausedFlow& flow : *flows) {
    fmt::print("paused: tenant {}{} since {}{}{}\n", flow.tenant_id,
               flow.application.empty() ? "" : ", application " + flow.application,
               format_instant(flow.since), flow.actor.empty() ? "" : " by " + flow.actor,
               flow.reason.empty() ? "" : ": " + flow.reason);
  }
}

Status print_status(const Globals& globals) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const auto manifests, control.manifests({}));
  Layers layers;
  for (const control::Manifest& manifest : manifests) {
    LayerCount& count = layers[{manifest.tenant_id, manifest.layer}];
    if (manifest.status == control::ManifestStatus::complete) {
      add_complete(manifest, layers);
    } else {
      switch (manifest.status) {
        case control::ManifestStatus::failed: ++count.failed; break;
        case control::ManifestStatus::paused: ++count.paused; break;
        default: ++count.waiting;
      }
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
                      {"paused", count.paused},
                      {"records", count.records},
                      {"quarantined", count.quarantined},
                      {"discarded", count.discarded}});
    }
    fmt::print("{}\n", rows.dump(2));
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"tenant", "layer", "complete", "waiting", "failed",
                                              "paused", "records", "in quarantine", "discarded"}};
  for (const auto& [key, count] : layers) {
    const bool bronze = key.second == "bronze";
    rows.push_back({key.first, key.second, group_digits(count.complete),
                    group_digits(count.waiting), group_digits(count.failed),
                    group_digits(count.paused), group_digits(count.records),
                    bronze ? group_digits(count.quarantined) : "",
                    bronze ? group_digits(count.discarded) : ""});
  }
  fmt::print(
      "{}", layers.empty() ? "nothing ingested yet; next: assay ingest FILES\n" : text_table(rows));
  print_paused(control);
  return {};
}

}  // namespace

void add_status(CLI::App& app, Globals& globals) {
  auto* command = app.add_subcommand("status", "manifests and records by tenant and layer");
  command->callback([&globals] { run(globals, [&] { return print_status(globals); }); });
}

}  // namespace assay::cli
