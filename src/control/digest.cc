#include <fmt/format.h>

#include "base/hash.h"
#include "control/connection_internal.h"
#include "control/digest_internal.h"

namespace assay::control {

std::string digest_of(const RowValues& values) {
  std::string bytes;
  for (const auto& value : values)
    bytes += value ? fmt::format("{}:{},", value->size(), *value) : "-,";
  return to_hex(sha256(bytes));
}

void put_digest(soci::session& sql, std::string_view table, const std::string& key,
                const RowValues& values, const std::string& manifest) {
  const std::string name(table);
  const std::string digest = digest_of(values);
  execute(sql,
          "INSERT INTO row_digest (\"table\", \"key\", sha256, manifest)"
          " VALUES (:name, :row, :digest, :manifest) ON CONFLICT (\"table\", \"key\")"
          " DO UPDATE SET sha256 = excluded.sha256, manifest = excluded.manifest",
          soci::use(name, "name"), soci::use(key, "row"), soci::use(digest, "digest"),
          soci::use(manifest, "manifest"));
}

void drop_digest(soci::session& sql, std::string_view table, const std::string& key) {
  const std::string name(table);
  execute(sql, "DELETE FROM row_digest WHERE \"table\" = :name AND \"key\" = :row",
          soci::use(name, "name"), soci::use(key, "row"));
}

}  // namespace assay::control
