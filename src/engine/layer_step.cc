#include "engine/layer_step.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "engine/record_keys.h"

namespace assay::engine {
namespace {

/// The batches that an operator reads.
std::vector<fold::Input> inputs_of(const plan::OperatorRule& rule, const TableBatches& batches) {
  std::vector<fold::Input> inputs;
  for (const int table : {rule.input, rule.contents}) {
    const auto found = batches.find(table);
    if (table < 0 || found == batches.end()) continue;
    for (const column::Batch& batch : found->second) inputs.push_back({table, &batch});
  }
  return inputs;
}

Result<fold::Output> run_over(StateStore& state, const KeyedOperator& keyed,
                              const TableBatches& batches, const control::Manifest& manifest) {
  const std::vector<fold::Input> inputs = inputs_of(keyed.rule, batches);
  return run_operator(state, keyed, inputs,
                      {.tenant = manifest.tenant_id,
                       .application = manifest.application,
                       .manifest_id = manifest.manifest_id,
                       .watermark = std::nullopt});
}

void keep(fold::Output&& output, const plan::OperatorRule& rule, LayerOutput& layer) {
  for (column::Batch& batch : output.batches)
    layer.batches[rule.output].push_back(std::move(batch));
  layer.equations.emplace_back(rule.name, std::move(output.equation));
}

Result<fold::RecordDedupe::Output> dedupe(StateStore& state, const StateScope& scope,
                                          const std::vector<fold::RecordKey>& keys) {
  const fold::RecordDedupe operation;
  fold::Pages pages;
  ASSAY_TRY_VOID(state.load(scope, operation.pages(keys, pages), pages));
  fold::RecordDedupe::Output folded = operation.fold(keys, pages);
  state.stage(scope, std::move(folded.writes), {});
  folded.writes = {};
  return folded;
}

/// bronze -> silver of one manifest:
///   for each slab: take_slab = refine -> drop_duplicates -> keep rows
///   finish = fold contents (only the new ones are rows) -> fold histories
class SilverStep {
 public:
  SilverStep(StateStore& state, TenantKernel& kernel, const control::Manifest& silver)
      : state_(state), kernel_(kernel), silver_(silver) {}

  Status take_slab(const refine::Slab& slab) {
    ASSAY_TRY(refine::RefineResult result, kernel_.refiner.refine(slab));
    output_.accounting.add(result.accounting);
    ASSAY_TRY(const auto keep, choose_records(result));
    for (refine::TableBatch& table : result.batches) {
      if (is_content(table.table))
        contents_[table.table].push_back(std::move(table.batch));
      else if (keep.empty())
        output_.batches[table.table].push_back(std::move(table.batch));
      else
        output_.batches[table.table].push_back(filter_rows(table, keep));
    }
    return {};
  }

  Result<SilverOutput> finish() {
    for (const KeyedOperator& keyed : kernel_.operators) {
      if (keyed.rule.layer != "silver") continue;
      const bool content = keyed.rule.kind == plan::OperatorRule::Kind::content;
      ASSAY_TRY(fold::Output folded,
                run_over(state_, keyed, content ? contents_ : output_.batches, silver_));
      keep(std::move(folded), keyed.rule, output_);
    }
    return std::move(output_);
  }

 private:
  bool is_content(int table) const {
    return kernel_.plan->tables[static_cast<std::size_t>(table)].name.ends_with("_content");
  }

  /// Which records stay; empty = all of them. Duplicates by key and content are counted and
  /// dropped.
  Result<std::vector<bool>> choose_records(const refine::RefineResult& result) {
    std::vector<std::uint32_t> candidates;
    std::vector<fold::RecordKey> keys;
    const std::vector<bool> deduped = records_to_dedupe(result);
    for (std::size_t i = 0; i < result.records.size(); ++i) {
      if (!deduped[i]) continue;
      candidates.push_back(static_cast<std::uint32_t>(i));
      keys.push_back({result.records[i].key_hash, result.records[i].content_hash});
    }
    if (keys.empty()) return std::vector<bool>();
    ASSAY_TRY(const auto folded, dedupe(state_, kernel_.dedupe_scope, keys));
    if (folded.duplicates == 0) return std::vector<bool>();
    output_.duplicates += folded.duplicates;
    std::vector<bool> keep(result.records.size(), true);
    for (std::size_t i = 0; i < candidates.size(); ++i) keep[candidates[i]] = folded.keep[i];
    return keep;
  }

  /// A record is deduped where its root entity says so.
  std::vector<bool> records_to_dedupe(const refine::RefineResult& result) const {
    std::vector<bool> deduped(result.records.size(), false);
    for (const refine::TableBatch& table : result.batches) {
      const std::string& name = kernel_.plan->tables[static_cast<std::size_t>(table.table)].name;
      if (!name.starts_with("silver.")) continue;
      if (kernel_.dedupe_of(name.substr(7)) != plan::Dedupe::key_content) continue;
      for (const std::uint32_t record : table.record_of_row) deduped[record] = true;
    }
    return deduped;
  }

  column::Batch filter_rows(const refine::TableBatch& table, const std::vector<bool>& keep) const {
    const auto rows = table.record_of_row.size();
    const auto mask = std::make_unique<bool[]>(rows);
    const bool quarantine = table.table == kernel_.plan->quarantine_table;
    for (std::size_t row = 0; row < rows; ++row)
      mask[row] = quarantine || keep[table.record_of_row[row]];
    return column::filter(table.batch, kernel_.plan->tables[static_cast<std::size_t>(table.table)],
                          std::span(mask.get(), rows));
  }

  StateStore& state_;
  TenantKernel& kernel_;
  const control::Manifest& silver_;
  TableBatches contents_;
  SilverOutput output_;
};

}  // namespace

Result<SilverOutput> refine_manifest(Session& session, StateStore& state, TenantKernel& kernel,
                                     const control::Manifest& bronze,
                                     const control::Manifest& silver,
                                     const std::vector<Hash128>* only) {
  SilverStep step(state, kernel, silver);
  std::int64_t done = 0;
  MessageSchemas schemas(session.paths().control_db, bronze.tenant_id);
  ASSAY_TRY_VOID(read_bronze(session, bronze, only, schemas, [&](SlabBuffer& buffer) -> Status {
    refine::Slab slab = buffer.slab(silver.application, silver.manifest_id, bronze.ingest_time);
    slab.knowledge_time = silver.ingest_time;
    ASSAY_TRY_VOID(step.take_slab(slab));
    done += static_cast<std::int64_t>(slab.coordinates.size());
    session.progress(fmt::format("tenant {}: refined {} of {} records", silver.tenant_id, done,
                                 silver.record_count));
    return {};
  }));
  ASSAY_TRY(SilverOutput output, step.finish());
  output.schemas = schemas.given();
  return output;
}

Result<std::vector<std::pair<std::string, fold::Equation>>> fold_gold(
    StateStore& state, TenantKernel& kernel, const TableBatches& silver_rows,
    const control::Manifest& gold, const TableSink& sink) {
  std::map<int, int> unfinished;  // operators that are still to come, by output table
  for (const KeyedOperator& keyed : kernel.operators) {
    if (keyed.rule.layer == "gold") ++unfinished[keyed.rule.output];
  }
  LayerOutput output;
  for (const KeyedOperator& keyed : kernel.operators) {
    if (keyed.rule.layer != "gold") continue;
    ASSAY_TRY(fold::Output folded, run_over(state, keyed, silver_rows, gold));
    keep(std::move(folded), keyed.rule, output);
    if (--unfinished[keyed.rule.output] > 0) continue;
    auto finished = output.batches.extract(keyed.rule.output);
    if (!finished.empty()) {
      ASSAY_TRY_VOID(sink(keyed.rule.output, std::move(finished.mapped())));
    }
  }
  return std::move(output.equations);
}

Status fold_again(Session& session, StateStore& state, TenantKernel& kernel,
                  const control::Manifest& silver) {
  const plan::Plan& plan = *kernel.plan;
  std::set<int> tables{plan.residue_table};
  for (const plan::VersionPlan& version : plan.versions) {
    for (const plan::EntityRule& entity : version.entities) tables.insert(entity.table);
  }
  for (const KeyedOperator& keyed : kernel.operators) {
    tables.insert(keyed.rule.input);
    if (keyed.rule.contents >= 0) tables.insert(keyed.rule.contents);
  }
  TableBatches rows;
  for (const int table : tables) {
    ASSAY_TRY(auto batches,
              read_rows(session, plan.tables[static_cast<std::size_t>(table)], silver));
    if (!batches.empty()) rows[table] = std::move(batches);
  }
  for (const KeyedOperator& keyed : kernel.operators) {
    ASSAY_TRY(const fold::Output output, run_over(state, keyed, rows, silver));
    static_cast<void>(output);
  }
  const auto keys = record_keys(plan, rows);
  ASSAY_TRY(const auto folded, dedupe(state, kernel.dedupe_scope, keys));
  static_cast<void>(folded);
  return {};
}

}  // namespace assay::engine
