// assay manifest list | show | trace: the units of work, and where each came from. What moves them
// stands in manifest_flow.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "ask/tenant_tables.h"
#include "cli/command.h"
#include "cli/manifest_flow.h"
#include "cli/open_control.h"
#include "cli/open_questions.h"
#include "cli/text.h"

namespace assay::cli {
namespace {

using control::Manifest;
using nlohmann::json;

json parsed(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

/// Users' columns first, by the names that they know; what stands beside them after.
json manifest_json(const Manifest& manifest) {
  return {{"manifest_id", manifest.manifest_id},
          {"tenant_id", manifest.tenant_id},
          {"source_system", manifest.source_system},
          {"batch_id", manifest.batch_id},
          {"record_count", manifest.record_count},
          {"start_time", format_instant(manifest.start_time)},
          {"end_time", manifest.end_time ? json(format_instant(*manifest.end_time)) : json()},
          {"status", control::to_string(manifest.status)},
          {"quality_checks", parsed(manifest.quality_checks)},
          {"layer", manifest.layer},
          {"lineage", manifest.lineage},
          {"beside",
           {{"application", manifest.application},
            {"plan_id", manifest.plan_id},
            {"epoch", manifest.epoch},
            {"attempt", manifest.attempt},
            {"current", manifest.current},
            {"superseded_by", manifest.superseded_by ? json(*manifest.superseded_by) : json()},
            {"ingest_time", format_instant(manifest.ingest_time)},
            {"ranges", parsed(manifest.ranges)},
            {"tables", parsed(manifest.tables)},
            {"accounting", parsed(manifest.accounting)},
            {"equations", parsed(manifest.equations)},
            {"snapshots", parsed(manifest.snapshots)},
            {"error", manifest.error}}}};
}

std::string dump(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace);
}

Status list(const Globals& globals, const control::ManifestFilter& filter) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const auto manifests, control.manifests(filter));
  if (manifests.empty() && filter.tenant_id && *filter.tenant_id != kUnroutedTenant.text()) {
    ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
    ASSAY_TRY(const TenantId known, ask::choose_tenant(workspace, *filter.tenant_id));
    static_cast<void>(known);
  }
  if (globals.json) {
    json rows = json::array();
    for (const Manifest& manifest : manifests) rows.push_back(manifest_json(manifest));
    fmt::print("{}\n", dump(rows));
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"manifest_id", "tenant_id", "application", "layer",
                                              "batch_id", "status", "record_count", "end_time"}};
  for (const Manifest& manifest : manifests) {
    rows.push_back({manifest.manifest_id, manifest.tenant_id, manifest.application, manifest.layer,
                    manifest.batch_id, std::string(control::to_string(manifest.status)),
                    group_digits(manifest.record_count),
                    manifest.end_time ? format_instant(*manifest.end_time) : "-"});
  }
  fmt::print("{}{} manifests\n", text_table(rows), manifests.size());
  return {};
}

Status show(const Globals& globals, const std::string& id) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const Manifest manifest, control.manifest(id));
  fmt::print("{}\n", dump(manifest_json(manifest)));
  return {};
}

/// What a release did to the records that it took out of quarantine.
std::string release_text(const Manifest& manifest) {
  const json accounting = parsed(manifest.accounting);
  if (manifest.layer != "silver" || !accounting.is_object() || !accounting.contains("release"))
    return {};
  const std::string action = accounting["release"].value("action", "");
  const std::string actor = accounting["release"].value("actor", "");
  return fmt::format(", {} from quarantine by {}",
                     action == "discard" ? "discarded" : "reprocessed",
                     actor.empty() ? "the program" : actor);
}

std::string one_line(const Manifest& manifest) {
  return fmt::format("{:6}  {}  {}  {} records{}", manifest.layer, manifest.manifest_id,
                     control::to_string(manifest.status), group_digits(manifest.record_count),
                     release_text(manifest));
}

/// From the bronze ranges up to gold: every ancestor and every descendant of the manifest.
Status trace(const Globals& globals, const std::string& id) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(Manifest manifest, control.manifest(id));
  std::vector<Manifest> chain{manifest};
  while (!chain.front().lineage.empty()) {
    ASSAY_TRY(Manifest parent, control.manifest(chain.front().lineage.front()));
    chain.insert(chain.begin(), std::move(parent));
  }
  for (std::size_t i = chain.size() - 1; i < chain.size(); ++i) {
    ASSAY_TRY(auto children, control.children(chain[i].manifest_id));
    for (Manifest& child : children) chain.push_back(std::move(child));
  }
  if (globals.json) {
    json rows = json::array();
    for (const Manifest& step : chain) rows.push_back(manifest_json(step));
    fmt::print("{}\n", dump(rows));
    return {};
  }
  fmt::print("tenant {}, application {}, batch {}\n", manifest.tenant_id, manifest.application,
             manifest.batch_id);
  const json ranges = parsed(chain.front().ranges);
  for (const json& range : ranges) {
    fmt::print("source  {}  bytes {} to {}\n", range.value("path", ""),
               range.value("begin", std::int64_t{0}), range.value("end", std::int64_t{0}));
  }
  for (const Manifest& step : chain) {
    fmt::print("{}\n", one_line(step));
    const json tables = parsed(step.tables);
    for (const auto& [table, total] : tables.items()) {
      fmt::print("        {:28} {:>12} rows  checksum {}\n", table,
                 group_digits(total.value("rows", std::int64_t{0})), total.value("checksum", ""));
    }
    if (!step.error.empty()) fmt::print("        {}\n", step.error);
  }
  return {};
}

Result<control::ManifestFilter> filter_of(
    const std::shared_ptr<std::map<std::string, std::string>>& options) {
  control::ManifestFilter filter;
  const auto text = [&](const char* name) {
    const auto found = options->find(name);
    return found == options->end() || found->second.empty() ? std::optional<std::string>()
                                                            : found->second;
  };
  filter.tenant_id = text("tenant");
  filter.layer = text("layer");
  filter.application = text("application");
  constexpr auto kLayers = std::to_array<std::string_view>({"bronze", "silver", "gold"});
  if (filter.layer && std::find(kLayers.begin(), kLayers.end(), *filter.layer) == kLayers.end()) {
    return make_error(Code::usage, fmt::format("\"{}\" is not a layer", *filter.layer),
                      fmt::format("One of {}.", fmt::join(kLayers, ", ")));
  }
  if (const auto status = text("status")) {
    ASSAY_TRY(filter.status, control::parse_manifest_status(*status));
  }
  return filter;
}

}  // namespace

void add_manifest(CLI::App& app, Globals& globals) {
  auto* group =
      app.add_subcommand("manifest", "the units of work: what was done, when, to what, from what");
  group->require_subcommand(1);
  auto* list_command = group->add_subcommand("list", "one line a manifest");
  auto options = std::make_shared<std::map<std::string, std::string>>();
  for (const char* name : {"tenant", "layer", "application", "status"}) {
    list_command->add_option(std::string("--") + name, (*options)[name],
                             std::string("only this ") + name);
  }
  list_command->callback([options, &globals] {
    run(globals, [&]() -> Status {
      ASSAY_TRY(const auto filter, filter_of(options));
      return list(globals, filter);
    });
  });
  auto id = std::make_shared<std::string>();
  auto* show_command = group->add_subcommand("show", "all columns of one manifest");
  show_command->add_option("ID", *id, "manifest id, or its first characters")->required();
  show_command->callback([id, &globals] { run(globals, [&] { return show(globals, *id); }); });
  auto* trace_command =
      group->add_subcommand("trace", "from the source's bytes through bronze and silver to gold");
  trace_command->add_option("ID", *id, "manifest id, or its first characters")->required();
  trace_command->callback([id, &globals] { run(globals, [&] { return trace(globals, *id); }); });
  add_manifest_flow(*group, globals);
}

}  // namespace assay::cli
