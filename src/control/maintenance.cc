// Work on stored files: compaction, expiry, and files that go.

#include "control/catalog_rows_internal.h"
#include "control/database_internal.h"
#include "control/digest_internal.h"
#include "control/generation_internal.h"
#include "control/source_rows_internal.h"

namespace assay::control {

Status Database::commit_maintenance(const MaintenanceCommit& commit) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    soci::session& sql = connection.sql();
    ASSAY_TRY_VOID(check_generation(sql, commit.generation));
    for (const CatalogSwap& swap : commit.swaps) ASSAY_TRY_VOID(swap_table(sql, swap, {}));
    for (const FileEntry& file : commit.files)
      ASSAY_TRY_VOID(insert_file(sql, file, commit.epoch, {}));
    const long long time = commit.time;
    for (const std::string& path : commit.retired) {
      execute(sql,
              "INSERT INTO retired_file (path, retired) VALUES (:path, :time)"
              " ON CONFLICT (path) DO NOTHING",
              soci::use(path, "path"), soci::use(time, "time"));
    }
    return {};
  });
}

Result<std::vector<RetiredFile>> Database::retired_files() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<RetiredFile>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
         << "SELECT f.path, f.table_name, f.size, r.retired FROM retired_file r"
            " JOIN file f ON f.path = r.path ORDER BY f.path");
    std::vector<RetiredFile> files;
    for (const soci::row& row : rows) {
      files.push_back({row.get<std::string>(0), row.get<std::string>(1),
                       static_cast<std::uint64_t>(row.get<long long>(2)), row.get<long long>(3)});
    }
    return files;
  });
}

Status Database::forget_files(std::int64_t generation, std::span<const std::string> paths) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    soci::session& sql = connection.sql();
    ASSAY_TRY_VOID(check_generation(sql, generation));
    for (const std::string& path : paths) {
      execute(sql, "DELETE FROM file WHERE path = :path", soci::use(path, "path"));
      execute(sql, "DELETE FROM retired_file WHERE path = :path", soci::use(path, "path"));
      drop_digest(sql, "file", path);
    }
    return {};
  });
}

}  // namespace assay::control
