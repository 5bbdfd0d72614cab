#pragma once
// Rows and content checksums, recomputed from the Parquet files, against what the manifests say.

#include <map>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// What one manifest's rows in one table add up to.
struct RowSum {
  std::int64_t rows = 0;
  Checksum checksum;
};

/// table -> manifest id -> sum, for one tenant.
using RowSums = std::map<std::string, std::map<std::string, RowSum>>;

/// Reads every row of the tenant once, table by table: hashes the content columns with verify's own
/// encoder, compares with the hashes and ids that the rows carry, and adds up. Then compares with
/// the manifests.
RowSums check_rows(WorkspaceState& state, Findings& findings, const std::string& tenant);

}  // namespace assay::verify
