#pragma once
// Iceberg's SQL catalog: swaps of table pointers, and look-ups.

#include <soci/soci.h>

#include <map>
#include <optional>
#include <string>

#include "control/control.h"

namespace assay::control {

/// Moves one pointer if it still is where the swap expects it; lake_conflict if not. `manifest` is
/// named in the row's digest.
Status swap_table(soci::session& sql, const CatalogSwap& swap, const std::string& manifest);

std::optional<std::string> read_location(soci::session& sql, const std::string& table);
std::map<std::string, std::string> read_locations(soci::session& sql);

}  // namespace assay::control
