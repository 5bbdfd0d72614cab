#include "verify/accounting_check.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "verify/lake_view.h"

namespace assay::verify {
namespace {

using nlohmann::json;

std::int64_t number_of(const json& object, const char* key) {
  return object.is_object() ? object.value(key, std::int64_t{0}) : 0;
}

std::int64_t rows_of(const RowSums& sums, const std::string& table, const std::string& manifest) {
  const auto found = sums.find(table);
  if (found == sums.end()) return 0;
  const auto sum = found->second.find(manifest);
  return sum == found->second.end() ? 0 : sum->second.rows;
}

/// Tables of the root entities: one row a refined record.
std::set<std::string> root_tables(const PlanDocument& plan) {
  std::set<std::string> names;
  for (const PlanVersion& version : plan.versions) {
    for (const PlanEntity& entity : version.entities) {
      if (entity.root) names.insert(plan.tables[static_cast<std::size_t>(entity.table)].name);
    }
  }
  return names;
}

class AccountingCheck {
 public:
  AccountingCheck(WorkspaceState& state, Findings& findings, const std::string& tenant,
                  const RowSums& sums)
      : state_(state), findings_(findings), tenant_(tenant), sums_(sums) {}

  void run() {
    {
      CheckScope scope(findings_, {tenant_, "", "", "every record accounted for", {}, true});
      records(scope);
      scope.count("records") = totals_.records;
      scope.count("refined") = totals_.refined;
      scope.count("quarantined") = totals_.quarantined;
      scope.count("duplicates") = totals_.duplicates;
      scope.count("discarded") = totals_.discarded;
      scope.count("fixed") = totals_.fixed;
      scope.count("waiting") = totals_.waiting;
    }
    {
      CheckScope scope(findings_, {tenant_, "silver", "", "every leaf accounted for", {}, true});
      leaves(scope);
      scope.count("leaves") = totals_.leaves;
      scope.count("mapped") = totals_.leaves_mapped;
      scope.count("master") = totals_.leaves_master;
      scope.count("residue") = totals_.leaves_residue;
    }
    CheckScope scope(findings_, {tenant_, "", "", "operator equations", {}, true});
    for (const ManifestRow* manifest : live("")) equations(scope, *manifest);
    findings_.report().totals[tenant_] = totals_;
  }

 private:
  /// Live manifests of a layer; of all where it is empty.
  std::vector<const ManifestRow*> live(std::string_view layer) const {
    std::vector<const ManifestRow*> found;
    for (const ManifestRow& manifest : state_.control.manifests) {
      const bool wanted = layer.empty() || manifest.layer == layer;
      if (manifest.tenant_id == tenant_ && is_live(manifest) && wanted) found.push_back(&manifest);
    }
    return found;
  }

  /// The manifest that took the next step; releases take a share of it again.
  const ManifestRow* live_child(const ManifestRow& parent) const {
    const ManifestRow* found = nullptr;
    for (const ManifestRow* child : state_.control.children(parent.manifest_id)) {
      const bool release = child->layer == "silver" && !child->release.empty();
      if (release || !is_live(*child)) continue;
      if (found != nullptr) return nullptr;
      found = child;
    }
    return found;
  }

  /// Refusals that are over count where their records went, and no more in quarantine.
  void released(CheckScope& scope) {
    for (const ManifestRow* manifest : live("")) {
      const std::int64_t rows = rows_of(sums_, "bronze.quarantine_release", manifest->manifest_id);
      totals_.released += rows;
      totals_.quarantined -= rows;
      if (manifest->layer == "bronze") {
        totals_.fixed += rows;
      } else if (manifest->release == "discard") {
        totals_.discarded += rows;
      } else if (!manifest->release.empty()) {
        silver_records(scope, *manifest, rows);
        continue;
      }
      if (manifest->release != "discard") continue;
      const json accounting = json::parse(manifest->accounting, nullptr, false);
      const bool holds = number_of(accounting, "discarded") == rows &&
                         number_of(accounting, "released") == rows &&
                         manifest->record_count == rows;
      if (!holds) {
        scope.problem("accounting",
                      fmt::format("{} records were discarded, the manifest says {}", rows,
                                  number_of(accounting, "discarded")),
                      manifest->manifest_id);
      }
    }
  }

  // in = refined + quarantined + duplicates + discarded + fixed, and what waits is still in bronze:
  // missing is 0.
  void records(CheckScope& scope) {
    first_steps(scope);
    released(scope);
    const std::int64_t out = totals_.refined + totals_.quarantined + totals_.duplicates +
                             totals_.discarded + totals_.fixed + totals_.waiting;
    if (out == totals_.records) return;
    scope.problem(
        "accounting",
        fmt::format("{} records came in, but {} are refined, {} in quarantine, {} "
                    "duplicates, {} discarded, {} fixed and {} waiting",
                    totals_.records, totals_.refined, totals_.quarantined, totals_.duplicates,
                    totals_.discarded, totals_.fixed, totals_.waiting));
  }

  void first_steps(CheckScope& scope) {
    for (const ManifestRow* bronze : live("bronze")) {
      const std::int64_t kept = rows_of(sums_, "bronze.record", bronze->manifest_id);
      const std::int64_t refused = rows_of(sums_, "bronze.quarantine", bronze->manifest_id);
      totals_.records += bronze->record_count;
      totals_.quarantined += refused;
      if (kept + refused != bronze->record_count) {
        scope.problem("accounting",
                      fmt::format("bronze: {} records came in, {} are kept and {} quarantined",
                                  bronze->record_count, kept, refused),
                      bronze->manifest_id);
      }
      const ManifestRow* silver = live_child(*bronze);
      if (silver == nullptr) {
        totals_.waiting += kept;
        continue;
      }
      silver_records(scope, *silver, kept);
    }
  }

  void silver_records(CheckScope& scope, const ManifestRow& silver, std::int64_t came_in) {
    const json accounting = json::parse(silver.accounting, nullptr, false);
    const std::int64_t duplicates = number_of(accounting, "duplicates");
    const std::int64_t quarantined = rows_of(sums_, "bronze.quarantine", silver.manifest_id);
    std::int64_t refined = 0;
    if (const auto plan = state_.plans.find(silver.plan_id); plan != state_.plans.end()) {
      for (const std::string& table : root_tables(plan->second))
        refined += rows_of(sums_, table, silver.manifest_id);
    }
    totals_.refined += refined;
    totals_.quarantined += quarantined;
    totals_.duplicates += duplicates;
    const auto expect = [&](const char* what, std::int64_t claimed, std::int64_t found) {
      if (claimed == found) return;
      scope.problem(
          "accounting",
          fmt::format("silver: {} is {} in the manifest and {} in the files", what, claimed, found),
          silver.manifest_id);
    };
    if (!silver.release.empty()) expect("released", number_of(accounting, "released"), came_in);
    expect("records", number_of(accounting, "records"), came_in);
    expect("record_count", silver.record_count, came_in);
    expect("refined", number_of(accounting, "refined"), refined);
    expect("quarantined", number_of(accounting, "quarantined"), quarantined);
    if (came_in != refined + quarantined + duplicates) {
      scope.problem("accounting",
                    fmt::format("silver: {} in, but {} refined + {} quarantined + {} duplicates",
                                came_in, refined, quarantined, duplicates),
                    silver.manifest_id);
    }
    std::int64_t by_code = 0;
    if (accounting.is_object() && accounting.contains("quarantined_by_code")) {
      for (const auto& [code, count] : accounting["quarantined_by_code"].items())
        by_code += count.get<std::int64_t>();
    }
    expect("quarantined by code", by_code, quarantined);
    if (const ManifestRow* gold = live_child(silver); gold != nullptr) {
      expect("record_count of gold", gold->record_count, silver.record_count);
    }
  }

  std::map<std::string, std::int64_t> residue_leaves(CheckScope& scope) {
    std::map<std::string, std::int64_t> leaves;
    const auto table = state_.tables.find("silver.residue");
    if (table == state_.tables.end()) return leaves;
    const auto rows =
        state_.sql.rows("SELECT manifest_id, CAST(sum(leaf_count) AS BIGINT) FROM " +
                        scan_sql(table->second, files_of(table->second, tenant_)) + " GROUP BY 1");
    if (!rows) {
      scope.problem("accounting", rows.error().message);
      return leaves;
    }
    for (const TextRow& row : *rows) leaves[row[0].value_or("")] = std::stoll(row[1].value_or("0"));
    return leaves;
  }

  void leaves(CheckScope& scope) {
    const auto stored = residue_leaves(scope);
    for (const ManifestRow* silver : live("silver")) {
      const json accounting = json::parse(silver->accounting, nullptr, false);
      const std::int64_t all = number_of(accounting, "leaves");
      const std::int64_t mapped = number_of(accounting, "leaves_mapped");
      const std::int64_t master = number_of(accounting, "leaves_master");
      const std::int64_t residue = number_of(accounting, "leaves_residue");
      totals_.leaves += all;
      totals_.leaves_mapped += mapped;
      totals_.leaves_master += master;
      totals_.leaves_residue += residue;
      if (all != mapped + master + residue) {
        scope.problem("accounting",
                      fmt::format("{} leaves, but {} mapped + {} master + {} residue", all, mapped,
                                  master, residue),
                      silver->manifest_id);
      }
      // The residue of dropped duplicates stands with the record that was kept.
      const auto found = stored.find(silver->manifest_id);
      const std::int64_t kept = found == stored.end() ? 0 : found->second;
      const bool duplicates = number_of(accounting, "duplicates") > 0;
      if (kept > residue || (kept < residue && !duplicates)) {
        scope.problem("accounting",
                      fmt::format("{} leaves are residue, silver.residue holds {}", residue, kept),
                      silver->manifest_id);
      }
    }
  }

  /// What the operators of one output say that they wrote: exactly, or at least and at most.
  struct Written {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };

  void equations(CheckScope& scope, const ManifestRow& manifest) {
    const json list = json::parse(manifest.equations, nullptr, false);
    std::map<std::string, Written> written;
    for (const json& equation : list.is_array() ? list : json::array()) {
      ++scope.count("equations");
      const std::string name = equation.value("operator", "");
      std::int64_t sum = 0;
      const json parts = equation.value("parts", json::object());
      for (const auto& [part, count] : parts.items()) sum += count.get<std::int64_t>();
      if (const std::int64_t in = number_of(equation, "in"); in != sum) {
        scope.problem("accounting", fmt::format("{}: {} in, its parts make {}", name, in, sum),
                      manifest.manifest_id);
      }
      add_written(manifest, name, parts, written);
    }
    for (const auto& [table, rows] : written) {
      const std::int64_t stored = rows_of(sums_, table, manifest.manifest_id);
      if (stored >= rows.least && stored <= rows.most) continue;
      scope.problem("accounting",
                    fmt::format("operators say that they wrote {} rows into {}, its files hold {}",
                                rows.least, table, stored),
                    manifest.manifest_id);
    }
  }

  void add_written(const ManifestRow& manifest, const std::string& name, const json& parts,
                   std::map<std::string, Written>& written) const {
    const auto plan = state_.plans.find(manifest.plan_id);
    if (plan == state_.plans.end()) return;
    for (const PlanOperator& rule : plan->second.operators) {
      if (rule.name != name || rule.output < 0) continue;
      Written& rows = written[plan->second.tables[static_cast<std::size_t>(rule.output)].name];
      const std::int64_t sure =
          number_of(parts, "inserted") + number_of(parts, "late") + number_of(parts, "overflow");
      rows.least += sure;
      // A late row may bring out the one that follows it, which repeated what stood before.
      rows.most += sure + number_of(parts, "late");
      return;
    }
  }

  WorkspaceState& state_;
  Findings& findings_;
  const std::string& tenant_;
  const RowSums& sums_;
  Totals totals_;
};

}  // namespace

void check_accounting(WorkspaceState& state, Findings& findings, const std::string& tenant,
                      const RowSums& sums) {
  AccountingCheck(state, findings, tenant, sums).run();
}

}  // namespace assay::verify
