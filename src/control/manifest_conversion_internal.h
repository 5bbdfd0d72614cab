#pragma once
// How a manifest becomes a row and back (SOCI finds this by the type).

#include <soci/soci.h>

#include <nlohmann/json.hpp>
#include <string>

#include "control/control.h"

namespace soci {

/// Binds a manifest to the columns of its table by their names.
template <>
struct type_conversion<assay::control::Manifest> {
  using base_type = values;

  static void from_base(const values& row, indicator, assay::control::Manifest& manifest) {
    manifest.manifest_id = row.get<std::string>("manifest_id");
    manifest.tenant_id = row.get<std::string>("tenant_id");
    manifest.source_system = row.get<std::string>("source_system");
    manifest.batch_id = row.get<std::string>("batch_id");
    manifest.record_count = row.get<long long>("record_count");
    manifest.start_time = row.get<long long>("start_time");
    manifest.end_time.reset();
    if (row.get_indicator("end_time") == i_ok) manifest.end_time = row.get<long long>("end_time");
    const auto status = assay::control::parse_manifest_status(row.get<std::string>("status"));
    if (!status) throw soci_error(status.error().message);
    manifest.status = *status;
    manifest.quality_checks = row.get<std::string>("quality_checks");
    manifest.layer = row.get<std::string>("layer");
    manifest.lineage = nlohmann::json::parse(row.get<std::string>("lineage"));
    manifest.application = row.get<std::string>("application");
    manifest.plan_id = row.get<std::string>("plan_id");
    manifest.epoch = row.get<long long>("epoch");
    manifest.attempt = static_cast<int>(row.get<long long>("attempt"));
    manifest.current = row.get<long long>("current") != 0;
    manifest.superseded_by.reset();
    if (row.get_indicator("superseded_by") == i_ok)
      manifest.superseded_by = row.get<std::string>("superseded_by");
    manifest.ranges = row.get<std::string>("ranges");
    manifest.tables = row.get<std::string>("tables");
    manifest.accounting = row.get<std::string>("accounting");
    manifest.equations = row.get<std::string>("equations");
    manifest.snapshots = row.get<std::string>("snapshots");
    manifest.error = row.get<std::string>("error");
    manifest.ingest_time = row.get<long long>("ingest_time");
    manifest.retries = static_cast<int>(row.get<long long>("retries"));
  }

  static void to_base(const assay::control::Manifest& manifest, values& row, indicator& status) {
    row.set("manifest_id", manifest.manifest_id);
    row.set("tenant_id", manifest.tenant_id);
    row.set("source_system", manifest.source_system);
    row.set("batch_id", manifest.batch_id);
    row.set("record_count", static_cast<long long>(manifest.record_count));
    row.set("start_time", static_cast<long long>(manifest.start_time));
    row.set("end_time", static_cast<long long>(manifest.end_time.value_or(0)),
            manifest.end_time ? i_ok : i_null);
    row.set("status", std::string(assay::control::to_string(manifest.status)));
    row.set("quality_checks", manifest.quality_checks);
    row.set("layer", manifest.layer);
    row.set("lineage", nlohmann::json(manifest.lineage).dump());
    row.set("application", manifest.application);
    row.set("plan_id", manifest.plan_id);
    row.set("epoch", static_cast<long long>(manifest.epoch));
    row.set("attempt", static_cast<long long>(manifest.attempt));
    row.set("current", static_cast<long long>(manifest.current ? 1 : 0));
    row.set("superseded_by", manifest.superseded_by.value_or(""),
            manifest.superseded_by ? i_ok : i_null);
    row.set("ranges", manifest.ranges);
    row.set("tables", manifest.tables);
    row.set("accounting", manifest.accounting);
    row.set("equations", manifest.equations);
    row.set("snapshots", manifest.snapshots);
    row.set("error", manifest.error);
    row.set("ingest_time", static_cast<long long>(manifest.ingest_time));
    row.set("retries", static_cast<long long>(manifest.retries));
    status = i_ok;
  }
};

}  // namespace soci
