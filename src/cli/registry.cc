// assay registry list | show | history: what schemas are known, of tenants' applications and of
// subjects.

#include "cli/registry.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/text.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A subject as one line of a list.
struct SubjectLine {
  std::string tenant, subject, type, level;
  std::int64_t versions = 0, latest = 0, id = 0;
};

Status add_subjects(control::SubjectStore& store, const std::string& tenant,
                    std::vector<SubjectLine>& lines) {
  ASSAY_TRY(const auto contexts, store.contexts(tenant));
  for (const std::string& context : contexts) {
    serve::SchemaRegistry registry(store, {tenant, context}, {});
    ASSAY_TRY(const auto all, registry.all("", serve::Visible::active));
    for (const auto& one : all) {
      const std::string name = serve::qualified({context, one.version.subject});
      if (lines.empty() || lines.back().tenant != tenant || lines.back().subject != name) {
        ASSAY_TRY(const auto config, registry.config(one.version.subject));
        lines.push_back(
            {tenant, name, one.schema.type, std::string(schema::to_string(config.level))});
      }
      lines.back().versions += 1;
      lines.back().latest = one.version.version;
      lines.back().id = one.schema.id;
    }
  }
  return {};
}

void print_list(const std::vector<AppliedVersion>& versions,
                const std::vector<SubjectLine>& subjects) {
  std::vector<std::vector<std::string>> rows{
      {"tenant", "application", "version", "mapped fields", "in force since"}};
  for (const auto& version : versions) {
    rows.push_back({version.tenant, version.application, version.version,
                    std::to_string(version.mappings), format_instant(version.since)});
  }
  fmt::print("schema versions of applications (assay apply)\n{}\n", text_table(rows));
  rows = {{"tenant", "subject", "type", "versions", "latest", "id", "compatibility"}};
  for (const auto& line : subjects) {
    rows.push_back({line.tenant, line.subject, line.type, std::to_string(line.versions),
                    std::to_string(line.latest), std::to_string(line.id), line.level});
  }
  fmt::print("subjects (assay registry register, assay registry serve)\n{}", text_table(rows));
}

Status list(const Globals& globals, const std::string& tenant) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(auto versions, versions_in_force(store));
  std::vector<SubjectLine> subjects;
  ASSAY_TRY(const auto tenants, store.tenants());
  for (const std::string& name : tenants) {
    if (tenant.empty() || name == tenant) ASSAY_TRY_VOID(add_subjects(store, name, subjects));
  }
  std::erase_if(versions, [&](const AppliedVersion& version) {
    return !tenant.empty() && version.tenant != tenant;
  });
  if (!globals.json) {
    print_list(versions, subjects);
    return {};
  }
  ordered_json json = {{"versions", ordered_json::array()}, {"subjects", ordered_json::array()}};
  for (const auto& version : versions) {
    json["versions"].push_back({{"tenant", version.tenant},
                                {"application", version.application},
                                {"version", version.version},
                                {"mapped_fields", version.mappings},
                                {"since", format_instant(version.since)},
                                {"workspace_version", version.workspace}});
  }
  for (const auto& line : subjects) {
    json["subjects"].push_back({{"tenant", line.tenant},
                                {"subject", line.subject},
                                {"type", line.type},
                                {"versions", line.versions},
                                {"latest", line.latest},
                                {"id", line.id},
                                {"compatibility", line.level}});
  }
  fmt::print("{}\n", dump(json));
  return {};
}

Status show_applied(control::SubjectStore& store, const std::string& name) {
  ASSAY_TRY(const auto versions, versions_in_force(store));
  for (const auto& version : versions) {
    if (version.tenant + "/" + version.application + "/" + version.version != name) continue;
    ordered_json json = {{"tenant", version.tenant},
                         {"application", version.application},
                         {"version", version.version},
                         {"since", format_instant(version.since)},
                         {"workspace_version", version.workspace}};
    json.update(ordered_json::parse(version.json));
    fmt::print("{}\n", dump(json));
    return {};
  }
  return make_error(Code::version_unknown,
                    fmt::format("no schema version \"{}\" is in force", name),
                    "assay registry list shows them as tenant, application and version; a subject "
                    "needs --tenant.");
}

Status show(const Globals& globals, const std::string& tenant, const std::string& name,
            const std::string& spec) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  if (tenant.empty()) return show_applied(store, name);
  ASSAY_TRY(const auto subject, serve::parse_subject(name, "."));
  serve::SchemaRegistry registry(store, {tenant, subject.context}, {});
  ASSAY_TRY(const auto found,
            registry.version(subject.subject, spec, serve::Visible::with_deleted));
  if (!globals.json) {
    fmt::print("{} version {}, id {}, {}, registered {} by {}{}{}\n", name, found.version.version,
               found.schema.id, found.schema.type, format_instant(found.version.registered),
               found.version.owner, found.version.reason.empty() ? "" : ": ", found.version.reason);
    for (const auto& reference : found.references) {
      fmt::print("refers to {} version {} as \"{}\"\n", reference.subject, reference.version,
                 reference.name);
    }
    fmt::print("{}\n", found.schema.text);
    return {};
  }
  ordered_json json = {{"tenant", tenant},
                       {"subject", name},
                       {"version", found.version.version},
                       {"id", found.schema.id},
                       {"type", found.schema.type},
                       {"owner", found.version.owner},
                       {"reason", found.version.reason},
                       {"registered", format_instant(found.version.registered)},
                       {"schema", found.schema.text}};
  json["references"] = ordered_json::parse(serve::references_json(found.references));
  fmt::print("{}\n", dump(json));
  return {};
}

Status history(const Globals& globals, const std::string& tenant) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(auto events, registry_events(store));
  std::erase_if(events, [&](const RegistryEvent& event) {
    return !tenant.empty() && !event.place.starts_with(tenant + "/") &&
           !event.place.starts_with(tenant + " ");
  });
  if (globals.json) {
    ordered_json json = ordered_json::array();
    for (const auto& event : events) {
      json.push_back({{"time", format_instant(event.time)},
                      {"what", event.what},
                      {"place", event.place},
                      {"owner", event.owner},
                      {"reason", event.reason}});
    }
    fmt::print("{}\n", dump(json));
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"time", "what", "place", "owner", "reason"}};
  for (const auto& event : events) {
    rows.push_back(
        {format_instant(event.time), event.what, event.place, event.owner, event.reason});
  }
  fmt::print("{}", text_table(rows));
  return {};
}

}  // namespace

void add_registry(CLI::App& app, Globals& globals) {
  auto* group = app.add_subcommand(
      "registry", "schemas: versions of tenants' applications, and subjects of serialisers");
  group->require_subcommand(1);
  group->footer(
      "assay registry list                              all that is in force\n"
      "assay registry show acme/shop/2                  match and mappings of one schema version\n"
      "assay registry show --tenant acme orders-value   the newest schema of a subject\n"
      "assay registry drafts                            records that no version takes, as drafts\n"
      "assay registry check --tenant acme orders-value new.avsc\n"
      "assay registry serve --port 8081                 Confluent's API; make keys by: assay key");
  auto tenant = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  auto spec = std::make_shared<std::string>("latest");
  auto* list_command = group->add_subcommand("list", "schema versions and subjects in force");
  list_command->add_option("--tenant", *tenant, "only this tenant");
  list_command->callback([=, &globals] { run(globals, [&] { return list(globals, *tenant); }); });
  auto* show_command = group->add_subcommand("show", "one schema version, or one subject");
  show_command->add_option("NAME", *name, "tenant/application/version, or a subject")->required();
  show_command->add_option("--tenant", *tenant, "the tenant whose subject it is");
  show_command->add_option("--version", *spec, "of a subject: a number, or latest");
  show_command->callback(
      [=, &globals] { run(globals, [&] { return show(globals, *tenant, *name, *spec); }); });
  auto* history_command =
      group->add_subcommand("history", "what was applied and registered, when, by whom and why");
  history_command->add_option("--tenant", *tenant, "only this tenant");
  history_command->callback(
      [=, &globals] { run(globals, [&] { return history(globals, *tenant); }); });
  add_registry_schemas(*group, globals);
  add_registry_drafts(*group, globals);
  add_registry_serve(*group, globals);
}

}  // namespace assay::cli
