#pragma once
// What clients were told under their idempotency keys, of records that are in bronze.

#include <soci/soci.h>

#include <optional>
#include <span>
#include <string>

#include "control/control.h"

namespace assay::control {

/// Keeps receipts with the commit of their records, and forgets those of their tenants that are
/// beyond kIdempotencyHours or kIdempotencyKeysMax.
void put_receipts(soci::session& sql, std::span<const PushReceipt> receipts, Micros now);
std::optional<PushReceipt> find_receipt(soci::session& sql, const std::string& tenant_id,
                                        const std::string& application, const std::string& key);

}  // namespace assay::control
