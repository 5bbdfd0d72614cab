// assay quarantine list | show: what was refused, why, where in the payload, and its bytes. What
// takes records out again: quarantine_release.cc.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error_table.h"
#include "base/limits.h"
#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/open_questions.h"
#include "cli/quarantine_release.h"
#include "cli/text.h"
#include "io/file_system.h"

namespace assay::cli {
namespace {

using nlohmann::json;

struct QuarantineOptions {
  std::string tenant;
  std::string record;
  bool payload = false;
};

/// Records that were refused for one reason at one kind of place.
struct Group {
  std::string tenant, application, version, pointer, example, record_id, first_seen;
  int code = 0;
  std::int64_t records = 0;
};

constexpr const char* kGroups =
    "SELECT application, coalesce(schema_version, '') AS schema_version, code, "
    "regexp_replace(pointer, '/[0-9]+', '/*', 'g') AS place, count(*) AS records, "
    "min(reason) AS example, min(lower(hex(record_id))) AS record_id, "
    "min(ingest_time) AS first_seen "
    "FROM bronze.quarantine GROUP BY ALL ORDER BY records DESC, application, code, place";

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Whose quarantine is asked for: one tenant's, or everybody's.
Result<std::vector<std::string>> tenants_of(const Globals& globals,
                                            const QuarantineOptions& options) {
  if (!options.tenant.empty()) return std::vector<std::string>{options.tenant};
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
  std::vector<std::string> tenants = workspace.tenants();
  tenants.push_back(kUnroutedTenant.text());
  return tenants;
}

Result<std::vector<Group>> groups_of(const Globals& globals, const std::string& tenant) {
  ASSAY_TRY(Questions questions, open_questions(globals, {.tenant = tenant, .known_at = {}}));
  ASSAY_TRY(const auto result, questions.sql.rows(kGroups));
  std::vector<Group> groups;
  for (const auto& row : result.rows) {
    Group group;
    group.tenant = tenant;
    group.application = row.at(0).text;
    group.version = row.at(1).text;
    group.code = static_cast<int>(number(row.at(2).text));
    group.pointer = row.at(3).text;
    group.records = number(row.at(4).text);
    group.example = row.at(5).text;
    group.record_id = row.at(6).text;
    group.first_seen = row.at(7).text;
    groups.push_back(std::move(group));
  }
  return groups;
}

json group_json(const Group& group) {
  return {{"tenant", group.tenant},
          {"application", group.application},
          {"schema_version", group.version.empty() ? json() : json(group.version)},
          {"code", group.code},
          {"name", error_row(static_cast<Code>(group.code)).name},
          {"pointer", group.pointer},
          {"records", group.records},
          {"example", group.example},
          {"example_record_id", group.record_id},
          {"first_seen", group.first_seen}};
}

Status list(const Globals& globals, const QuarantineOptions& options) {
  ASSAY_TRY(const auto tenants, tenants_of(globals, options));
  std::vector<Group> groups;
  for (const std::string& tenant : tenants) {
    ASSAY_TRY(const auto found, groups_of(globals, tenant));
    groups.insert(groups.end(), found.begin(), found.end());
  }
  std::int64_t records = 0;
  for (const Group& group : groups) records += group.records;
  if (globals.json) {
    json rows = json::array();
    for (const Group& group : groups) rows.push_back(group_json(group));
    fmt::print("{}\n", json{{"records", records}, {"groups", rows}}.dump(2));
    return {};
  }
  if (groups.empty()) {
    fmt::print("nothing is in quarantine\n");
    return {};
  }
  std::vector<std::vector<std::string>> rows{
      {"tenant", "application", "version", "records", "code", "place", "example record"}};
  for (const Group& group : groups) {
    rows.push_back(
        {group.tenant, group.application, group.version.empty() ? "-" : group.version,
         group_digits(group.records),
         fmt::format("A{} {}", group.code, error_row(static_cast<Code>(group.code)).name),
         group.pointer.empty() ? "(whole payload)" : group.pointer, group.record_id});
  }
  const bool some_unknown = std::any_of(groups.begin(), groups.end(), [](const Group& group) {
    return group.code == static_cast<int>(Code::shape_unknown) ||
           group.code == static_cast<int>(Code::version_unknown);
  });
  fmt::print("{}{} record{} in quarantine; next: assay quarantine show RECORD{}\n",
             text_table(rows), group_digits(records), records == 1 ? "" : "s",
             some_unknown ? ", assay registry drafts" : "");
  return {};
}

/// The columns of one refused record, in this order.
constexpr const char* kRecord =
    "SELECT lower(hex(record_id)) AS record_id, application, schema_version, code, reason, "
    "pointer, source, source_id, source_generation, partition, \"offset\", payload_length, "
    "lower(hex(payload_sha256)) AS payload_sha256, paths, ingest_time, manifest_id, "
    "lower(hex(payload)) AS payload FROM bronze.quarantine ";
constexpr std::size_t kPayloadColumn = 16;
constexpr std::size_t kLengthColumn = 11;
constexpr std::size_t kShaColumn = 12;

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

void write_out(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

/// The file of a record that was over its limit, piece by piece.
Status write_file(const std::string& path) {
  constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
  const auto files = io::local_file_system();
  ASSAY_TRY(const std::uint64_t size, files->size(path));
  for (std::uint64_t at = 0; at < size; at += kPiece) {
    ASSAY_TRY(const std::string piece, files->read_range(path, at, std::min(kPiece, size - at)));
    write_out(piece);
  }
  return {};
}

/// The record's bytes, byte for byte: its row keeps the first 64 KiB; the rest is in bronze, or in
/// a file of its own where bronze did not take it.
Status write_payload(const Globals& globals, Questions& questions, const ask::ResultRows& found) {
  const auto& row = found.rows.front();
  const std::string bytes = bytes_of(row.at(kPayloadColumn).text);
  if (number(row.at(kLengthColumn).text) <= static_cast<std::int64_t>(bytes.size())) {
    write_out(bytes);
    return {};
  }
  ASSAY_TRY(const auto whole,
            questions.sql.rows(fmt::format("SELECT lower(hex(payload)) FROM bronze.record "
                                           "WHERE record_id = unhex('{}')",
                                           row.at(0).text)));
  if (!whole.rows.empty()) {
    write_out(bytes_of(whole.rows.front().at(0).text));
    return {};
  }
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  return write_file(paths.quarantine + "/" + row.at(kShaColumn).text);
}

/// A record id, or enough of its beginning to tell it from all others.
Result<ask::ResultRows> find_record(ask::LockedSql& sql, const std::string& id) {
  constexpr std::size_t kIdSize = 32;
  const bool is_hex = !id.empty() && id.size() <= kIdSize &&
                      id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!is_hex) {
    return make_error(Code::usage, fmt::format("\"{}\" is not the id of a record", id),
                      "Take the example record of a line of `assay quarantine list`.");
  }
  return sql.rows(std::string(kRecord) +
                  fmt::format("WHERE starts_with(lower(hex(record_id)), '{}') LIMIT 2", id));
}

void print_record(const std::string& tenant, const ask::ResultRows& found,
                  const std::string& payload) {
  const auto& row = found.rows.front();
  const int code = static_cast<int>(number(row.at(3).text));
  fmt::print("record      {}\ntenant      {}, application {}, version {}\n", row.at(0).text, tenant,
             row.at(1).text, row.at(2).is_null() ? "-" : row.at(2).text);
  fmt::print("refused     A{} {}: {}\n", code, error_row(static_cast<Code>(code)).name,
             row.at(4).text);
  fmt::print("place       {}\n", row.at(5).text.empty() ? "(whole payload)" : row.at(5).text);
  fmt::print("source      {} {}, byte {}\n", row.at(6).text, row.at(7).text, row.at(10).text);
  fmt::print("received    {}, manifest {}\n", row.at(14).text, row.at(15).text);
  fmt::print("payload     {} bytes, sha256 {}\n", group_digits(number(row.at(kLengthColumn).text)),
             row.at(kShaColumn).text);
  if (!row.at(13).is_null()) fmt::print("paths\n{}", row.at(13).text);
  constexpr std::size_t kShown = 2048;
  fmt::print("\n{}{}\n", payload.substr(0, kShown),
             payload.size() > kShown ? "\n... the whole of it: add --payload" : "");
}

json record_json(const std::string& tenant, const ask::ResultRows& found,
                 const std::string& payload) {
  json document{{"tenant", tenant}};
  for (std::size_t i = 0; i < kPayloadColumn; ++i) {
    const ask::Cell& cell = found.rows.front().at(i);
    document[found.columns[i].name] = json::parse(ask::to_json(cell));
  }
  document["payload"] = payload;
  return document;
}

Status show(const Globals& globals, const QuarantineOptions& options) {
  ASSAY_TRY(const auto tenants, tenants_of(globals, options));
  for (const std::string& tenant : tenants) {
    ASSAY_TRY(Questions questions, open_questions(globals, {.tenant = tenant, .known_at = {}}));
    ASSAY_TRY(const auto found, find_record(questions.sql, options.record));
    if (found.rows.empty()) continue;
    if (found.rows.size() > 1) {
      return make_error(Code::usage,
                        fmt::format("several records begin with \"{}\"", options.record),
                        "Give more of the id.");
    }
    if (options.payload) return write_payload(globals, questions, found);
    const std::string payload = bytes_of(found.rows.front().at(kPayloadColumn).text);
    if (globals.json)
      fmt::print(
          "{}\n",
          record_json(tenant, found, payload).dump(2, ' ', false, json::error_handler_t::replace));
    else
      print_record(tenant, found, payload);
    return {};
  }
  return make_error(Code::row_unknown,
                    fmt::format("no record in quarantine begins with \"{}\"", options.record),
                    "List them: assay quarantine list");
}

}  // namespace

void add_quarantine(CLI::App& app, Globals& globals) {
  auto* group = app.add_subcommand("quarantine", "records that were refused, with their bytes");
  group->require_subcommand(1);
  group->footer(
      "A record that breaks a rule is kept here byte for byte, with its reason; nothing is "
      "dropped.\n"
      "The same rows for SQL: bronze.quarantine. After the mapping was mended and applied, the "
      "next "
      "`assay run` tries\n"
      "again by itself what it may cure; reprocess, fix and discard do it by hand.");
  auto options = std::make_shared<QuarantineOptions>();
  auto* all = group->add_subcommand("list", "how many, by reason and place in the payload");
  all->add_option("--tenant", options->tenant, "only this one's (_unrouted: nobody's)")
      ->type_name("NAME");
  all->callback([&globals, options] { run(globals, [&] { return list(globals, *options); }); });
  auto* one = group->add_subcommand("show", "one record: reason, place, source, bytes");
  one->add_option("record", options->record, "its id, or the beginning of it")
      ->required()
      ->type_name("RECORD");
  one->add_option("--tenant", options->tenant, "look only there")->type_name("NAME");
  one->add_flag("--payload", options->payload, "the bytes alone, as they came");
  one->callback([&globals, options] { run(globals, [&] { return show(globals, *options); }); });
  add_quarantine_release(*group, globals);
}

}  // namespace assay::cli
