#include "engine/trial.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <utility>

#include "engine/bronze_reader.h"
#include "engine/trial_metrics.h"
#include "engine/trial_rows.h"
#include "lake/lake.h"
#include "plan/standard_tables.h"
#include "refine/refine.h"

namespace assay::engine {
namespace {

constexpr std::string_view kTrialManifest = "trial";

Result<std::string> bronze_rows(io::FileSystem& files, control::Database& control,
                                const TrialRequest& request) {
  std::vector<std::string> paths;
  ASSAY_TRY(const auto location, control.table_location(plan::bronze_record().name));
  if (location) {
    ASSAY_TRY(const auto scan,
              lake::plan(files, *location, lake::TenantScope{TenantId(request.tenant)}));
    for (const lake::DataFile& file : scan.files) paths.push_back(file.path);
  }
  return fmt::format(
      "(SELECT * FROM ({}) WHERE tenant_id = {} AND ingest_time >= TIMESTAMPTZ '{}')",
      parquet::scan_sql(plan::bronze_record(), paths), parquet::sql_literal(request.tenant),
      format_instant(request.since));
}

/// One side's half of the kernel, and what it made of the slab at hand.
class Side {
 public:
  static Result<Side> open(const TrialSide& side, std::string name) {
    auto shared = std::make_shared<const plan::Plan>(side.plan);
    ASSAY_TRY(auto refiner, refine::Refiner::open(shared));
    return Side{*side.workspace, std::move(shared), std::move(refiner), std::move(name)};
  }

  Status refine(const refine::Slab& slab) {
    ASSAY_TRY(result, refiner.refine(slab));
    return {};
  }
  TrialTables tables() const { return {workspace, *plan, name, result}; }

  const model::Workspace& workspace;
  std::shared_ptr<const plan::Plan> plan;
  refine::Refiner refiner;
  std::string name;
  refine::RefineResult result = {};
};

class Trial {
 public:
  Trial(io::FileSystem& files, control::Database& control, parquet::Database& database,
        const TrialRequest& request)
      : files_(files), control_(control), database_(database), request_(request) {}

  Result<TenantTrial> run() {
    ASSAY_TRY(Side applied, Side::open(request_.applied, "applied"));
    ASSAY_TRY(Side pending, Side::open(request_.pending, "pending"));
    TrialMetrics metrics(database_, *request_.applied.workspace, *request_.pending.workspace);
    ASSAY_TRY_VOID(metrics.prepare());
    ASSAY_TRY(const std::string rows, bronze_rows(files_, control_, request_));
    ASSAY_TRY(const auto applications,
              database_.rows("SELECT DISTINCT application FROM " + rows + " ORDER BY 1"));
    ASSAY_TRY(const auto count, database_.rows("SELECT count(*) FROM " + rows));
    total_ = std::stoll(count.at(0).at(0).value_or("0"));
    for (const auto& application : applications) {
      ASSAY_TRY_VOID(read(rows, application.at(0).value_or(""), [&](const refine::Slab& slab) {
        return take(slab, applied, pending, metrics);
      }));
    }
    ASSAY_TRY(trial_.metrics, metrics.finish());
    std::erase_if(trial_.tables, [](const auto& table) {
      return table.second.added + table.second.removed + table.second.changed == 0;
    });
    return std::move(trial_);
  }

 private:
  /// The database answers one query at a time, and comparing asks more: so the records of one
  /// bronze manifest, which an epoch bounds, are in memory before the first slab of it is tried.
  Status read(const std::string& rows, const std::string& application,
              const std::function<Status(const refine::Slab&)>& consume) {
    ASSAY_TRY(const auto files, database_.rows(fmt::format(
                                    "SELECT DISTINCT manifest_id FROM {} WHERE application = {} "
                                    "ORDER BY 1",
                                    rows, parquet::sql_literal(application))));
    for (const auto& manifest : files) {
      ASSAY_TRY_VOID(read_manifest(rows, application, manifest.at(0).value_or(""), consume));
    }
    return {};
  }

  Status read_manifest(const std::string& rows, const std::string& application,
                       const std::string& manifest,
                       const std::function<Status(const refine::Slab&)>& consume) {
    std::vector<std::unique_ptr<SlabBuffer>> slabs;  // of one bronze manifest: at most an epoch's
    Micros ingest_time = 0;
    const std::string sql = fmt::format(
        "SELECT record_id, source, source_id, \"offset\", ingest_time, payload, headers FROM {} "
        "WHERE application = {} AND manifest_id = {}",
        rows, parquet::sql_literal(application), parquet::sql_literal(manifest));
    ASSAY_TRY_VOID(database_.query(sql, [&](const column::Batch& batch) -> Status {
      const column::ColumnView record_id(batch, 0), source(batch, 1), source_id(batch, 2),
          offset(batch, 3), time(batch, 4), payload(batch, 5), headers(batch, 6);
      for (std::int64_t row = 0; row < batch.rows(); ++row) {
        if (slabs.empty() || slabs.back()->bytes() >= kSlabBytes)
          slabs.push_back(std::make_unique<SlabBuffer>());
        ingest_time = time.int64(row);
        slabs.back()->add(payload.bytes(row),
                          headers.is_null(row) ? std::string_view() : headers.bytes(row),
                          {.record_id = Hash128::from_bytes(record_id.bytes(row)),
                           .source = source.bytes(row),
                           .source_id = source_id.bytes(row),
                           .source_generation = 0,
                           .partition = 0,
                           .offset = offset.int64(row)});
      }
      return {};
    }));
    for (auto& slab : slabs) {
      ASSAY_TRY_VOID(consume(slab->slab(application, kTrialManifest, ingest_time)));
      slab.reset();
    }
    return {};
  }

  Status take(const refine::Slab& slab, Side& applied, Side& pending, TrialMetrics& metrics) {
    ASSAY_TRY_VOID(applied.refine(slab));
    ASSAY_TRY_VOID(pending.refine(slab));
    const TrialTables before = applied.tables();
    const TrialTables after = pending.tables();
    ASSAY_TRY_VOID(before.put_into(database_));
    ASSAY_TRY_VOID(after.put_into(database_));
    std::set<Hash128> touched;  // records that both refined, to other rows
    ASSAY_TRY_VOID(compare_tables(database_, before, after, trial_.tables, touched));
    ASSAY_TRY_VOID(count(slab, before, after, touched));
    ASSAY_TRY_VOID(metrics.add(before, after));
    ASSAY_TRY_VOID(before.take_from(database_));
    ASSAY_TRY_VOID(after.take_from(database_));
    if (request_.progress) {
      request_.progress(fmt::format("tenant {}: tried {} of {} records", request_.tenant,
                                    trial_.records, total_));
    }
    return {};
  }

  Status count(const refine::Slab& slab, const TrialTables& before, const TrialTables& after,
               const std::set<Hash128>& touched) {
    const auto was = before.refusals();
    const auto is = after.refusals();
    for (const refine::Coordinates& record : slab.coordinates) {
      ++trial_.records;
      const auto old = was.find(record.record_id);
      const auto now = is.find(record.record_id);
      if (old != was.end()) ++trial_.applied_codes[old->second.code];
      if (now != is.end()) ++trial_.pending_codes[now->second.code];
      if (old != was.end() && now != is.end()) {
        ++(old->second == now->second ? trial_.alike : trial_.refused_otherwise);
      } else if (old != was.end()) {
        ++trial_.now_refined;
      } else if (now != is.end()) {
        ++trial_.now_refused;
      } else {
        ++(touched.contains(record.record_id) ? trial_.refined_otherwise : trial_.alike);
      }
    }
    return {};
  }

  io::FileSystem& files_;
  control::Database& control_;
  parquet::Database& database_;
  const TrialRequest& request_;
  TenantTrial trial_;
  std::int64_t total_ = 0;
};

}  // namespace

Result<TenantTrial> try_out(io::FileSystem& files, control::Database& control,
                            parquet::Database& database, const TrialRequest& request) {
  return Trial(files, control, database, request).run();
}

}  // namespace assay::engine
