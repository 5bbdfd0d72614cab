#pragma once
// The tables of the lake as SQL: which files hold whose rows, and how a file is read as its table.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "verify/iceberg.h"
#include "verify/plan_document.h"
#include "verify/sql.h"

namespace assay::verify {

/// "read_parquet([...], schema = ...)": columns by field id; an empty relation where there are no
/// files.
std::string scan_sql(const IcebergTable& table, const std::vector<std::string>& paths);

/// The table with its columns named and typed as the plan has them, by field id: what was applied
/// after the last commit is not in the table's metadata yet, and what a plan has no more keeps its
/// name, or takes its id behind it where another column has the name.
IcebergTable as_planned(const IcebergTable& table, const PlanDocument* plan);

/// Makes one SQL view a table, named as the table ("silver.invoice", to be quoted), over one
/// tenant's files, with the columns of its plan.
Status create_views(Sql& sql, const std::map<std::string, IcebergTable>& tables,
                    const std::string& tenant, const PlanDocument* plan);

/// Paths of a tenant's files.
std::vector<std::string> files_of(const IcebergTable& table, const std::string& tenant);

/// Which of a tenant's files hold rows of which manifest: one read of one column.
Result<std::map<std::string, std::vector<std::string>>> files_by_manifest(
    Sql& sql, const IcebergTable& table, const std::string& tenant);

}  // namespace assay::verify
