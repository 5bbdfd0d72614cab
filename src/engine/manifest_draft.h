#pragma once
// A manifest while its epoch is being made, and the sums that go into it.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "column/batch.h"
#include "control/control.h"
#include "fold/operator.h"
#include "refine/refine.h"

namespace assay::engine {

/// What one manifest wrote into one table.
struct TableTotal {
  std::int64_t rows = 0;
  Checksum checksum;
};

/// Sum of the hashes of the rows' content columns; taken from a row_hash or content_hash column
/// where the table has one that covers them.
TableTotal total_of(const column::TableSchema& schema, const column::Batch& batch);

struct ManifestDraft {
  control::Manifest manifest;
  std::map<std::string, TableTotal> tables;
  std::vector<std::pair<std::string, fold::Equation>> equations;

  void add_rows(const column::TableSchema& schema, const column::Batch& batch);
};

/// The computed identity of a manifest (design section 6).
std::string manifest_id_of(std::string_view tenant, std::string_view application,
                           std::string_view layer, std::int64_t epoch, int attempt);

/// What waits for the silver step of a bronze manifest. REQUIRES: its counts are filled in.
control::Manifest silver_child_of(const control::Manifest& bronze);

/// JSON texts for the manifest's columns.
std::string tables_json(const std::map<std::string, TableTotal>& tables);
std::string equations_json(const std::vector<std::pair<std::string, fold::Equation>>& equations);
/// `schemas`: headers of records by the name of their schema, where the step had to look it up.
std::string accounting_json(const refine::Accounting& accounting, std::int64_t duplicates,
                            const std::map<std::string, std::string>& schemas = {});
std::string snapshots_json(const std::map<std::string, std::int64_t>& snapshots);
/// Values that did not convert and were kept as texts: by table and column, without those of none.
using VariantCounts = std::map<std::string, std::int64_t>;
void count_variants(const column::TableSchema& schema, const column::Batch& batch,
                    VariantCounts& counts);
/// quality_checks: schema_valid, null_check_pass, duplicate_count, quarantined, reasons, variants.
std::string quality_json(const refine::Accounting& accounting, std::int64_t duplicates,
                         const VariantCounts& variants = {});

}  // namespace assay::engine
