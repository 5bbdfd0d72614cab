#include "verify/control_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace assay::verify {
namespace {

using nlohmann::json;

constexpr std::string_view kUnrouted = "_unrouted";

void check_digests(const ControlRows& control, Findings& findings) {
  CheckScope scope(findings, {"", "", "", "control rows and their digests", {}, true});
  scope.count("digests") = control.digests;
  for (const DigestFault& fault : control.digest_faults) {
    std::string key = fault.key;
    std::replace(key.begin(), key.end(), '\n', ' ');
    scope.problem("control", fmt::format("table {}, row {}: {}", fault.table, key, fault.message),
                  fault.table == "manifest" ? fault.key : "");
  }
}

void check_plans(const ControlRows& control, Findings& findings) {
  CheckScope scope(findings, {"", "", "", "plans and their ids", {}, true});
  for (const auto& [id, text] : control.plans) {
    ++scope.count("plans");
    const std::string hash = xxh3_128(text).to_hex();
    if (hash != id) scope.problem("control", fmt::format("plan {} has the hash {}", id, hash));
  }
}

/// One tenant's manifests.
class ManifestCheck {
 public:
  ManifestCheck(const WorkspaceState& state, Findings& findings, const std::string& tenant)
      : control_(state.control),
        state_(state),
        tenant_(tenant),
        scope_(findings, {tenant, "", "", "manifests and their chain", {}, true}) {
    for (const LedgerRow& row : control_.ledger) writers_[row.epoch] = row.writer;
  }

  void run() {
    for (const ManifestRow& manifest : control_.manifests) {
      if (manifest.tenant_id != tenant_) continue;
      ++scope_.count("manifests");
      check_state(manifest);
      check_parent(manifest);
      if (is_live(manifest)) {
        check_child(manifest);
        check_tables(manifest);
      }
    }
  }

 private:
  void problem(const ManifestRow& manifest, std::string message) {
    scope_.problem("control", fmt::format("{} manifest: {}", manifest.layer, message),
                   manifest.manifest_id);
  }

  void check_state(const ManifestRow& manifest) {
    if (manifest.status != "COMPLETE") return;
    if (!manifest.end_time || *manifest.end_time < manifest.start_time) {
      problem(manifest, "it is COMPLETE but has no end after its start");
    }
    const auto writer = writers_.find(manifest.epoch);
    if (writer == writers_.end()) {
      return problem(manifest, fmt::format("its epoch {} is not in the ledger", manifest.epoch));
    }
    const std::int64_t number = std::strtoll(manifest.batch_id.c_str(), nullptr, 10);
    const std::string id =
        uuid_v5(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", manifest.tenant_id, manifest.application,
                            manifest.layer, writer->second, number, manifest.attempt));
    if (id != manifest.manifest_id)
      problem(manifest, "its id is not the hash of what it is: " + id);
    const bool worked_by_plan = manifest.layer != "bronze" && manifest.release != "discard";
    if (worked_by_plan && !control_.plans.contains(manifest.plan_id)) {
      problem(manifest, "its plan is not kept: " + manifest.plan_id);
    }
  }

  void check_parent(const ManifestRow& manifest) {
    if (manifest.layer == "bronze") {
      if (!manifest.lineage.empty()) problem(manifest, "it has a parent");
      return;
    }
    const std::string wanted = manifest.layer == "silver" ? "bronze" : "silver";
    if (manifest.lineage.size() != 1)
      return problem(manifest, "it does not have exactly one parent");
    const ManifestRow* parent = control_.manifest(manifest.lineage.front());
    if (parent == nullptr)
      return problem(manifest, "its parent is unknown: " + manifest.lineage.front());
    if (parent->layer != wanted) problem(manifest, "its parent is not of layer " + wanted);
    if (parent->tenant_id != manifest.tenant_id || parent->application != manifest.application ||
        parent->batch_id != manifest.batch_id) {
      problem(manifest, "its parent is of another tenant, application or batch");
    }
    if (manifest.status == "COMPLETE" &&
        (parent->status != "COMPLETE" || parent->epoch > manifest.epoch)) {
      problem(manifest, "it is COMPLETE before its parent");
    }
  }

  /// Every batch takes each step once; releases of refused records stand beside.
  void check_child(const ManifestRow& manifest) {
    const auto all = control_.children(manifest.manifest_id);
    const auto children = std::count_if(all.begin(), all.end(), [](const ManifestRow* child) {
      return child->layer != "silver" || child->release.empty();
    });
    const bool last = manifest.layer == "gold" || manifest.tenant_id == kUnrouted ||
                      manifest.release == "discard";
    if (children != (last ? 0 : 1))
      problem(manifest, fmt::format("it has {} current children", children));
  }

  void check_tables(const ManifestRow& manifest) {
    const json tables = json::parse(manifest.tables, nullptr, false);
    if (!tables.is_object()) return problem(manifest, "its tables are not a JSON object");
    for (const auto& [name, total] : tables.items()) {
      if (total.value("rows", std::int64_t{0}) == 0 || state_.tables.contains(name)) continue;
      problem(manifest, fmt::format("it wrote rows into {}, which cannot be read", name));
    }
  }

  const ControlRows& control_;
  const WorkspaceState& state_;
  const std::string& tenant_;
  CheckScope scope_;
  std::map<std::int64_t, std::string> writers_;
};

struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string manifest;
};

/// Ranges of one tenant's manifests by the key that the offsets have.
std::map<std::string, std::vector<Range>> ranges_of(const ControlRows& control,
                                                    const std::string& tenant, CheckScope& scope) {
  std::map<std::string, std::vector<Range>> ranges;
  for (const ManifestRow& manifest : control.manifests) {
    if (manifest.tenant_id != tenant || manifest.layer != "bronze" || !is_live(manifest)) continue;
    const json list = json::parse(manifest.ranges, nullptr, false);
    if (!list.is_array()) {
      scope.problem("control", "the manifest's ranges are not a JSON array", manifest.manifest_id);
      continue;
    }
    for (const json& range : list) {
      const std::string key = fmt::format(
          "{}/{}/{}\n{}\n{}\n{}", tenant, manifest.application, range.value("source", ""),
          range.value("source_id", ""), range.value("generation", 0), range.value("partition", 0));
      ranges[key].push_back({range.value("begin", std::int64_t{-1}),
                             range.value("end", std::int64_t{-1}), manifest.manifest_id});
    }
  }
  return ranges;
}

std::string shown(const std::string& key) {
  const auto line = key.find('\n');
  return key.substr(0, line) + " " + key.substr(line + 1, 16);
}

void check_ranges(const ControlRows& control, Findings& findings, const std::string& tenant) {
  CheckScope scope(findings, {tenant, "bronze", "", "source ranges", {}, true});
  auto ranges = ranges_of(control, tenant, scope);
  std::map<std::string, std::int64_t> offsets;
  for (const OffsetRow& row : control.offsets) {
    if (row.layer != "bronze" || !row.source.starts_with(tenant + "/")) continue;
    offsets[fmt::format("{}\n{}\n{}\n{}", row.source, row.source_id, row.generation,
                        row.partition)] = row.next_offset;
  }
  for (auto& [key, list] : ranges) {
    ++scope.count("sources");
    std::sort(list.begin(), list.end(), [](const Range& a, const Range& b) {
      return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::int64_t at = 0;
    for (const Range& range : list) {
      ++scope.count("ranges");
      if (range.begin != at || range.end < range.begin) {
        scope.problem("control",
                      fmt::format("source {}: a range is [{}, {}), the one before ends at {}",
                                  shown(key), range.begin, range.end, at),
                      range.manifest);
      }
      at = range.end;
    }
    const auto offset = offsets.find(key);
    if (offset == offsets.end() || offset->second != at) {
      scope.problem(
          "control",
          fmt::format("source {}: its ranges end at {}, its offset is {}", shown(key), at,
                      offset == offsets.end() ? "missing" : std::to_string(offset->second)));
    }
    if (offset != offsets.end()) offsets.erase(offset);
  }
  for (const auto& [key, next] : offsets) {
    if (next != 0)
      scope.problem("control",
                    fmt::format("source {}: offset {} without ranges", shown(key), next));
  }
}

}  // namespace

void check_control(WorkspaceState& state, Findings& findings) {
  check_digests(state.control, findings);
  check_plans(state.control, findings);
  for (const std::string& tenant : state.tenants) {
    ManifestCheck(state, findings, tenant).run();
    check_ranges(state.control, findings, tenant);
  }
}

}  // namespace assay::verify
