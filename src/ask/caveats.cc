#include "ask/caveats.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

namespace assay::ask {
namespace {

using control::Manifest;
using control::ManifestStatus;

std::int64_t number_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// "A2103" and what it means.
std::string reason_of(const std::string& code) {
  int number = 0;
  std::from_chars(code.data(), code.data() + code.size(), number);
  for (const ErrorRow& row : error_rows()) {
    if (static_cast<int>(row.code) == number) return std::string(row.doc);
  }
  return "code " + code;
}

/// Where every batch stands: a batch is one bronze manifest and its silver and gold ones.
using BatchKey = std::pair<std::string, std::string>;  // application, batch id
BatchKey batch_of(const Manifest& manifest) { return {manifest.application, manifest.batch_id}; }

struct Quarantined {
  std::map<std::string, std::int64_t> by_code;
  std::vector<std::string> manifests;
};

/// What is in quarantine of one batch: refused by one of its steps, and not released by a later
/// one.
struct BatchRefusals {
  std::map<std::string, std::int64_t> by_code;
  std::vector<std::string> manifests;
  std::int64_t refined = 0;
};

void add_codes(const nlohmann::json& accounting, const char* key, std::int64_t sign,
               std::map<std::string, std::int64_t>& by_code) {
  const auto counts = accounting.find(key);
  if (counts == accounting.end() || !counts->is_object()) return;
  for (const auto& [code, count] : counts->items()) {
    if (count.is_number_integer()) by_code[code] += sign * count.get<std::int64_t>();
  }
}

std::map<BatchKey, BatchRefusals> refusals_by_batch(const std::vector<Manifest>& manifests) {
  std::map<BatchKey, BatchRefusals> refusals;
  for (const Manifest& manifest : manifests) {
    if (manifest.status != ManifestStatus::complete) continue;
    const auto accounting = nlohmann::json::parse(manifest.accounting, nullptr, false);
    if (!accounting.is_object()) continue;
    const bool fix = manifest.layer == "bronze" && accounting.contains("released_batch");
    if (manifest.layer != "silver" && !fix) continue;
    const BatchKey batch =
        fix ? BatchKey{manifest.application, accounting["released_batch"]} : batch_of(manifest);
    BatchRefusals& found = refusals[batch];
    add_codes(accounting, "released_by_code", -1, found.by_code);
    if (fix) continue;
    found.refined += number_at(accounting, "refined");
    add_codes(accounting, "quarantined_by_code", 1, found.by_code);
    if (number_at(accounting, "quarantined") > 0) found.manifests.push_back(manifest.manifest_id);
  }
  return refusals;
}

Quarantined quarantined(const std::vector<Manifest>& manifests, const std::set<BatchKey>& batches) {
  Quarantined result;
  for (const auto& [batch, refusals] : refusals_by_batch(manifests)) {
    if (!batches.contains(batch) && refusals.refined > 0) continue;
    std::int64_t records = 0;
    for (const auto& [code, count] : refusals.by_code) {
      if (count <= 0) continue;
      result.by_code[code] += count;
      records += count;
    }
    if (records == 0) continue;
    result.manifests.insert(result.manifests.end(), refusals.manifests.begin(),
                            refusals.manifests.end());
  }
  return result;
}

std::string plural(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

void add_quarantined(std::vector<Caveat>& caveats, const Quarantined& found) {
  Caveat caveat{.kind = "quarantined", .text = "", .records = 0, .manifests = found.manifests};
  std::vector<std::string> reasons;
  for (const auto& [code, count] : found.by_code) {
    caveat.records += count;
    reasons.push_back(fmt::format("{} A{} ({})", count, code, reason_of(code)));
  }
  if (caveat.records == 0) return;
  caveat.text = fmt::format("{} of these batches {} in quarantine and not in the answer: {}",
                            plural(caveat.records, "record"), caveat.records == 1 ? "is" : "are",
                            fmt::join(reasons, ", "));
  caveats.push_back(std::move(caveat));
}

/// A batch that waits counts once, however many of its layers do.
void add_incomplete(std::vector<Caveat>& caveats, const std::vector<Manifest>& manifests,
                    ManifestStatus status) {
  Caveat caveat;
  std::map<BatchKey, std::int64_t> records;
  std::string error;
  for (const Manifest& manifest : manifests) {
    if (manifest.status != status) continue;
    caveat.manifests.push_back(manifest.manifest_id);
    auto& count = records[batch_of(manifest)];
    count = std::max(count, manifest.record_count);
    if (error.empty()) error = manifest.error;
  }
  if (caveat.manifests.empty()) return;
  for (const auto& [batch, count] : records) caveat.records += count;
  const std::string what = fmt::format("{} in {} batch{}", plural(caveat.records, "record"),
                                       records.size(), records.size() == 1 ? "" : "es");
  switch (status) {
    case ManifestStatus::received:
      caveat.kind = "waiting";
      caveat.text = fmt::format("{} arrived but not yet in the answer: run `assay run`", what);
      break;
    case ManifestStatus::processing:
      caveat.kind = "processing";
      caveat.text = fmt::format("{} are being worked on and not yet in the answer", what);
      break;
    case ManifestStatus::failed:
      caveat.kind = "failed";
      caveat.text = fmt::format("{} failed and are not in the answer{}", what,
                                error.empty() ? "" : ": " + error);
      break;
    case ManifestStatus::paused:
      caveat.kind = "paused";
      caveat.text = fmt::format("{} are paused and not in the answer", what);
      break;
    case ManifestStatus::complete: return;
  }
  caveats.push_back(std::move(caveat));
}

}  // namespace

Result<Provenance> provenance(control::Database& control, const ProvenanceRequest& request) {
  control::ManifestFilter filter;
  filter.tenant_id = request.tenant.text();
  ASSAY_TRY(std::vector<Manifest> manifests, control.manifests(filter));
  std::erase_if(manifests, [&](const Manifest& manifest) {
    return !manifest.current || (request.known_at && manifest.ingest_time > *request.known_at);
  });
  std::sort(manifests.begin(), manifests.end(), [](const Manifest& a, const Manifest& b) {
    return std::tie(a.epoch, a.manifest_id) < std::tie(b.epoch, b.manifest_id);
  });
  Provenance result;
  std::set<BatchKey> batches;
  for (const Manifest& manifest : manifests) {
    if (manifest.layer != "gold" || manifest.status != ManifestStatus::complete) continue;
    result.knowledge_frontier =
        std::max(result.knowledge_frontier.value_or(manifest.ingest_time), manifest.ingest_time);
    if (request.touched && !request.touched->contains(manifest.manifest_id)) continue;
    result.manifests.push_back(manifest.manifest_id);
    batches.insert(batch_of(manifest));
  }
  add_quarantined(result.caveats, quarantined(manifests, batches));
  for (const ManifestStatus status : {ManifestStatus::received, ManifestStatus::processing,
                                      ManifestStatus::failed, ManifestStatus::paused}) {
    add_incomplete(result.caveats, manifests, status);
  }
  return result;
}

}  // namespace assay::ask
