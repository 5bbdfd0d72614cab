#pragma once
// The identity of records under `dedupe: key+content`, read back from committed silver rows.

#include <vector>

#include "engine/layer_step.h"
#include "fold/operator.h"
#include "plan/plan.h"

namespace assay::engine {

/// One entry a record whose root entity is deduped by key and content: what RecordOutcome said when
/// the record was refined. REQUIRES: all event tables and the residue table of one manifest.
std::vector<fold::RecordKey> record_keys(const plan::Plan& plan, const TableBatches& silver_rows);

}  // namespace assay::engine
