// assay why: one value, walked back to the payload that it came from.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "io/process.h"
#include "model/workspace.h"
#include "verify/verify.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kAbout =
    "Walks a row, or one column of it, back to its payload: the manifests on the way, the mapping, "
    "the place in the\n"
    "source, the payload with the spot marked, and what the row superseded. KEY is the value of "
    "the key (\"536365\"),\n"
    "several values (\"536365,3\"), or names (\"invoice_no=536365,item_index=3\").";

constexpr std::size_t kContextBytes = 400;

struct WhyOptions {
  std::string table, key, column, tenant;
};

json pairs_json(const Pairs& pairs) {
  json out = json::object();
  for (const auto& [name, value] : pairs) out[name] = value;
  return out;
}

void print_json(const verify::WhyAnswer& answer) {
  json manifests = json::array();
  for (const verify::WhyManifest& manifest : answer.manifests) {
    manifests.push_back({{"manifest_id", manifest.manifest_id},
                         {"layer", manifest.layer},
                         {"status", manifest.status},
                         {"plan_id", manifest.plan_id},
                         {"batch_id", manifest.batch_id},
                         {"ended", manifest.ended}});
  }
  json mappings = json::array();
  for (const verify::WhyMapping& mapping : answer.mappings) {
    mappings.push_back({{"column", mapping.column},
                        {"path", mapping.path},
                        {"normalisation", mapping.normalisation},
                        {"application", mapping.application},
                        {"version", mapping.version},
                        {"plan_id", mapping.plan_id},
                        {"pointer", mapping.pointer}});
  }
  json history = json::array();
  for (const Pairs& row : answer.history) history.push_back(pairs_json(row));
  const json out = {{"table", answer.table},
                    {"tenant", answer.tenant},
                    {"row", pairs_json(answer.row)},
                    {"column", answer.column ? json(*answer.column) : json()},
                    {"manifests", manifests},
                    {"mappings", mappings},
                    {"record_id", answer.record_id},
                    {"source",
                     {{"source", answer.source},
                      {"source_id", answer.source_id},
                      {"path", answer.path},
                      {"partition", answer.partition},
                      {"offset", answer.offset},
                      {"ingest_time", answer.ingest_time}}},
                    {"payload", answer.payload},
                    {"mark", {{"begin", answer.mark_begin}, {"end", answer.mark_end}}},
                    {"history", history},
                    {"notes", answer.notes}};
  fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
}

/// Moves a cut to the beginning of a character.
std::size_t at_character(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return std::min(at, text.size());
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

/// One line around the mark. On a terminal the mark is in reverse; everywhere a row of carets
/// stands below it.
void print_payload(const verify::WhyAnswer& answer) {
  if (answer.payload.empty()) return;
  std::string payload = answer.payload;
  std::replace_if(
      payload.begin(), payload.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; },
      ' ');
  const std::size_t begin = answer.mark_begin, end = answer.mark_end;
  const std::size_t from = at_character(payload, begin > kContextBytes ? begin - kContextBytes : 0);
  const std::size_t to = at_character(payload, std::min(payload.size(), end + kContextBytes));
  const std::string head = (from > 0 ? "..." : "") + payload.substr(from, begin - from);
  const std::string mark = payload.substr(begin, end - begin);
  const std::string tail = payload.substr(end, to - end) + (to < payload.size() ? "..." : "");
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  fmt::print("payload\n  {}{}{}{}{}\n", head, terminal && !mark.empty() ? "\x1b[7m" : "", mark,
             terminal && !mark.empty() ? "\x1b[0m" : "", tail);
  if (!mark.empty())
    fmt::print("  {:>{}}\n", std::string(characters(mark), '^'),
               characters(head) + characters(mark));
}

void print_row(const verify::WhyAnswer& answer) {
  fmt::print("{} of tenant {}\n", answer.table, answer.tenant);
  std::size_t width = 0;
  for (const auto& [name, value] : answer.row) width = std::max(width, name.size());
  for (const auto& [name, value] : answer.row) {
    const bool asked = answer.column && *answer.column == name;
    fmt::print("{} {:<{}}  {}\n", asked ? ">" : " ", name, width, value);
  }
}

void print_text(const verify::WhyAnswer& answer) {
  print_row(answer);
  fmt::print("\nmanifests\n");
  for (const verify::WhyManifest& manifest : answer.manifests) {
    fmt::print("  {:<6}  {}  {}, batch {}, {}\n", manifest.layer, manifest.manifest_id,
               manifest.status, manifest.batch_id, manifest.ended);
  }
  if (!answer.mappings.empty()) {
    const verify::WhyMapping& first = answer.mappings.front();
    fmt::print("\nmapping (application {}, version {}, plan {})\n", first.application,
               first.version, first.plan_id);
    for (const verify::WhyMapping& mapping : answer.mappings) {
      fmt::print("  {} <- {}{}{}\n", mapping.column, mapping.path,
                 mapping.normalisation.empty() ? "" : " " + mapping.normalisation,
                 mapping.pointer.empty() ? "" : ", here at " + mapping.pointer);
    }
  }
  if (!answer.record_id.empty()) {
    fmt::print("\nsource\n  {} {}, byte {}, received {}\n  record {}\n", answer.source,
               answer.path.empty() ? answer.source_id : answer.path, answer.offset,
               answer.ingest_time, answer.record_id);
    fmt::print("\n");
    print_payload(answer);
  }
  if (!answer.history.empty()) fmt::print("\nall that was known of this key, oldest first\n");
  for (const Pairs& row : answer.history) {
    std::string line;
    for (const auto& [name, value] : row)
      line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, value);
    fmt::print("  {}\n", line);
  }
  for (const std::string& note : answer.notes) fmt::print("\nnote: {}\n", note);
}

Status explain(Globals& globals, const WhyOptions& options) {
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  ASSAY_TRY(const std::string root, model::find_root(folder));
  verify::WhyQuestion question;
  question.root = root;
  question.table = options.table;
  question.key = options.key;
  if (!options.column.empty()) question.column = options.column;
  if (!options.tenant.empty()) question.tenant = options.tenant;
  const auto files = io::local_file_system();
  ASSAY_TRY(const verify::WhyAnswer answer, verify::why(*files, question));
  globals.json ? print_json(answer) : print_text(answer);
  return {};
}

}  // namespace

void add_why(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<WhyOptions>();
  auto* command = app.add_subcommand("why", "walk one value back to its payload");
  command->footer(kAbout);
  command->add_option("TABLE", options->table, "for example silver.invoice or mart.customer")
      ->required();
  command->add_option("KEY", options->key, "value of the key")->required();
  command->add_option("COLUMN", options->column, "one column; all of them when left out");
  command
      ->add_option("--tenant", options->tenant,
                   "whose row; needed where several tenants have the key")
      ->type_name("TENANT");
  command->callback(
      [&globals, options] { run(globals, [&] { return explain(globals, *options); }); });
}

}  // namespace assay::cli
