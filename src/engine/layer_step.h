#pragma once
// The work of one manifest chain in memory: bronze records to silver rows, silver rows to gold
// rows.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "engine/bronze_reader.h"
#include "engine/manifest_draft.h"
#include "engine/session.h"
#include "engine/tenant_kernel.h"

namespace assay::engine {

/// Batches by table (index into Plan::tables).
using TableBatches = std::map<int, std::vector<column::Batch>>;

struct LayerOutput {
  TableBatches batches;
  std::vector<std::pair<std::string, fold::Equation>> equations;
};

struct SilverOutput : LayerOutput {
  refine::Accounting accounting;
  std::int64_t duplicates = 0;
  /// Headers with the schemas that messages name and bronze did not have (message_schemas.h).
  std::map<std::string, std::string> schemas;
};

/// refine each slab -> drop duplicate records -> fold contents and history. `only`, where it is
/// given, are the records of the bronze manifest that are taken, sorted.
Result<SilverOutput> refine_manifest(Session& session, StateStore& state, TenantKernel& kernel,
                                     const control::Manifest& bronze,
                                     const control::Manifest& silver,
                                     const std::vector<Hash128>* only = nullptr);

/// Takes over the finished rows of one table, so that no more than one lies in memory.
using TableSink = std::function<Status(int table, std::vector<column::Batch> batches)>;

/// fold vault rows and feature contributions from the silver rows of one manifest (marts are SQL:
/// see mart.h). Gives the equations.
Result<std::vector<std::pair<std::string, fold::Equation>>> fold_gold(
    StateStore& state, TenantKernel& kernel, const TableBatches& silver_rows,
    const control::Manifest& gold, const TableSink& sink);

/// Folds the committed silver rows of a manifest again, for their state alone.
Status fold_again(Session& session, StateStore& state, TenantKernel& kernel,
                  const control::Manifest& silver);

}  // namespace assay::engine
