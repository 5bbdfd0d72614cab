#pragma once
// The generated marts: one SQL statement a mart over a manifest's silver rows and the contents of
// its masters.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "engine/epoch.h"
#include "engine/layer_step.h"
#include "engine/session.h"

namespace assay::engine {

struct MartRows {
  std::string table;
  std::vector<column::Batch> batches;
};

/// Rows of every mart that the manifest's silver rows reach. Contents are read from the lake and
/// from what `epoch` has staged.
Result<std::vector<MartRows>> mart_rows(Session& session, const Epoch& epoch,
                                        const plan::Plan& plan, const TableBatches& silver_rows,
                                        const control::Manifest& gold);

}  // namespace assay::engine
