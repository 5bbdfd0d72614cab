#include "verify/release_check.h"

#include <fmt/format.h>

#include "verify/lake_view.h"

namespace assay::verify {
namespace {

constexpr const char* kRecords = "bronze.record";
constexpr const char* kQuarantine = "bronze.quarantine";
constexpr const char* kReleases = "bronze.quarantine_release";

class ReleaseCheck {
 public:
  ReleaseCheck(WorkspaceState& state, Findings& findings, const std::string& tenant)
      : state_(state),
        tenant_(tenant),
        scope_(findings, {tenant, "bronze", kReleases, "ends of quarantine", {}, true}) {}

  void run() {
    const std::string releases = scan(kReleases);
    const std::string refusals = scan(kQuarantine);
    const auto count = state_.sql.count("SELECT count(*) FROM " + releases);
    if (!count) return scope_.problem("rows", count.error().message);
    scope_.count("releases") = *count;
    expect_none(fmt::format("SELECT record_id, quarantine_manifest_id FROM {} EXCEPT SELECT "
                            "record_id, manifest_id FROM {}",
                            releases, refusals),
                "a release names a refusal that is not there");
    expect_none(fmt::format("SELECT record_id, quarantine_manifest_id FROM {} GROUP BY ALL HAVING "
                            "count(*) > 1",
                            releases),
                "a refusal ended more than once");
    expect_none(fmt::format("SELECT record_id, count(*) FROM {} q WHERE NOT EXISTS (SELECT 1 FROM "
                            "{} r WHERE r.record_id = q.record_id AND r.quarantine_manifest_id = "
                            "q.manifest_id) GROUP BY record_id HAVING count(*) > 1",
                            refusals, releases),
                "a record is in quarantine more than once");
    expect_none(fmt::format("SELECT record_id, superseded_by FROM {} f WHERE (action = 'fix') <> "
                            "(superseded_by IS NOT NULL) OR (action = 'fix' AND NOT EXISTS (SELECT "
                            "1 FROM {} n WHERE n.record_id = f.superseded_by AND n.source_id = "
                            "lower(hex(f.record_id))))",
                            releases, scan(kRecords)),
                "a fixed record has no record in its place");
    check_manifests(releases);
  }

 private:
  std::string scan(const char* name) const {
    const auto table = state_.tables.find(name);
    if (table != state_.tables.end())
      return scan_sql(table->second, files_of(table->second, tenant_));
    return "(SELECT NULL::BLOB AS record_id, NULL::VARCHAR AS source_id, NULL::VARCHAR AS "
           "manifest_id WHERE false)";
  }

  void expect_none(const std::string& query, const std::string& what) {
    const auto rows = state_.sql.rows(
        fmt::format("SELECT lower(hex(record_id)), count(*) OVER () FROM ({}) LIMIT 1", query));
    if (!rows) return scope_.problem("rows", fmt::format("{}: {}", what, rows.error().message));
    if (rows->empty()) return;
    scope_.problem("rows",
                   fmt::format("{}: {} rows, for example record {}", what,
                               rows->front()[1].value_or(""), rows->front()[0].value_or("")));
  }

  /// Which manifest ended what another one had refused, and how.
  void check_manifests(const std::string& releases) {
    const auto rows = state_.sql.rows(fmt::format(
        "SELECT DISTINCT manifest_id, quarantine_manifest_id, action FROM {} ORDER BY ALL",
        releases));
    if (!rows) return scope_.problem("rows", rows.error().message);
    for (const TextRow& row : *rows) {
      ++scope_.count("steps");
      const std::string id = row[0].value_or("");
      const ManifestRow* release = state_.control.manifest(id);
      const ManifestRow* refuser = state_.control.manifest(row[1].value_or(""));
      if (release == nullptr || refuser == nullptr) {
        scope_.problem("rows", "a release, or what it ends, is of an unknown manifest", id);
      } else {
        check_step(*release, *refuser, row[2].value_or(""));
      }
    }
  }

  void check_step(const ManifestRow& release, const ManifestRow& refuser,
                  const std::string& action) {
    const bool fix = release.layer == "bronze";
    if (action != (fix ? "fix" : release.release))
      scope_.problem("rows", fmt::format("its rows say {}, it is none", action),
                     release.manifest_id);
    if (refuser.epoch >= release.epoch)
      scope_.problem("rows", "it ends what was refused later", release.manifest_id);
    const std::string& batch =
        refuser.layer == "bronze" ? refuser.manifest_id : refuser.lineage.front();
    if (!fix && (release.lineage.empty() || release.lineage.front() != batch))
      scope_.problem("rows", "it ends what was refused in another batch", release.manifest_id);
    if (action == "reprocess" && refuser.layer == "bronze")
      scope_.problem("rows", "it reprocessed what bronze had not kept", release.manifest_id);
  }

  WorkspaceState& state_;
  const std::string& tenant_;
  CheckScope scope_;
};

}  // namespace

void check_releases(WorkspaceState& state, Findings& findings, const std::string& tenant) {
  if (state.tables.contains(kReleases)) ReleaseCheck(state, findings, tenant).run();
}

}  // namespace assay::verify
