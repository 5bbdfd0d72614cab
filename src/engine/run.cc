#include "engine/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "engine/bronze_epoch.h"
#include "engine/epoch.h"
#include "engine/layer_step.h"
#include "engine/mart.h"
#include "engine/memory.h"
#include "engine/recovery.h"
#include "engine/release.h"
#include "engine/sweep.h"
#include "engine/tenant_kernel.h"
#include "plan/standard_tables.h"

namespace assay::engine {
namespace {

using nlohmann::json;

constexpr int kLostRacesMax = 100;  ///< with commands, in one draining

control::Manifest gold_child(const control::Manifest& silver) {
  control::Manifest gold;
  gold.manifest_id = manifest_id_of(silver.tenant_id, silver.application, "gold",
                                    std::stoll(silver.batch_id), silver.attempt);
  gold.tenant_id = silver.tenant_id;
  gold.application = silver.application;
  gold.source_system = silver.source_system;
  gold.batch_id = silver.batch_id;
  gold.layer = "gold";
  gold.lineage = {silver.manifest_id};
  gold.attempt = silver.attempt;
  gold.ingest_time = silver.ingest_time;
  gold.record_count = silver.record_count;
  return gold;
}

std::int64_t input_bytes(const control::Manifest& bronze) {
  const json accounting = json::parse(bronze.accounting, nullptr, false);
  return accounting.is_object() ? accounting.value("bytes", std::int64_t{0}) : 0;
}

/// A silver manifest, its gold child and its bronze parent.
struct Chain {
  control::Manifest bronze;
  control::Manifest silver;
  control::Manifest gold;
  std::optional<ReleaseOrder> order;  ///< of a release

  /// What is discarded gives gold nothing.
  bool is_discard() const { return order && order->action == ReleaseAction::discard; }
  std::vector<control::Manifest*> worked_on() {
    return is_discard() ? std::vector{&silver} : std::vector{&silver, &gold};
  }
};

std::string intent_body(const Session& session, const std::vector<Chain>& chains, Micros time) {
  json manifests = json::array();
  for (const Chain& chain : chains) manifests.push_back(chain.silver.manifest_id);
  return json{{"time", std::to_string(time)},
              {"silver_manifests", manifests},
              {"workspace", session.in_force().version},
              {"plans", session.in_force().plan_of_tenant}}
      .dump();
}

/// One after the other: a batch before the next, its own step before its releases.
bool is_before(const control::Manifest& a, const control::Manifest& b) {
  return std::tie(a.batch_id, a.attempt, a.manifest_id) <
         std::tie(b.batch_id, b.attempt, b.manifest_id);
}

std::vector<Hash128> ids_of(const std::vector<Refusal>& refusals) {
  std::vector<Hash128> ids;
  for (const Refusal& refusal : refusals) ids.push_back(refusal.record_id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// The loop of `assay run`:
///   catch_up (state behind the last commit) -> while choose gives chains:
///     take over what was applied meanwhile -> begin (intent) -> make (each chain's refine, fold
///     and marts, then commit) -> settle (apply state)
/// A chain that fails takes its tenant out of this run; the others go on.
class Run {
 public:
  explicit Run(Session& session) : session_(session) {}

  Status open() {
    ASSAY_TRY(state_, session_.state());
    return catch_up();
  }

  Result<RunReport> drain(const Refinery::Options& options) {
    report_ = {};
    left_out_ = options.left_out;
    int lost_races = 0;
    for (;;) {
      ASSAY_TRY(const bool renewed, session_.refresh());
      if (renewed) kernels_.clear();
      ASSAY_TRY(auto chains, choose());
      if (chains.empty()) return std::move(report_);
      ASSAY_TRY(const std::int64_t number, session_.control().next_epoch());
      const Micros time = session_.now();
      if (auto status = begin(chains, number, time); !status) {
        // A flow was paused between the two: what is left is chosen anew.
        if (status.error().code == Code::manifest_state && ++lost_races < kLostRacesMax) continue;
        return unexpected(std::move(status).error());
      }
      Epoch epoch(session_, number, time);
      RunReport sums;
      if (auto status = make(std::move(chains), epoch, sums); !status) {
        if (is_passing(status.error())) return unexpected(std::move(status).error());
        ASSAY_TRY_VOID(give_up(epoch, status.error()));
        if (current_tenant_.empty()) return unexpected(std::move(status).error());
        continue;
      }
      ASSAY_TRY_VOID(settle(number, sums));
    }
  }

  Status repeat(const control::Intent& intent) {
    const json body = json::parse(intent.body);
    if (body.contains("workspace")) {
      ASSAY_TRY_VOID(session_.go_back(body.at("workspace").get<std::int64_t>(),
                                      body.at("plans").get<std::map<std::string, std::string>>()));
      kernels_.clear();
    }
    std::vector<Chain> chains;
    for (const json& id : body.at("silver_manifests")) {
      ASSAY_TRY(control::Manifest silver, session_.control().manifest(id.get<std::string>()));
      ASSAY_TRY(Chain chain, chain_of(std::move(silver)));
      chains.push_back(std::move(chain));
    }
    const Micros time = std::stoll(body.at("time").get<std::string>());
    place(chains, intent.epoch, time);
    Epoch epoch(session_, intent.epoch, time);
    RunReport sums;
    ASSAY_TRY_VOID(make(std::move(chains), epoch, sums));
    return settle(intent.epoch, sums);
  }

 private:
  Result<TenantKernel*> kernel_of(const std::string& tenant) {
    auto& kernel = kernels_[tenant];
    if (kernel == nullptr) {
      const auto& plans = session_.in_force().plan_of_tenant;
      const auto plan = plans.find(tenant);
      if (plan == plans.end()) {
        return make_error(Code::tenant_unknown,
                          fmt::format("tenant \"{}\" has no applied plan", tenant),
                          "Run: assay apply");
      }
      ASSAY_TRY(TenantKernel opened, TenantKernel::open(session_, tenant, plan->second));
      kernel = std::make_unique<TenantKernel>(std::move(opened));
    }
    return kernel.get();
  }

  /// Folds what was committed but is not in the state store (after a crash, or a deleted folder).
  Status catch_up() {
    ASSAY_TRY(const std::int64_t applied, state_->applied_epoch());
    ASSAY_TRY(const auto epochs, session_.control().committed_epochs_after(applied));
    if (epochs.empty()) return {};
    ASSAY_TRY(auto manifests,
              session_.control().manifests({.tenant_id = {},
                                            .layer = "silver",
                                            .application = {},
                                            .status = control::ManifestStatus::complete,
                                            .limit = {}}));
    std::stable_sort(manifests.begin(), manifests.end(), [](const auto& a, const auto& b) {
      return std::pair(a.epoch, a.manifest_id) < std::pair(b.epoch, b.manifest_id);
    });
    for (const std::int64_t epoch : epochs) {
      bool touched = false;
      for (const control::Manifest& silver : manifests) {
        if (silver.epoch != epoch || is_discard(silver)) continue;
        session_.progress(fmt::format("state: folding epoch {} again", epoch));
        ASSAY_TRY(TenantKernel* const kernel, kernel_of(silver.tenant_id));
        ASSAY_TRY_VOID(fold_again(session_, *state_, *kernel, silver));
        touched = true;
      }
      if (touched) ASSAY_TRY_VOID(state_->apply(epoch));
    }
    return {};
  }

  static bool is_discard(const control::Manifest& silver) {
    const auto order = order_of(silver);
    return order && order->action == ReleaseAction::discard;
  }

  Result<Chain> chain_of(control::Manifest silver) {
    ASSAY_TRY(control::Manifest bronze, session_.control().manifest(silver.lineage.at(0)));
    control::Manifest gold = gold_child(silver);
    auto order = order_of(silver);
    return Chain{std::move(bronze), std::move(silver), std::move(gold), std::move(order)};
  }

  /// Those that wait or failed, in their order; nothing of a flow that is paused.
  Result<std::vector<control::Manifest>> waiting() {
    std::vector<control::Manifest> waiting;
    for (const auto status : {control::ManifestStatus::received, control::ManifestStatus::failed}) {
      ASSAY_TRY(auto found, session_.control().manifests({.tenant_id = {},
                                                          .layer = "silver",
                                                          .application = {},
                                                          .status = status,
                                                          .limit = {}}));
      std::move(found.begin(), found.end(), std::back_inserter(waiting));
    }
    ASSAY_TRY(const auto paused, session_.control().paused_flows());
    std::erase_if(waiting, [&](const control::Manifest& silver) {
      return control::is_paused(paused, silver);
    });
    std::sort(waiting.begin(), waiting.end(), is_before);
    return waiting;
  }

  /// The oldest waiting manifests, up to an epoch's bytes; those of failed tenants are left out. Of
  /// one batch there is one an epoch, since a release looks at what earlier steps have committed.
  Result<std::vector<Chain>> choose() {
    std::vector<Chain> chains;
    std::set<std::string> batches;
    std::int64_t bytes = 0;
    std::int64_t records = 0;
    ASSAY_TRY(auto manifests, waiting());
    for (control::Manifest& silver : manifests) {
      if (report_.failed_tenants.contains(silver.tenant_id)) continue;
      if (left_out_.contains(silver.tenant_id)) continue;
      if (!batches.insert(silver.lineage.at(0)).second) continue;
      ASSAY_TRY(Chain chain, chain_of(std::move(silver)));
      bytes += input_bytes(chain.bronze);
      records += chain.bronze.record_count;
      const bool over = bytes > static_cast<std::int64_t>(kEpochBytes) || records > kEpochRecords;
      if (!chains.empty() && over) break;
      chains.push_back(std::move(chain));
    }
    return chains;
  }

  static void place(std::vector<Chain>& chains, std::int64_t number, Micros time) {
    for (Chain& chain : chains) {
      for (control::Manifest* manifest : chain.worked_on()) {
        manifest->epoch = number;
        manifest->start_time = time;
        manifest->status = control::ManifestStatus::processing;
        // Nobody knew the rows of a release before: they are known from its epoch on.
        if (chain.order) manifest->ingest_time = time;
      }
    }
  }

  Status begin(std::vector<Chain>& chains, std::int64_t number, Micros time) {
    place(chains, number, time);
    std::vector<control::Manifest> processing;
    for (Chain& chain : chains) {
      for (const control::Manifest* manifest : chain.worked_on()) processing.push_back(*manifest);
    }
    io::StepScope step(session_.milestones(), io::Step::intent);
    ASSAY_TRY_VOID(session_.control().write_intent({.epoch = number,
                                                    .generation = session_.lease().generation,
                                                    .writer = std::string(kWriter),
                                                    .kind = "run",
                                                    .body = intent_body(session_, chains, time),
                                                    .created = time},
                                                   processing));
    step.done();
    return {};
  }

  /// Everything up to the control transaction, which makes it true.
  Status make(std::vector<Chain> chains, Epoch& epoch, RunReport& sums) {
    std::vector<ManifestDraft> completed;
    for (Chain& chain : chains) {
      current_tenant_ = chain.silver.tenant_id;
      if (chain.is_discard()) {
        ASSAY_TRY_VOID(discard(chain, epoch, completed, sums));
      } else {
        ASSAY_TRY_VOID(process_chain(chain, epoch, completed, sums));
      }
    }
    current_tenant_.clear();
    return epoch.commit(std::move(completed), {}, {}, {});
  }

  /// What follows the commit; after an error here the next start catches up.
  Status settle(std::int64_t number, const RunReport& sums) {
    io::StepScope state_step(session_.milestones(), io::Step::state);
    ASSAY_TRY_VOID(state_->apply(number));
    state_step.done();
    give_back_memory();
    io::StepScope acknowledge(session_.milestones(), io::Step::acknowledge);
    add_up(sums);
    acknowledge.done();
    return {};
  }

  /// Writes down which refusals a release ends; sets how many records the chain is about.
  Status stage_release(Chain& chain, const std::vector<Refusal>& refusals, Epoch& epoch,
                       ManifestDraft& draft) {
    const auto count = static_cast<std::int64_t>(refusals.size());
    chain.silver.record_count = chain.gold.record_count = count;
    draft.manifest.record_count = count;
    draft.manifest.accounting =
        released_accounting(*chain.order, refusals, draft.manifest.accounting);
    const column::Batch rows =
        release_rows(chain.silver, *chain.order, refusals, chain.silver.ingest_time);
    if (rows.rows() == 0) return {};
    draft.add_rows(plan::quarantine_release(), rows);
    return epoch.stage(plan::quarantine_release(), std::vector{&rows});
  }

  Status discard(Chain& chain, Epoch& epoch, std::vector<ManifestDraft>& completed,
                 RunReport& sums) {
    ASSAY_TRY(const auto refusals, select_refusals(session_, chain.bronze, *chain.order));
    refine::Accounting accounting;
    accounting.records = static_cast<std::int64_t>(refusals.size());
    ManifestDraft draft{.manifest = chain.silver, .tables = {}, .equations = {}};
    draft.manifest.accounting = accounting_json(accounting, 0);
    draft.manifest.quality_checks = quality_json(accounting, 0);
    ASSAY_TRY_VOID(stage_release(chain, refusals, epoch, draft));
    sums.discarded += accounting.records;
    completed.push_back(std::move(draft));
    return {};
  }

  /// bronze -> silver of a chain: of all its records, or of those that a release selects.
  Result<SilverOutput> refine_chain(Chain& chain, TenantKernel& kernel, Epoch& epoch,
                                    ManifestDraft& draft, RunReport& sums) {
    std::vector<Refusal> refusals;
    if (chain.order) {
      ASSAY_TRY(refusals, select_refusals(session_, chain.bronze, *chain.order));
    }
    const std::vector<Hash128> only = ids_of(refusals);
    ASSAY_TRY(SilverOutput silver, refine_manifest(session_, *state_, kernel, chain.bronze,
                                                   chain.silver, chain.order ? &only : nullptr));
    draft.manifest.plan_id = kernel.plan_id;
    draft.manifest.accounting =
        accounting_json(silver.accounting, silver.duplicates, silver.schemas);
    VariantCounts variants;
    for (const auto& [table, batches] : silver.batches) {
      for (const column::Batch& batch : batches)
        count_variants(kernel.plan->tables[static_cast<std::size_t>(table)], batch, variants);
    }
    draft.manifest.quality_checks = quality_json(silver.accounting, silver.duplicates, variants);
    for (const auto& [column, count] : variants) sums.variants[column] += count;
    draft.equations = std::move(silver.equations);
    if (chain.order) {
      ASSAY_TRY_VOID(stage_release(chain, refusals, epoch, draft));
      sums.reprocessed += silver.accounting.records;
      sums.cured += silver.accounting.refined;
    }
    return silver;
  }

  Status process_chain(Chain& chain, Epoch& epoch, std::vector<ManifestDraft>& completed,
                       RunReport& sums) {
    ASSAY_TRY(TenantKernel* const kernel, kernel_of(chain.silver.tenant_id));
    ManifestDraft silver_draft{.manifest = chain.silver, .tables = {}, .equations = {}};
    ASSAY_TRY(SilverOutput silver, refine_chain(chain, *kernel, epoch, silver_draft, sums));
    for (auto& [table, batches] : silver.batches) {
      ASSAY_TRY_VOID(stage_table(*kernel, table, batches, epoch, silver_draft, sums));
    }
    silver.batches.erase(kernel->plan->residue_table);  // nothing reads these any more
    silver.batches.erase(kernel->plan->quarantine_table);

    give_back_memory();  // what refining used, before folding takes as much
    session_.progress(fmt::format("tenant {}: folding gold", chain.silver.tenant_id));
    ManifestDraft gold_draft{.manifest = chain.gold, .tables = {}, .equations = {}};
    gold_draft.manifest.plan_id = kernel->plan_id;
    gold_draft.manifest.quality_checks = silver_draft.manifest.quality_checks;
    const auto sink = [&](int table, std::vector<column::Batch> batches) {
      return stage_table(*kernel, table, batches, epoch, gold_draft, sums);
    };
    ASSAY_TRY(gold_draft.equations, fold_gold(*state_, *kernel, silver.batches, chain.gold, sink));
    give_back_memory();  // what folding used, before the marts
    ASSAY_TRY_VOID(
        make_marts(session_, epoch, *kernel->plan, std::move(silver.batches), chain.gold, sink));

    ++sums.manifests;
    sums.records += silver.accounting.records;
    sums.refined += silver.accounting.refined - silver.duplicates;
    sums.quarantined += silver.accounting.quarantined;
    sums.duplicates += silver.duplicates;
    sums.masters_seen += silver.accounting.masters_seen;
    sums.bytes += silver.accounting.bytes;
    for (const auto& [code, count] : silver.accounting.quarantined_by_code)
      sums.quarantined_by_code[code] += count;
    completed.push_back(std::move(silver_draft));
    completed.push_back(std::move(gold_draft));
    return {};
  }

  Status stage_table(const TenantKernel& kernel, int table,
                     const std::vector<column::Batch>& batches, Epoch& epoch, ManifestDraft& draft,
                     RunReport& sums) {
    const column::TableSchema& schema = kernel.plan->tables[static_cast<std::size_t>(table)];
    std::vector<const column::Batch*> pointers;
    for (const column::Batch& batch : batches) {
      draft.add_rows(schema, batch);
      sums.rows_by_table[schema.name] += batch.rows();
      pointers.push_back(&batch);
    }
    session_.progress(fmt::format("tenant {}: writing {}", kernel.plan->tenant, schema.name));
    return epoch.stage(schema, pointers);
  }

  /// The epoch's manifests fail. Of a tenant's error only that tenant is left out from here on; one
  /// of the lake stops the run.
  Status give_up(Epoch& epoch, const Error& error) {
    state_->discard();
    ASSAY_TRY_VOID(session_.control().fail_epoch(epoch.number(), error.to_text(), session_.now()));
    ASSAY_TRY_VOID(epoch.take_back());
    if (current_tenant_.empty()) return {};
    kernels_.erase(current_tenant_);
    report_.failed_tenants[current_tenant_] = error.to_text();
    return {};
  }

  void add_up(const RunReport& sums) {
    ++report_.epochs;
    report_.reprocessed += sums.reprocessed;
    report_.cured += sums.cured;
    report_.discarded += sums.discarded;
    report_.manifests += sums.manifests;
    report_.records += sums.records;
    report_.refined += sums.refined;
    report_.quarantined += sums.quarantined;
    report_.duplicates += sums.duplicates;
    report_.masters_seen += sums.masters_seen;
    report_.bytes += sums.bytes;
    for (const auto& [code, count] : sums.quarantined_by_code)
      report_.quarantined_by_code[code] += count;
    for (const auto& [column, count] : sums.variants) report_.variants[column] += count;
    for (const auto& [table, count] : sums.rows_by_table) report_.rows_by_table[table] += count;
  }

  Session& session_;
  StateStore* state_ = nullptr;
  std::map<std::string, std::unique_ptr<TenantKernel>> kernels_;
  std::set<std::string> left_out_;
  std::string current_tenant_;  // whose step is running, for the blame
  RunReport report_;
};

}  // namespace

Result<RunReport> run(Session& session) {
  ASSAY_TRY(Recovery recovery, recover(session));
  ASSAY_TRY_VOID(queue_curable(session));
  ASSAY_TRY(Refinery refinery, Refinery::open(session));
  ASSAY_TRY(RunReport report, refinery.drain({}));
  report.recovery = std::move(recovery);
  return report;
}

struct Refinery::Impl {
  Run run;
};

Refinery::Refinery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Refinery::~Refinery() = default;
Refinery::Refinery(Refinery&&) noexcept = default;
Refinery& Refinery::operator=(Refinery&&) noexcept = default;

Result<Refinery> Refinery::open(Session& session) {
  auto impl = std::make_unique<Impl>(Run(session));
  ASSAY_TRY_VOID(impl->run.open());
  return Refinery(std::move(impl));
}

Result<RunReport> Refinery::drain(const Options& options) { return impl_->run.drain(options); }

Status repeat_run(Session& session, const control::Intent& intent) {
  Run run(session);
  ASSAY_TRY_VOID(run.open());
  const control::InForce now = session.in_force();
  ASSAY_TRY_VOID(run.repeat(intent));
  // The epoch was repeated by what it began with; what comes after goes by what is in force.
  return session.go_back(now.version, now.plan_of_tenant);
}

}  // namespace assay::engine
