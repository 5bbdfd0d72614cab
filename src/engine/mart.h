#pragma once
// The generated marts: one SQL statement a mart over a manifest's silver rows and the contents of
// its masters.

#include "base/result.h"
#include "engine/epoch.h"
#include "engine/layer_step.h"
#include "engine/session.h"

namespace assay::engine {

/// Rows of every mart that the manifest's silver rows reach, one after the other; the silver rows
/// go as they are used up. Contents are read from the lake and from what `epoch` has staged.
Status make_marts(Session& session, const Epoch& epoch, const plan::Plan& plan,
                  TableBatches silver_rows, const control::Manifest& gold, const TableSink& sink);

}  // namespace assay::engine
