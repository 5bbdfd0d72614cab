#pragma once
// The tables of the lake as SQL: which files hold whose rows, and how a file is read as its table.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "verify/iceberg.h"
#include "verify/sql.h"

namespace assay::verify {

/// "read_parquet([...], schema = ...)": columns by field id; an empty relation where there are no
/// files.
std::string scan_sql(const IcebergTable& table, const std::vector<std::string>& paths);

/// Makes one SQL view a table, named as the table ("silver.invoice", to be quoted), over one
/// tenant's files.
Status create_views(Sql& sql, const std::map<std::string, IcebergTable>& tables,
                    const std::string& tenant);

/// Paths of a tenant's files.
std::vector<std::string> files_of(const IcebergTable& table, const std::string& tenant);

/// Which of a tenant's files hold rows of which manifest: one read of one column.
Result<std::map<std::string, std::vector<std::string>>> files_by_manifest(
    Sql& sql, const IcebergTable& table, const std::string& tenant);

}  // namespace assay::verify
