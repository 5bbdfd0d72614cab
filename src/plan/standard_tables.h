#pragma once
// The tables that every deployment has, whatever its entities.

#include "column/schema.h"

namespace assay::plan {

/// bronze.record: tenant_id, application, source, source_id, source_generation int64, partition
/// int32, offset int64, record_id, headers (JSON, nullable), payload binary, payload_hash
/// binary(16), declared_version string nullable, ingest_time, manifest_id, key_id nullable. Content
/// = payload and hash. Partitioned by identity(tenant_id), day(ingest_time).
const column::TableSchema& bronze_record();

/// bronze.quarantine: tenant_id, application, source, source_id, source_generation, partition,
/// offset, record_id, code int32, reason string, pointer string, schema_version nullable, payload
/// binary (at most kQuarantineInlineBytes), payload_length int64, payload_sha256 binary(32), paths
/// string nullable (the path set of an unknown shape, one a line), fingerprint binary nullable,
/// ingest_time, manifest_id. Partitioned by identity(tenant_id), day(ingest_time). Content: code,
/// pointer, payload, length, sha256.
const column::TableSchema& bronze_quarantine();

/// bronze.quarantine_release: which refusals of bronze.quarantine are over, one row each:
/// tenant_id, record_id, application, quarantine_manifest_id (of the step that had refused it),
/// action (reprocess, discard, fix), actor, reason, superseded_by (binary, of a fixed one),
/// ingest_time, knowledge_time (when it left quarantine), manifest_id. What is in quarantine now
/// are the rows of bronze.quarantine whose (record_id, manifest_id) no row here names. No part of a
/// plan.
const column::TableSchema& quarantine_release();

/// silver.residue: tenant_id, record_id, application, leaves string (one JSON object {"<JSON
/// Pointer>": raw value text, ...} in payload order), leaf_count int64, event_time (nullable: the
/// root entity's), ingest_time, knowledge_time, manifest_id, row_hash. Partitioned by
/// identity(tenant_id), day(event_time).
const column::TableSchema& silver_residue();

}  // namespace assay::plan
