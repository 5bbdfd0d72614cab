// assay key create | list | revoke: API keys of tenants.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/registry.h"
#include "cli/text.h"
#include "io/clock.h"
#include "serve/api_keys.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;

struct KeyOptions {
  std::string tenant, name, role = "writer", id;
  std::int64_t days = 0;
};

std::string dump(const ordered_json& value) {
  return value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string state_of(const control::StoredKey& key, Micros now) {
  if (key.revoked) return "revoked " + format_instant(*key.revoked);
  if (key.expires && *key.expires <= now) return "expired " + format_instant(*key.expires);
  return key.expires ? "until " + format_instant(*key.expires) : "in force";
}

Status create(const Globals& globals, const KeyOptions& options) {
  if (options.tenant.empty()) {
    return make_error(Code::usage, "a key needs a tenant", "Name it by --tenant.");
  }
  ASSAY_TRY(const auto role, serve::parse_role(options.role));
  ASSAY_TRY(auto store, open_subject_store(globals));
  const Micros now = io::system_clock()->now();
  const auto expires =
      options.days > 0 ? std::optional(now + options.days * kMicrosPerDay) : std::nullopt;
  const auto key = serve::make_key(options.tenant, options.name, role, now, expires);
  ASSAY_TRY_VOID(store.insert_key(key.stored));
  if (globals.json) {
    fmt::print("{}\n", dump({{"id", key.stored.key_id},
                             {"secret", key.secret},
                             {"tenant", key.stored.tenant},
                             {"role", key.stored.role}}));
    return {};
  }
  fmt::print(
      "id      {}\nsecret  {}\n\nThe secret is not kept and cannot be shown again. Use it as\n"
      "  basic.auth.user.info = {}:{}\nor\n  Authorization: Bearer {}.{}\n",
      key.stored.key_id, key.secret, key.stored.key_id, key.secret, key.stored.key_id, key.secret);
  return {};
}

Status list(const Globals& globals, const std::string& tenant) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY(const auto keys, store.keys());
  const Micros now = io::system_clock()->now();
  std::vector<std::vector<std::string>> rows{{"id", "tenant", "role", "name", "created", "state"}};
  ordered_json json = ordered_json::array();
  for (const auto& key : keys) {
    if (!tenant.empty() && key.tenant != tenant) continue;
    rows.push_back({key.key_id, key.tenant, key.role, key.name, format_instant(key.created),
                    state_of(key, now)});
    json.push_back({{"id", key.key_id},
                    {"tenant", key.tenant},
                    {"role", key.role},
                    {"name", key.name},
                    {"created", format_instant(key.created)},
                    {"state", state_of(key, now)}});
  }
  fmt::print("{}{}", globals.json ? dump(json) : text_table(rows), globals.json ? "\n" : "");
  return {};
}

Status revoke(const Globals& globals, const std::string& id) {
  ASSAY_TRY(auto store, open_subject_store(globals));
  ASSAY_TRY_VOID(store.revoke_key(id, io::system_clock()->now()));
  if (globals.json) {
    fmt::print("{}\n", dump({{"revoked", id}}));
  } else {
    fmt::print("{} is revoked: the next request with it is refused\n", id);
  }
  return {};
}

}  // namespace

void add_key(CLI::App& app, Globals& globals) {
  auto* group =
      app.add_subcommand("key", "API keys: a tenant's way in to assay up and assay registry serve");
  group->require_subcommand(1);
  auto options = std::make_shared<KeyOptions>();
  auto* create_command = group->add_subcommand("create", "make a key; its secret is shown once");
  create_command->add_option("--tenant", options->tenant, "whose data it opens")->required();
  create_command->add_option("--name", options->name, "who will use it; owner of what it registers")
      ->required();
  create_command->add_option("--role", options->role,
                             "reader, writer (registers, too) or admin (deletes and sets levels)");
  create_command->add_option("--days", options->days,
                             "how long it is good; without end if left out");
  create_command->callback(
      [=, &globals] { run(globals, [&] { return create(globals, *options); }); });
  auto* list_command = group->add_subcommand("list", "all keys, without their secrets");
  list_command->add_option("--tenant", options->tenant, "only this tenant");
  list_command->callback(
      [=, &globals] { run(globals, [&] { return list(globals, options->tenant); }); });
  auto* revoke_command = group->add_subcommand("revoke", "end a key at once");
  revoke_command->add_option("ID", options->id, "as assay key list shows it")->required();
  revoke_command->callback(
      [=, &globals] { run(globals, [&] { return revoke(globals, options->id); }); });
}

}  // namespace assay::cli
