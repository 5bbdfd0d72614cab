#include "engine/fix.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/bronze_epoch.h"
#include "engine/bronze_reader.h"
#include "engine/recovery.h"
#include "engine/release.h"
#include "plan/standard_tables.h"

namespace assay::engine {
namespace {

using nlohmann::json;

constexpr const char* kFixSource = "_fix";

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

/// All that the epoch depends on, so that it can be repeated from its intent.
struct FixBody {
  Micros time = 0;
  std::string tenant, application, payload, actor, reason;
  std::string headers;  ///< what the refused record's say of its format, a JSON object; or empty
  Refusal refusal;
  std::string refused_batch;

  std::string to_text() const {
    return json{{"time", std::to_string(time)},
                {"tenant", tenant},
                {"application", application},
                {"payload", to_hex(payload)},
                {"headers", headers},
                {"actor", actor},
                {"reason", reason},
                {"record", refusal.record_id.to_hex()},
                {"manifest", refusal.manifest_id},
                {"refused_at", std::to_string(refusal.ingest_time)},
                {"code", refusal.code},
                {"batch", refused_batch}}
        .dump();
  }

  static FixBody parse(const std::string& text) {
    const json body = json::parse(text);
    FixBody fix{.time = std::stoll(body.at("time").get<std::string>()),
                .tenant = body.at("tenant"),
                .application = body.at("application"),
                .payload = bytes_of(body.at("payload")),
                .actor = body.at("actor"),
                .reason = body.at("reason"),
                .headers = body.value("headers", std::string()),
                .refusal = {},
                .refused_batch = body.at("batch")};
    fix.refusal = {Hash128::from_bytes(bytes_of(body.at("record"))), body.at("manifest"),
                   std::stoll(body.at("refused_at").get<std::string>()), body.at("code")};
    return fix;
  }

  Destination destination() const { return {kFixSource, tenant, application}; }
  std::string source_id() const { return refusal.record_id.to_hex(); }
  Hash128 new_id() const { return record_id_of(destination(), source_id(), 0, 0, 0); }
  ReleaseOrder order() const {
    return {.action = ReleaseAction::fix, .filter = {}, .actor = actor, .reason = reason};
  }
};

std::string headers_of(const FixBody& fix) {
  json headers = fix.headers.empty() ? json::object() : json::parse(fix.headers);
  headers.update({{"supersedes", fix.source_id()}, {"actor", fix.actor}, {"reason", fix.reason}});
  return headers.dump(-1, ' ', false, json::error_handler_t::replace);
}

column::Batch record_row(const FixBody& fix, const std::string& manifest_id) {
  column::BatchBuilder rows(plan::bronze_record());
  int column = 0;
  rows.bytes(column++, fix.tenant);
  rows.bytes(column++, fix.application);
  rows.bytes(column++, kFixSource);
  rows.bytes(column++, fix.source_id());
  rows.int64(column++, 0);
  rows.int32(column++, 0);
  rows.int64(column++, 0);
  rows.hash(column++, fix.new_id());
  rows.bytes(column++, headers_of(fix));
  rows.bytes(column++, fix.payload);
  rows.hash(column++, xxh3_128(fix.payload));
  rows.null(column++);  // declared version
  rows.int64(column++, fix.time);
  rows.bytes(column++, manifest_id);
  rows.null(column);  // key id
  return rows.finish();
}

control::Manifest bronze_manifest(const FixBody& fix, std::int64_t number) {
  control::Manifest manifest;
  manifest.manifest_id = manifest_id_of(fix.tenant, fix.application, "bronze", number, 1);
  manifest.tenant_id = fix.tenant;
  manifest.application = fix.application;
  manifest.source_system = kFixSource;
  manifest.batch_id = fmt::format("{:08}", number);
  manifest.layer = "bronze";
  manifest.epoch = number;
  manifest.start_time = fix.time;
  manifest.ingest_time = fix.time;
  manifest.record_count = 1;
  manifest.ranges = json::array({{{"source", kFixSource},
                                  {"source_id", fix.source_id()},
                                  {"generation", 0},
                                  {"partition", 0},
                                  {"begin", 0},
                                  {"end", fix.payload.size()},
                                  {"path", ""}}})
                        .dump();
  json accounting = json::parse(released_accounting(fix.order(), {fix.refusal},
                                                    json{{"records", 1},
                                                         {"bytes", fix.payload.size()},
                                                         {"quarantined", 0},
                                                         {"quarantined_by_code", json::object()}}
                                                        .dump()));
  accounting["released_batch"] = fix.refused_batch;
  manifest.accounting = accounting.dump();
  manifest.quality_checks =
      json{{"schema_valid", true}, {"null_check_pass", true}, {"duplicate_count", 0}}.dump();
  return manifest;
}

Status write_intent(Session& session, const FixBody& fix, std::int64_t number,
                    const control::Manifest& manifest) {
  io::StepScope step(session.milestones(), io::Step::intent);
  ASSAY_TRY_VOID(session.control().write_intent({.epoch = number,
                                                 .generation = session.lease().generation,
                                                 .writer = std::string(kWriter),
                                                 .kind = "fix",
                                                 .body = fix.to_text(),
                                                 .created = fix.time},
                                                std::vector{manifest}));
  step.done();
  return {};
}

Status commit(Session& session, const FixBody& fix, std::int64_t number,
              control::Manifest manifest) {
  Epoch epoch(session, number, fix.time);
  ManifestDraft draft{.manifest = std::move(manifest), .tables = {}, .equations = {}};
  const column::Batch record = record_row(fix, draft.manifest.manifest_id);
  const column::Batch release =
      release_rows(draft.manifest, fix.order(), {fix.refusal}, fix.time, fix.new_id());
  draft.add_rows(plan::bronze_record(), record);
  draft.add_rows(plan::quarantine_release(), release);
  ASSAY_TRY_VOID(epoch.stage(plan::bronze_record(), std::vector{&record}));
  ASSAY_TRY_VOID(epoch.stage(plan::quarantine_release(), std::vector{&release}));
  // The offset makes a second fix of the same record fail: what is wrong then is the new record.
  control::OffsetMove move{.from = offset_key(fix.destination(), fix.source_id()),
                           .to = static_cast<std::int64_t>(fix.payload.size())};
  control::Manifest child = silver_child_of(draft.manifest);
  ASSAY_TRY_VOID(epoch.commit({std::move(draft)}, {std::move(child)}, {std::move(move)}, {}));
  io::StepScope acknowledge(session.milestones(), io::Step::acknowledge);
  acknowledge.done();
  return {};
}

/// A row of CSV or a value of Avro stays one: the members of the refused record's headers that say
/// so. A new payload that is a JSON object speaks for itself.
Result<std::string> format_headers(Session& session, const control::Manifest& refuser,
                                   const FixBody& fix) {
  if (fix.payload.starts_with('{') || refuser.layer != "silver" || refuser.lineage.empty())
    return std::string();
  ASSAY_TRY(const control::Manifest bronze, session.control().manifest(refuser.lineage.front()));
  ASSAY_TRY(const std::string text, read_headers(session, bronze, fix.refusal.record_id));
  const json headers = json::parse(text, nullptr, false);
  json kept = json::object();
  if (!headers.is_object() || headers.value("assay.format", "") == "damaged") return std::string();
  for (const auto& [name, value] : headers.items()) {
    if (name.starts_with("assay.")) kept[name] = value;
  }
  return kept.empty() ? std::string() : kept.dump();
}

/// The one refusal that the request means, in one tenant's quarantine; nothing where there is none.
Result<std::optional<FixBody>> find(Session& session, const std::string& tenant,
                                    const FixRequest& request) {
  ASSAY_TRY(const std::string relation,
            quarantine_relation(session.files(), session.control(), tenant));
  ASSAY_TRY(const auto rows,
            session.parquet().rows(fmt::format(
                "SELECT lower(hex(record_id)), manifest_id, epoch_us(ingest_time), code, "
                "application FROM {} WHERE {} LIMIT 2",
                relation, condition_of({.record = request.record}))));
  if (rows.empty()) return std::optional<FixBody>();
  if (rows.size() > 1) {
    return make_error(Code::usage, fmt::format("several records begin with \"{}\"", request.record),
                      "Give more of the id.");
  }
  const auto text = [&](std::size_t column) { return rows.front().at(column).value_or(""); };
  ASSAY_TRY(const control::Manifest refuser, session.control().manifest(text(1)));
  FixBody fix{.time = session.now(),
              .tenant = tenant,
              .application = text(4),
              .payload = request.payload,
              .actor = request.actor,
              .reason = request.reason,
              .refusal = {},
              .refused_batch = refuser.batch_id};
  fix.refusal = {Hash128::from_bytes(bytes_of(text(0))), text(1), std::stoll(text(2)),
                 std::stoi(text(3))};
  ASSAY_TRY(fix.headers, format_headers(session, refuser, fix));
  return std::optional(std::move(fix));
}

Result<FixBody> find_in_all(Session& session, const FixRequest& request) {
  std::vector<std::string> tenants{request.tenant};
  if (request.tenant.empty()) {
    tenants = session.workspace().tenants();
    tenants.push_back(kUnroutedTenant.text());
  }
  for (const std::string& tenant : tenants) {
    ASSAY_TRY(auto found, find(session, tenant, request));
    if (!found) continue;
    if (tenant != kUnroutedTenant.text()) return *std::move(found);
    return make_error(Code::usage, "no route says whose record this is, so that it cannot be fixed",
                      "Add the route and ingest the input again; then discard these records.");
  }
  return make_error(Code::row_unknown,
                    fmt::format("no record in quarantine begins with \"{}\"", request.record),
                    "List them: assay quarantine list");
}

}  // namespace

Result<Fixed> fix(Session& session, const FixRequest& request) {
  if (request.payload.empty()) return make_error(Code::usage, "the new payload is empty");
  if (request.payload.size() > session.workspace().limits.record_size_max) {
    return make_error(
        Code::json_too_large,
        fmt::format("the new payload has {} bytes, more than the limit of {}",
                    request.payload.size(), session.workspace().limits.record_size_max));
  }
  ASSAY_TRY(const Recovery recovery, recover(session));
  if (recovery.given_up) return unexpected(Error(*recovery.given_up));
  ASSAY_TRY(const FixBody body, find_in_all(session, request));
  ASSAY_TRY(const std::int64_t number, session.control().next_epoch());
  const control::Manifest manifest = bronze_manifest(body, number);
  ASSAY_TRY_VOID(write_intent(session, body, number, manifest));
  ASSAY_TRY_VOID(commit(session, body, number, manifest));
  return Fixed{body.tenant, body.refusal.record_id, body.new_id(), manifest.manifest_id};
}

Status repeat_fix(Session& session, const control::Intent& intent) {
  const FixBody body = FixBody::parse(intent.body);
  return commit(session, body, intent.epoch, bronze_manifest(body, intent.epoch));
}

}  // namespace assay::engine
