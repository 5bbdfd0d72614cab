#include <set>

#include "base/limits.h"
#include "control/connection_internal.h"
#include "control/push_receipts_internal.h"

namespace assay::control {
namespace {

void put_receipt(soci::session& sql, const PushReceipt& receipt) {
  const long long first = receipt.first, records = receipt.records, received = receipt.received;
  execute(sql,
          "INSERT INTO push_receipt (tenant_id, application, idempotency_key, sha256, first,"
          " records, received)"
          " VALUES (:tenant, :application, :key, :sha256, :first, :records, :received)"
          " ON CONFLICT (tenant_id, application, idempotency_key) DO UPDATE SET"
          " sha256 = excluded.sha256, first = excluded.first, records = excluded.records,"
          " received = excluded.received",
          soci::use(receipt.tenant_id, "tenant"), soci::use(receipt.application, "application"),
          soci::use(receipt.key, "key"), soci::use(receipt.sha256, "sha256"),
          soci::use(first, "first"), soci::use(records, "records"),
          soci::use(received, "received"));
}

void forget_old(soci::session& sql, const std::string& tenant, Micros now) {
  const long long since = now - kIdempotencyHours * 3600 * kMicrosPerSecond;
  const long long kept = kIdempotencyKeysMax;
  execute(sql, "DELETE FROM push_receipt WHERE tenant_id = :tenant AND received < :since",
          soci::use(tenant, "tenant"), soci::use(since, "since"));
  execute(sql,
          "DELETE FROM push_receipt WHERE tenant_id = :tenant AND received <"
          " (SELECT received FROM push_receipt WHERE tenant_id = :same"
          " ORDER BY received DESC LIMIT 1 OFFSET :kept)",
          soci::use(tenant, "tenant"), soci::use(tenant, "same"), soci::use(kept, "kept"));
}

}  // namespace

void put_receipts(soci::session& sql, std::span<const PushReceipt> receipts, Micros now) {
  std::set<std::string> tenants;
  for (const PushReceipt& receipt : receipts) {
    put_receipt(sql, receipt);
    tenants.insert(receipt.tenant_id);
  }
  for (const std::string& tenant : tenants) forget_old(sql, tenant, now);
}

std::optional<PushReceipt> find_receipt(soci::session& sql, const std::string& tenant_id,
                                        const std::string& application, const std::string& key) {
  PushReceipt receipt{.tenant_id = tenant_id,
                      .application = application,
                      .key = key,
                      .sha256 = {},
                      .first = 0,
                      .records = 0,
                      .received = 0};
  long long first = 0, records = 0, received = 0;
  sql << "SELECT sha256, first, records, received FROM push_receipt WHERE tenant_id = :tenant"
         " AND application = :application AND idempotency_key = :key",
      soci::use(tenant_id, "tenant"), soci::use(application, "application"), soci::use(key, "key"),
      soci::into(receipt.sha256), soci::into(first), soci::into(records), soci::into(received);
  if (!sql.got_data()) return std::nullopt;
  receipt.first = first;
  receipt.records = records;
  receipt.received = received;
  return receipt;
}

}  // namespace assay::control
