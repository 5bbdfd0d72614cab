#include "engine/bronze_epoch.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "plan/standard_tables.h"

namespace assay::engine {
namespace {

using nlohmann::json;

std::string_view view(const std::array<std::uint8_t, 32>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

json range_json(const InputRange& range) {
  json object = {{"kind", range.kind},
                 {"tenant", range.destination.tenant},
                 {"application", range.destination.application},
                 {"source", range.destination.source},
                 {"source_id", range.source_id},
                 {"generation", range.generation},
                 {"partition", range.partition},
                 {"begin", range.begin},
                 {"end", range.end},
                 {"path", range.path},
                 {"prefix_sha256", range.prefix_sha256}};
  if (range.read_from != 0) object["read_from"] = range.read_from;
  if (range.missing != 0) object["missing"] = range.missing;
  if (!range.mark.empty()) object["mark"] = range.mark;
  return object;
}

}  // namespace

Hash128 record_id_of(const Destination& destination, std::string_view source_id,
                     std::int64_t generation, std::int32_t partition, std::int64_t offset) {
  return IdentityHasher()
      .text(destination.tenant)
      .text(destination.source)
      .text(source_id)
      .number(generation)
      .number(partition)
      .number(offset)
      .finish();
}

control::SourceOffset offset_key(const Destination& destination, const std::string& source_id) {
  return {.source = fmt::format("{}/{}/{}", destination.tenant, destination.application,
                                destination.source),
          .source_id = source_id};
}

Result<BronzeEpoch> BronzeEpoch::begin(Session& session) {
  ASSAY_TRY(const std::int64_t number, session.control().next_epoch());
  return BronzeEpoch(session, number, session.now());
}

BronzeEpoch::BronzeEpoch(Session& session, std::int64_t number, Micros ingest_time)
    : session_(&session),
      number_(number),
      ingest_time_(ingest_time),
      epoch_(session, number, ingest_time),
      records_(plan::bronze_record()),
      quarantine_(plan::bronze_quarantine()) {}

bool BronzeEpoch::is_full() const {
  return totals_.bytes + header_bytes_ >= static_cast<std::int64_t>(kEpochBytes) ||
         totals_.records >= kEpochRecords;
}

BronzeEpoch::Flow& BronzeEpoch::flow_of(const Destination& destination) {
  const auto [found, fresh] = flows_.try_emplace({destination.tenant, destination.application});
  Flow& flow = found->second;
  if (!fresh) return flow;
  control::Manifest& manifest = flow.draft.manifest;
  manifest.manifest_id =
      manifest_id_of(destination.tenant, destination.application, "bronze", number_, 1);
  manifest.tenant_id = destination.tenant;
  manifest.application = destination.application;
  manifest.source_system = destination.source;
  manifest.batch_id = fmt::format("{:08}", number_);
  manifest.layer = "bronze";
  manifest.epoch = number_;
  manifest.start_time = ingest_time_;
  manifest.ingest_time = ingest_time_;
  return flow;
}

Status BronzeEpoch::add(const Destination& destination, SourcePart part,
                        const SplitRecord& record) {
  Flow& flow = flow_of(destination);
  ++flow.records;
  flow.bytes += record.length;
  ++totals_.records;
  totals_.bytes +=
      record.oversized ? static_cast<std::int64_t>(record.bytes.size()) : record.length;
  if (!record.oversized && destination.tenant != kUnroutedTenant.text()) {
    return add_record_row(destination, part, record);
  }
  ++totals_.quarantined;
  const Code code = record.oversized ? Code::json_too_large : Code::tenant_unrouted;
  ++flow.quarantined_by_code[static_cast<int>(code)];
  return add_quarantine_row(destination, part, record);
}

Status BronzeEpoch::add_record_row(const Destination& destination, SourcePart part,
                                   const SplitRecord& record) {
  MessageSchemas& schemas =
      schemas_.try_emplace(destination.tenant, session_->paths().control_db, destination.tenant)
          .first->second;
  ASSAY_TRY(const std::string_view headers, schemas.complete(record.bytes, record.headers));
  header_bytes_ += static_cast<std::int64_t>(headers.size());
  column::BatchBuilder& rows = records_;
  int column = 0;
  rows.bytes(column++, destination.tenant);
  rows.bytes(column++, destination.application);
  rows.bytes(column++, destination.source);
  rows.bytes(column++, part.source_id);
  rows.int64(column++, part.generation);
  rows.int32(column++, part.partition);
  rows.int64(column++, record.offset);
  rows.hash(column++, record_id_of(destination, part.source_id, part.generation, part.partition,
                                   record.offset));
  if (headers.empty())
    rows.null(column++);
  else
    rows.bytes(column++, headers);
  rows.bytes(column++, record.bytes);
  rows.hash(column++, xxh3_128(record.bytes));
  rows.null(
      column++);  // declared version: only an envelope outside of the payload declares one here
  rows.int64(column++, ingest_time_);
  rows.bytes(column++, flow_of(destination).draft.manifest.manifest_id);
  rows.null(column);  // key id: payloads are not encrypted
  return {};
}

Status BronzeEpoch::add_quarantine_row(const Destination& destination, SourcePart part,
                                       const SplitRecord& record) {
  const Sha256 sha = record.oversized ? record.sha256 : sha256(record.bytes);
  const std::string_view head = record.bytes.substr(0, kQuarantineInlineBytes);
  if (static_cast<std::int64_t>(head.size()) < record.length)
    ASSAY_TRY_VOID(keep_spilled(record, sha));
  const Code code = record.oversized ? Code::json_too_large : Code::tenant_unrouted;
  const std::string reason =
      record.oversized ? fmt::format("the record has {} bytes, more than the limit of {}",
                                     record.length, session_->workspace().limits.record_size_max)
                       : "no route of a source names a tenant for this input";
  column::BatchBuilder& rows = quarantine_;
  int column = 0;
  rows.bytes(column++, destination.tenant);
  rows.bytes(column++, destination.application);
  rows.bytes(column++, destination.source);
  rows.bytes(column++, part.source_id);
  rows.int64(column++, part.generation);
  rows.int32(column++, part.partition);
  rows.int64(column++, record.offset);
  rows.hash(column++, record_id_of(destination, part.source_id, part.generation, part.partition,
                                   record.offset));
  rows.int32(column++, static_cast<std::int32_t>(code));
  rows.bytes(column++, reason);
  rows.bytes(column++, "");
  rows.null(column++);
  rows.bytes(column++, head);
  rows.int64(column++, record.length);
  rows.bytes(column++, view(sha));
  rows.null(column++);
  rows.null(column++);
  rows.int64(column++, ingest_time_);
  rows.bytes(column, flow_of(destination).draft.manifest.manifest_id);
  return {};
}

/// The bytes that the table does not hold go to quarantine/<sha256>, a listed file; the same bytes
/// only once. A file of that name is whole: it gets there by a move.
Status BronzeEpoch::keep_spilled(const SplitRecord& record, const Sha256& sha256) {
  io::FileSystem& files = session_->files();
  const std::string folder = session_->paths().quarantine;
  const std::string target = fmt::format("{}/{}", folder, to_hex(sha256));
  std::string written = record.spilled;
  if (!record.oversized) {
    io::StepScope step(session_->milestones(), io::Step::staging_file);
    written = fmt::format("{}/refused-{}-{}", session_->paths().tmp, number_, record.offset);
    ASSAY_TRY_VOID(files.remove(written));  // a killed process may have left it, in part
    ASSAY_TRY_VOID(files.create(written, record.bytes));
    step.done();
  }
  ASSAY_TRY(const bool there, files.exists(target));
  if (there) {
    ASSAY_TRY_VOID(files.remove(written));
  } else {
    ASSAY_TRY_VOID(files.make_folders(folder));
    ASSAY_TRY_VOID(files.sync(written));
    ASSAY_TRY_VOID(files.move(written, target));
    ASSAY_TRY_VOID(files.sync_folder(folder));
  }
  epoch_.add_file({.path = session_->paths().relative(target),
                   .size = static_cast<std::uint64_t>(record.length),
                   .sha256 = to_hex(sha256),
                   .table = "bronze.quarantine",
                   .kind = "quarantine"});
  return {};
}

void BronzeEpoch::add_range(InputRange range) {
  flow_of(range.destination);
  ranges_.push_back(std::move(range));
}

std::string BronzeEpoch::intent_body() const {
  json ranges = json::array();
  for (const InputRange& range : ranges_) ranges.push_back(range_json(range));
  return json{{"ingest_time", std::to_string(ingest_time_)}, {"ranges", ranges}}.dump();
}

Result<BronzeEpoch::IntentBody> BronzeEpoch::parse_intent(const std::string& text) {
  const json body = json::parse(text, nullptr, false);
  if (body.is_discarded() || !body.contains("ranges")) {
    return make_error(Code::internal, "the intent of an ingest epoch is malformed");
  }
  IntentBody intent;
  intent.ingest_time = std::stoll(body.at("ingest_time").get<std::string>());
  for (const json& range : body.at("ranges")) {
    intent.ranges.push_back({.kind = range.value("kind", std::string(InputRange::kFile)),
                             .destination = {.source = range.at("source"),
                                             .tenant = range.at("tenant"),
                                             .application = range.at("application")},
                             .path = range.at("path"),
                             .source_id = range.at("source_id"),
                             .begin = range.at("begin"),
                             .end = range.at("end"),
                             .prefix_sha256 = range.at("prefix_sha256"),
                             .generation = range.value("generation", std::int64_t{0}),
                             .partition = range.value("partition", std::int32_t{0}),
                             .read_from = range.value("read_from", std::int64_t{0}),
                             .missing = range.value("missing", std::int64_t{0}),
                             .mark = range.value("mark", std::string())});
  }
  return intent;
}

/// Fills the manifests' sums from the rows that were collected.
Status BronzeEpoch::sum_up() {
  record_batches_.push_back(records_.finish());
  quarantine_batches_.push_back(quarantine_.finish());
  std::map<std::string, Flow*> flow_by_manifest;
  for (auto& [key, flow] : flows_) flow_by_manifest[flow.draft.manifest.manifest_id] = &flow;
  const auto add = [&](const column::TableSchema& schema, const column::Batch& batch) {
    if (batch.rows() == 0) return;
    const std::vector<Hash128> hashes = column::row_hashes(batch, schema);
    const column::ColumnView manifest(batch, schema.index_of_id(column::field_id::kManifestId));
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      TableTotal& total =
          flow_by_manifest.at(std::string(manifest.bytes(row)))->draft.tables[schema.name];
      ++total.rows;
      total.checksum.add(hashes[static_cast<std::size_t>(row)]);
    }
  };
  for (const column::Batch& batch : record_batches_) add(plan::bronze_record(), batch);
  for (const column::Batch& batch : quarantine_batches_) add(plan::bronze_quarantine(), batch);
  for (auto& [key, flow] : flows_) {
    control::Manifest& manifest = flow.draft.manifest;
    json codes = json::object();
    std::int64_t quarantined = 0;
    for (const auto& [code, count] : flow.quarantined_by_code) {
      codes[std::to_string(code)] = count;
      quarantined += count;
    }
    json ranges = json::array();
    for (const InputRange& range : ranges_) {
      if (range.destination.tenant == manifest.tenant_id &&
          range.destination.application == manifest.application) {
        ranges.push_back(range_json(range));
      }
    }
    manifest.ranges = ranges.dump();
    manifest.record_count = flow.records;
    manifest.accounting = json{
        {"records", flow.records},
        {"bytes", flow.bytes},
        {"quarantined", quarantined},
        {"quarantined_by_code",
         codes}}.dump();
    manifest.quality_checks = json{
        {"schema_valid", quarantined == 0},
        {"null_check_pass", true},
        {"duplicate_count", 0},
        {"quarantined", quarantined},
        {"quarantined_by_code",
         codes}}.dump();
  }
  return {};
}

Status BronzeEpoch::write_intent(std::span<const control::Manifest> processing) {
  io::StepScope step(session_->milestones(), io::Step::intent);
  ASSAY_TRY_VOID(session_->control().write_intent({.epoch = number_,
                                                   .generation = session_->lease().generation,
                                                   .writer = std::string(kWriter),
                                                   .kind = "ingest",
                                                   .body = intent_body(),
                                                   .created = ingest_time_},
                                                  processing));
  step.done();
  return {};
}

Result<BronzeTotals> BronzeEpoch::commit(const CommitOptions& options) {
  ASSAY_TRY_VOID(sum_up());
  std::vector<control::Manifest> processing;
  std::vector<ManifestDraft> completed;
  std::vector<control::Manifest> children;
  for (auto& [key, flow] : flows_) {
    flow.draft.manifest.status = control::ManifestStatus::processing;
    processing.push_back(flow.draft.manifest);
    if (key.first != kUnroutedTenant.text())
      children.push_back(silver_child_of(flow.draft.manifest));
    completed.push_back(std::move(flow.draft));
  }
  if (!options.intent_stands) ASSAY_TRY_VOID(write_intent(processing));
  session_->progress(
      fmt::format("epoch {}: writing {} records to bronze", number_, totals_.records));
  ASSAY_TRY_VOID(
      epoch_.stage(plan::bronze_record(), std::vector{&std::as_const(record_batches_.front())}));
  ASSAY_TRY_VOID(epoch_.stage(plan::bronze_quarantine(),
                              std::vector{&std::as_const(quarantine_batches_.front())}));
  std::vector<control::OffsetMove> offsets;
  std::vector<control::SourceFile> files;
  for (const InputRange& range : ranges_) {
    control::OffsetMove move{.from = offset_key(range.destination, range.source_id),
                             .to = range.end,
                             .mark = range.mark};
    move.from.generation = range.generation;
    move.from.partition = range.partition;
    move.from.next_offset = range.begin;
    offsets.push_back(std::move(move));
    if (range.kind != InputRange::kFile) continue;
    files.push_back({.source = range.destination.source,
                     .source_id = range.source_id,
                     .tenant_id = range.destination.tenant,
                     .application = range.destination.application,
                     .path = range.path,
                     .length = range.end,
                     .prefix_sha256 = range.prefix_sha256,
                     .stored_size = 0,
                     .modified = 0});
  }
  ASSAY_TRY_VOID(epoch_.commit(std::move(completed), std::move(children), std::move(offsets),
                               std::move(files)));
  totals_.epochs = 1;
  return totals_;
}

}  // namespace assay::engine
