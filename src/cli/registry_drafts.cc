// assay registry drafts, draft show, draft accept: what waits in quarantine because no schema
// version takes it, as versions that a person may put in force.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/open_control.h"
#include "cli/open_questions.h"
#include "cli/registry.h"
#include "cli/sample_reader.h"
#include "cli/text.h"
#include "decode/rendition.h"
#include "engine/message_schemas.h"
#include "io/file_system.h"
#include "registry/draft.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;
using registry::Draft;
using registry::DraftField;

constexpr int kSamplesOfShape = 5'000;  ///< read at most, of each path set
constexpr int kKnownSamples = 2'000;    ///< of each application, that versions took

struct DraftOptions {
  std::string tenant;
  std::string id;
  std::string version;
};

constexpr const char* kShapes =
    "SELECT application, lower(hex(fingerprint)) AS fingerprint, max(paths) AS paths, count(*) AS "
    "records, min(ingest_time) AS first_seen, max(ingest_time) AS last_seen FROM bronze.quarantine "
    "WHERE fingerprint IS NOT NULL GROUP BY ALL ORDER BY first_seen, application, fingerprint";

/// Records of the shapes, those first that came first; bronze has the whole of large ones.
std::string samples_sql() {
  return fmt::format(
      "SELECT q.application, lower(hex(q.fingerprint)), lower(hex(coalesce(b.payload, q.payload))),"
      " b.headers FROM (SELECT *, min(ingest_time) OVER (PARTITION BY application, fingerprint) AS "
      "first_seen FROM bronze.quarantine WHERE fingerprint IS NOT NULL QUALIFY row_number() OVER "
      "(PARTITION BY application, fingerprint ORDER BY record_id) <= {}) AS q LEFT JOIN "
      "bronze.record AS b ON b.record_id = q.record_id ORDER BY q.first_seen, q.application, "
      "q.fingerprint, q.record_id",
      kSamplesOfShape);
}

std::string known_sql(const std::string& application) {
  std::string quoted;
  for (const char c : application) quoted += c == '\'' ? "''" : std::string(1, c);
  return fmt::format(
      "SELECT lower(hex(b.payload)), b.headers FROM bronze.record AS b WHERE b.application = '{}' "
      "AND NOT EXISTS (SELECT 1 FROM bronze.quarantine AS q WHERE q.record_id = b.record_id) "
      "LIMIT {}",
      quoted, kKnownSamples);
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

/// Reads one tenant's quarantine into drafts.
class DraftReader {
 public:
  DraftReader(Questions& questions, std::string control_db)
      : questions_(questions),
        schemas_(std::move(control_db), questions.tenant.text()),
        renderer_(questions.workspace.limits),
        finder_(questions.workspace, questions.tenant.text()) {}

  /// read:
  ///   the shapes that wait; without any there are no drafts
  ///   samples of them
  ///   samples of what versions of the same applications took
  Result<std::vector<Draft>> read() {
    ASSAY_TRY(const auto shapes, questions_.sql.rows(kShapes));
    std::vector<std::string> applications;
    for (const auto& row : shapes.rows) {
      const std::string& application = row.at(0).text;
      finder_.add_shape({application, row.at(1).text, row.at(2).text, number(row.at(3).text),
                         row.at(4).text, row.at(5).text});
      if (std::find(applications.begin(), applications.end(), application) == applications.end())
        applications.push_back(application);
    }
    if (applications.empty()) return std::vector<Draft>();
    ASSAY_TRY_VOID(each(samples_sql(), [&](const std::vector<ask::Cell>& row) -> Status {
      ASSAY_TRY(const auto rendered, render(row.at(2), row.at(3)));
      if (rendered) {
        finder_.add_sample(row.at(1).text, row.at(0).text, rendition_, *rendered);
      }
      return {};
    }));
    for (const std::string& application : applications) {
      ASSAY_TRY_VOID(each(known_sql(application), [&](const std::vector<ask::Cell>& row) -> Status {
        ASSAY_TRY(const auto rendered, render(row.at(0), row.at(1)));
        if (rendered) finder_.add_known(application, rendition_, *rendered);
        return {};
      }));
    }
    return finder_.finish();
  }

 private:
  Status each(const std::string& sql,
              const std::function<Status(const std::vector<ask::Cell>&)>& take) {
    return questions_.sql.query(
        sql,
        {.columns = [](const std::vector<ask::ResultColumn>&) { return Status(); }, .row = take});
  }

  /// The payload as JSON, into rendition_; nothing where it is of no format.
  Result<std::optional<registry::Notation>> render(const ask::Cell& payload,
                                                   const ask::Cell& headers) {
    const std::string bytes = bytes_of(payload.text);
    ASSAY_TRY(const std::string_view said,
              schemas_.complete(bytes, headers.is_null() ? std::string() : headers.text));
    rendition_.clear();
    if (!renderer_.append(rendition_, bytes, said)) return std::optional<registry::Notation>();
    return std::optional(notation_of(bytes, said));
  }

  Questions& questions_;
  engine::MessageSchemas schemas_;
  decode::Renderer renderer_;
  registry::DraftFinder finder_;
  std::string rendition_;
};

/// Drafts of one tenant, or of all.
Result<std::vector<Draft>> find_drafts(const Globals& globals, const std::string& tenant) {
  std::vector<std::string> tenants{tenant};
  if (tenant.empty()) {
    ASSAY_TRY(auto control, open_control(globals));
    ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
    tenants = workspace.tenants();
  }
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  std::vector<Draft> drafts;
  for (const std::string& name : tenants) {
    ASSAY_TRY(Questions questions, open_questions(globals, {.tenant = name, .known_at = {}}));
    ASSAY_TRY(auto found, DraftReader(questions, paths.control_db).read());
    for (Draft& draft : found) drafts.push_back(std::move(draft));
  }
  return drafts;
}

Result<Draft> find_draft(const Globals& globals, const DraftOptions& options) {
  ASSAY_TRY(auto drafts, find_drafts(globals, options.tenant));
  std::vector<Draft*> found;
  for (Draft& draft : drafts) {
    if (draft.id.starts_with(options.id)) found.push_back(&draft);
  }
  if (found.size() == 1) return std::move(*found.front());
  return make_error(
      Code::draft_unknown,
      found.empty() ? fmt::format("no draft \"{}\"", options.id)
                    : fmt::format("{} drafts begin with \"{}\"", found.size(), options.id),
      found.empty() ? "List them: assay registry drafts. A draft ends with the last record that "
                      "waits for it."
                    : "Give more of the id.");
}

ordered_json summary_json(const Draft& draft) {
  ordered_json said = ordered_json::object();
  for (const auto& [path, value] : draft.said) said[path] = value;
  return {{"id", draft.id},
          {"tenant", draft.tenant},
          {"application", draft.application},
          {"version", draft.name},
          {"records", draft.records},
          {"records_are_estimated", draft.is_sampled},
          {"shapes", draft.shapes},
          {"says", said},
          {"first_seen", draft.first_seen},
          {"last_seen", draft.last_seen},
          {"nearest", draft.nearest.empty() ? ordered_json() : ordered_json(draft.nearest)},
          {"score", draft.score},
          {"adds", draft.adds},
          {"lacks", draft.lacks}};
}

ordered_json fields_json(const std::vector<DraftField>& fields) {
  ordered_json list = ordered_json::array();
  for (const DraftField& field : fields) {
    list.push_back({{"name", field.name},
                    {"path", field.path.empty() ? ordered_json() : ordered_json(field.path)},
                    {"was", field.was.empty() ? ordered_json() : ordered_json(field.was)},
                    {"score", field.score},
                    {"reason", field.reason}});
  }
  return list;
}

ordered_json mapping_json(const registry::DraftMapping& mapping) {
  ordered_json masters = ordered_json::object();
  for (const registry::DraftRole& role : mapping.roles)
    masters[role.name] = fields_json(role.fields);
  ordered_json unmapped = ordered_json::array();
  for (const registry::InferredField& leaf : mapping.unmapped) {
    unmapped.push_back({{"name", leaf.name},
                        {"path", leaf.path},
                        {"type", column::to_string(leaf.type)},
                        {"values", leaf.values}});
  }
  return {{"entity", mapping.entity},
          {"rows", mapping.rows.empty() ? ordered_json() : ordered_json(mapping.rows)},
          {"fields", fields_json(mapping.fields)},
          {"extension", fields_json(mapping.extension)},
          {"masters", masters},
          {"unmapped", unmapped}};
}

ordered_json draft_json(const Draft& draft) {
  ordered_json document = summary_json(draft);
  document["match"] = ordered_json::array();
  for (const auto& [path, equals] : draft.match) {
    ordered_json condition{{"path", path}};
    if (!equals.empty()) condition["equals"] = equals;
    document["match"].push_back(std::move(condition));
  }
  document["mappings"] = ordered_json::array();
  for (const auto& mapping : draft.mappings) document["mappings"].push_back(mapping_json(mapping));
  document["new_rows"] = draft.new_rows;
  document["masters"] = ordered_json::array();
  for (const registry::InferredRole& role : draft.masters) {
    document["masters"].push_back({{"entity", role.entity},
                                   {"path", role.path},
                                   {"key", role.key.path},
                                   {"score", role.score},
                                   {"reason", role.reason}});
  }
  document["yaml"] = draft.yaml;
  return document;
}

void print_json(const ordered_json& document) {
  fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// "+ $.colour - $.note", as far as it fits.
std::string difference_text(const Draft& draft) {
  constexpr std::size_t kShown = 3;
  std::string text;
  const auto add = [&](const char* sign, const std::vector<std::string>& paths) {
    for (std::size_t i = 0; i < std::min(kShown, paths.size()); ++i)
      text += fmt::format("{}{}{}", text.empty() ? "" : " ", sign, paths[i]);
    if (paths.size() > kShown) text += fmt::format(" {}{} more", sign, paths.size() - kShown);
  };
  add("+", draft.adds);
  add("-", draft.lacks);
  return text;
}

Status list(const Globals& globals, const DraftOptions& options) {
  ASSAY_TRY(const auto drafts, find_drafts(globals, options.tenant));
  if (globals.json) {
    ordered_json list = ordered_json::array();
    for (const Draft& draft : drafts) list.push_back(summary_json(draft));
    print_json({{"drafts", list}});
    return {};
  }
  if (drafts.empty()) {
    fmt::print("no record waits for a schema version\n");
    return {};
  }
  std::vector<std::vector<std::string>> rows{{"draft", "tenant", "application", "records",
                                              "first seen", "nearest", "score", "difference"}};
  for (const Draft& draft : drafts) {
    rows.push_back({draft.id, draft.tenant, draft.application,
                    (draft.is_sampled ? "~" : "") + group_digits(draft.records), draft.first_seen,
                    draft.nearest.empty() ? "-" : draft.nearest, fmt::format("{:.2f}", draft.score),
                    difference_text(draft)});
  }
  fmt::print("{}next: assay registry draft show ID, then draft accept ID\n", text_table(rows));
  return {};
}

Status show(const Globals& globals, const DraftOptions& options) {
  ASSAY_TRY(const Draft draft, find_draft(globals, options));
  if (globals.json)
    print_json(draft_json(draft));
  else
    fmt::print("{}", draft.yaml);
  return {};
}

Status accept(const Globals& globals, const DraftOptions& options) {
  ASSAY_TRY(const Draft draft, find_draft(globals, options));
  const std::string name = options.version.empty() ? draft.name : options.version;
  const bool is_label =
      !name.empty() && name.size() <= 100 && name.find('/') == std::string::npos &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
          std::string::npos &&
      name.find_first_of("._-") != 0;
  if (!is_label) {
    return make_error(
        Code::usage, fmt::format("\"{}\" is no name for a schema version", name),
        "Use letters, digits, \".\", \"-\" and \"_\", with a letter or digit in front.");
  }
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  const std::string file =
      fmt::format("tenants/{}/{}/{}.yaml", draft.tenant, draft.application, name);
  const std::string path = fmt::format("{}/{}", paths.root, file);
  const auto files = io::local_file_system();
  ASSAY_TRY(const bool taken, files->exists(path));
  if (taken) {
    return make_error(Code::file_exists, fmt::format("\"{}\" exists already", file),
                      "Name another version: --version NAME.");
  }
  ASSAY_TRY_VOID(files->create(path, draft.yaml));
  if (globals.json) {
    ordered_json document = draft_json(draft);
    document["file"] = file;
    print_json(document);
    return {};
  }
  fmt::print(
      "made {} for {} waiting records\nnext: look at its comments, then assay plan --data 1d, "
      "assay "
      "apply, assay run\n",
      file, group_digits(draft.records));
  return {};
}

}  // namespace

void add_registry_drafts(CLI::App& group, Globals& globals) {
  auto options = std::make_shared<DraftOptions>();
  auto* drafts = group.add_subcommand(
      "drafts", "records that no schema version takes, gathered into drafts of versions");
  drafts->add_option("--tenant", options->tenant, "only this tenant");
  drafts->footer(
      "A record whose shape no version knows waits in quarantine (A2101, A2102). Records of one "
      "kind are\none draft, however many optional members they have; what a match condition "
      "compares parts them.\nDrafts are found anew each time, so they end with the last record "
      "that waits. Then:\n"
      "  assay registry draft show ID      the version's file, with scores as comments\n"
      "  assay registry draft accept ID    writes it to tenants/, for you to edit\n"
      "  assay plan --data 1d, assay apply, assay run    and the waiting records are served");
  drafts->callback([=, &globals] { run(globals, [&] { return list(globals, *options); }); });
  auto* draft = group.add_subcommand("draft", "one draft of a schema version");
  draft->require_subcommand(1);
  auto* one = draft->add_subcommand("show", "match, mappings with scores, what nothing takes");
  one->add_option("ID", options->id, "of assay registry drafts, or its beginning")->required();
  one->add_option("--tenant", options->tenant, "look only there");
  one->callback([=, &globals] { run(globals, [&] { return show(globals, *options); }); });
  auto* taken =
      draft->add_subcommand("accept", "write it as a schema version's file, to be edited");
  taken->add_option("ID", options->id, "of assay registry drafts, or its beginning")->required();
  taken->add_option("--tenant", options->tenant, "look only there");
  taken->add_option("--version", options->version, "name of the version (a free one)");
  taken->footer(
      "Nothing is in force yet, and nothing is overwritten. Read the comments, then:\n"
      "  assay plan --data 1d    what it would do with the records that are there\n"
      "  assay apply && assay run    the waiting records come out of quarantine by themselves");
  taken->callback([=, &globals] { run(globals, [&] { return accept(globals, *options); }); });
}

}  // namespace assay::cli
