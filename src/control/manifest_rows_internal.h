#pragma once
// The rows of `manifest`: reading, writing, and the one place where a status moves.

#include <soci/soci.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/control.h"

namespace assay::control {

std::vector<Manifest> read_manifests(soci::session& sql, const ManifestFilter& filter);
std::optional<Manifest> find_manifest(soci::session& sql, const std::string& manifest_id);
std::vector<std::string> manifest_ids_like(soci::session& sql, const std::string& prefix);
std::vector<Manifest> read_children(soci::session& sql, const std::string& manifest_id);
/// Those of an epoch that are PROCESSING.
std::vector<Manifest> processing_of_epoch(soci::session& sql, std::int64_t epoch);

/// A new row, RECEIVED. manifest_state where the id exists.
Status insert_received(soci::session& sql, Manifest manifest);

/// Writes all columns of `manifest`, whose status is the one to move to. manifest_state where the
/// row's status does not allow it, manifest_unknown where there is no row. Lineage of a row never
/// changes.
Status move_manifest(soci::session& sql, const Manifest& manifest);

}  // namespace assay::control
