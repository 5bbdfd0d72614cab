#include "verify/deep_check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "verify/deep_tables.h"
#include "verify/interpreter.h"
#include "verify/lake_view.h"
#include "verify/rendition.h"

namespace assay::verify {
namespace {

using nlohmann::json;

constexpr std::int64_t kExamplesMax = 5;

struct Counts {
  std::int64_t records = 0, refined = 0, quarantined = 0, duplicates = 0;
  std::int64_t leaves = 0, mapped = 0, master = 0, residue = 0;
  std::map<std::string, std::int64_t> by_code, by_version, masters_seen;
};

/// One bronze manifest and its silver child.
class ManifestDerivation {
 public:
  ManifestDerivation(WorkspaceState& state, CheckScope& scope, const PlanDocument& plan,
                     const ManifestRow& silver, SilverRows& stored, DerivedSets& sets)
      : state_(state), scope_(scope), plan_(plan), silver_(silver), stored_(stored), sets_(sets) {}

  /// `only`: an SQL condition that says which records of the bronze manifest this step took.
  void run(const std::string& bronze_scan, const std::string& only) {
    const std::string query = fmt::format(
        "SELECT record_id, payload, application, headers FROM {} WHERE manifest_id = {} AND {}",
        bronze_scan, sql_literal(silver_.lineage.front()), only);
    const auto status = state_.sql.stream(query, [&](const Chunk& chunk) -> Status {
      for (std::size_t row = 0; row < chunk.rows(); ++row) {
        take_record(chunk.cell(0, row).text, chunk.cell(1, row).text, chunk.cell(2, row).text,
                    chunk.cell(3, row).text);
      }
      return sets_.flush(state_.sql, kPendingMax);
    });
    if (!status) problem("the bronze payloads cannot be read: " + status.error().message);
    report_left_over();
    compare_counts();
  }

 private:
  static constexpr std::size_t kPendingMax = 8192;

  void problem(const std::string& message) {
    if (++problems_ <= kExamplesMax) scope_.problem("derivation", message, silver_.manifest_id);
    if (problems_ == kExamplesMax + 1) {
      scope_.problem("derivation", "more of this manifest do not hold; they are not listed",
                     silver_.manifest_id);
    }
  }

  const std::string& table_name(int table) const {
    return plan_.tables[static_cast<std::size_t>(table)].name;
  }

  void take_record(std::string_view record_id, std::string_view payload,
                   std::string_view application, std::string_view headers) {
    ++counts_.records;
    const std::string completed = completed_headers(payload, headers, silver_.accounting);
    const Derivation derived = derive(plan_, application, payload, completed);
    if (derived.fault) return take_quarantined(record_id, payload, derived);
    add_up(derived);
    const std::string& entity = derived.version->entities.front().entity;
    const bool dedupes = plan_.dedupes_by_content(entity);
    const bool kept = stored_.has(table_name(derived.rows.front().table), record_id,
                                  derived.rows.front().pointer);
    if (dedupes) sets_.add_record(record_id, derived.identity, kept);
    for (const DerivedRow& content : derived.contents)
      sets_.add_content(table_name(content.table), content.hash);
    if (!kept && dedupes) {
      ++counts_.duplicates;
      return;
    }
    ++counts_.refined;
    for (const DerivedRow& row : derived.rows) compare_row(record_id, row);
    if (derived.residue) compare_row(record_id, *derived.residue);
  }

  void take_quarantined(std::string_view record_id, std::string_view payload,
                        const Derivation& derived) {
    ++counts_.quarantined;
    const int code = static_cast<int>(derived.fault->code);
    ++counts_.by_code[std::to_string(code)];
    const auto stored = stored_.take_quarantined(record_id);
    if (!stored) {
      return problem(
          fmt::format("record {} belongs in quarantine (A{} at \"{}\"), and is not there",
                      to_hex(record_id), code, derived.fault->pointer));
    }
    if (stored->code != code || stored->pointer != derived.fault->pointer) {
      problem(
          fmt::format("record {} is quarantined with A{} at \"{}\", derived is A{} at \"{}\" ({})",
                      to_hex(record_id), stored->code, stored->pointer, code,
                      derived.fault->pointer, derived.fault->message));
    }
    if (stored->length != static_cast<std::int64_t>(payload.size()) ||
        stored->sha256 != to_hex(sha256(payload))) {
      problem(
          fmt::format("record {} is quarantined with another length or SHA-256 than its payload's",
                      to_hex(record_id)));
    }
  }

  void add_up(const Derivation& derived) {
    counts_.leaves += derived.leaves;
    counts_.mapped += derived.mapped;
    counts_.master += derived.master;
    counts_.residue += derived.residue_leaves;
    ++counts_.by_version[derived.version->version];
    for (const std::string& entity : derived.masters_seen) ++counts_.masters_seen[entity];
  }

  void compare_row(std::string_view record_id, const DerivedRow& row) {
    const std::string& table = table_name(row.table);
    const auto stored = stored_.take(table, record_id, row.pointer);
    ++scope_.count("rows");
    if (!stored) {
      return problem(fmt::format("{}: record {} gives a row at \"{}\", and it is not there", table,
                                 to_hex(record_id), row.pointer));
    }
    if (*stored == row.hash) return;
    problem(fmt::format("{}: record {} at \"{}\": {}", table, to_hex(record_id), row.pointer,
                        difference(state_, plan_.tables[static_cast<std::size_t>(row.table)],
                                   silver_.manifest_id, record_id, row)));
  }

  void report_left_over() {
    for (const std::string& row : stored_.left_over(kExamplesMax)) {
      problem("a row that no payload in bronze gives: " + row);
    }
  }

  void compare_counts() {
    const json accounting = json::parse(silver_.accounting, nullptr, false);
    if (!accounting.is_object()) return problem("the manifest has no accounting");
    const auto expect = [&](const char* key, std::int64_t derived) {
      const auto claimed = accounting.value(key, std::int64_t{0});
      if (claimed != derived)
        problem(fmt::format("{} is {} in the manifest, {} derived", key, claimed, derived));
    };
    expect("records", counts_.records);
    expect("refined", counts_.refined);
    expect("quarantined", counts_.quarantined);
    expect("duplicates", counts_.duplicates);
    expect("leaves", counts_.leaves);
    expect("leaves_mapped", counts_.mapped);
    expect("leaves_master", counts_.master);
    expect("leaves_residue", counts_.residue);
    expect_map(accounting, "quarantined_by_code", counts_.by_code);
    expect_map(accounting, "refined_by_version", counts_.by_version);
    expect_map(accounting, "masters_seen_by_entity", counts_.masters_seen);
    scope_.count("records") += counts_.records;
    scope_.count("refined") += counts_.refined;
    scope_.count("quarantined") += counts_.quarantined;
    scope_.count("duplicates") += counts_.duplicates;
    scope_.count("leaves") += counts_.leaves;
  }

  void expect_map(const json& accounting, const char* key,
                  const std::map<std::string, std::int64_t>& derived) {
    auto claimed = std::map<std::string, std::int64_t>();
    const json values = accounting.value(key, json::object());
    for (const auto& [name, count] : values.items()) {
      if (count.is_number_integer() && count.get<std::int64_t>() != 0)
        claimed[name] = count.get<std::int64_t>();
    }
    if (claimed != derived)
      problem(fmt::format("{} is {} in the manifest, {} derived", key, json(claimed).dump(),
                          json(derived).dump()));
  }

  WorkspaceState& state_;
  CheckScope& scope_;
  const PlanDocument& plan_;
  const ManifestRow& silver_;
  SilverRows& stored_;
  DerivedSets& sets_;
  Counts counts_;
  std::int64_t problems_ = 0;
};

/// Which files hold which manifest's rows, for the tables that the derivation reads.
class ManifestFiles {
 public:
  ManifestFiles(WorkspaceState& state, const std::string& tenant)
      : state_(state), tenant_(tenant) {}

  /// SQL of the rows of one manifest in one table; what else lies in the same files is filtered by
  /// the caller.
  Result<std::string> scan(const std::string& name, const std::string& manifest) {
    const auto table = state_.tables.find(name);
    if (table == state_.tables.end()) return std::string();
    auto known = files_.find(name);
    if (known == files_.end()) {
      ASSAY_TRY(auto files, files_by_manifest(state_.sql, table->second, tenant_));
      known = files_.emplace(name, std::move(files)).first;
    }
    const auto files = known->second.find(manifest);
    return scan_sql(table->second,
                    files == known->second.end() ? std::vector<std::string>() : files->second);
  }

 private:
  WorkspaceState& state_;
  const std::string& tenant_;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> files_;
};

std::set<std::string> row_tables(const PlanDocument& plan) {
  std::set<std::string> names;
  for (const PlanVersion& version : plan.versions) {
    for (const PlanEntity& entity : version.entities)
      names.insert(plan.tables[static_cast<std::size_t>(entity.table)].name);
  }
  names.insert(plan.tables[static_cast<std::size_t>(plan.residue_table)].name);
  return names;
}

Result<SilverRows> load_silver(WorkspaceState& state, ManifestFiles& files,
                               const PlanDocument& plan, const ManifestRow& silver) {
  SilverRows rows;
  for (const std::string& table : row_tables(plan)) {
    ASSAY_TRY(const std::string scan, files.scan(table, silver.manifest_id));
    if (!scan.empty()) ASSAY_TRY_VOID(rows.load(state.sql, table, scan, silver.manifest_id));
  }
  ASSAY_TRY(const std::string scan, files.scan("bronze.quarantine", silver.manifest_id));
  if (!scan.empty()) ASSAY_TRY_VOID(rows.load_quarantine(state.sql, scan, silver.manifest_id));
  return rows;
}

/// A release took the records that it says it released; any other step took all that bronze kept.
Result<std::string> records_of(ManifestFiles& files, const ManifestRow& silver) {
  if (silver.release.empty()) return std::string("true");
  ASSAY_TRY(const std::string released,
            files.scan("bronze.quarantine_release", silver.manifest_id));
  if (released.empty()) return std::string("false");
  return fmt::format("record_id IN (SELECT record_id FROM {} WHERE manifest_id = {})", released,
                     sql_literal(silver.manifest_id));
}

Status derive_manifest(WorkspaceState& state, CheckScope& scope, ManifestFiles& files,
                       const ManifestRow& silver, DerivedSets& sets) {
  const auto plan = state.plans.find(silver.plan_id);
  if (plan == state.plans.end()) {
    return make_error(Code::plan_invalid,
                      "the plan of the manifest cannot be read: " + silver.plan_id);
  }
  ASSAY_TRY(SilverRows stored, load_silver(state, files, plan->second, silver));
  ASSAY_TRY(const std::string bronze, files.scan("bronze.record", silver.lineage.front()));
  if (bronze.empty()) return {};
  ASSAY_TRY(const std::string only, records_of(files, silver));
  ManifestDerivation(state, scope, plan->second, silver, stored, sets).run(bronze, only);
  return {};
}

}  // namespace

void check_derivation(WorkspaceState& state, Findings& findings, const std::string& tenant) {
  CheckScope scope(findings, {tenant, "silver", "", "derived again from bronze", {}, true});
  auto sets = DerivedSets::make(state.sql);
  if (!sets) return scope.problem("derivation", sets.error().message);
  ManifestFiles files(state, tenant);
  for (const ManifestRow& silver : state.control.manifests) {
    if (silver.tenant_id != tenant || silver.layer != "silver" || !is_live(silver) ||
        silver.lineage.size() != 1 || silver.release == "discard")
      continue;
    ++scope.count("manifests");
    state.progress(fmt::format("tenant {}: deriving manifest {} again", tenant,
                               silver.manifest_id.substr(0, 8)));
    const auto status = derive_manifest(state, scope, files, silver, *sets);
    if (!status) scope.problem("derivation", status.error().message, silver.manifest_id);
  }
  if (const auto status = sets->flush(state.sql, 0); !status)
    return scope.problem("derivation", status.error().message);
  compare_contents(state, scope, tenant);
  compare_duplicates(state, scope);
}

}  // namespace assay::verify
