#include "plan/standard_tables.h"

#include <utility>

namespace assay::plan {
namespace {

using column::Field;
using column::Role;
using column::TableSchema;
using column::Transform;
using column::Type;
namespace id = column::field_id;

/// A field that may be null; `required` below makes one that may not.
Field nullable(int field_id, std::string name, Type type, Role role, std::string doc) {
  return {field_id, std::move(name), {type}, false, role, std::move(doc)};
}

Field required(int field_id, std::string name, Type type, Role role, std::string doc) {
  return {field_id, std::move(name), {type}, true, role, std::move(doc)};
}

/// Columns that say where a record came from; they take the ids from `first` on.
std::vector<Field> coordinates(int first) {
  const Role role = Role::provenance;
  return {
      required(id::kTenantId, "tenant_id", Type::string, role, "whose record"),
      required(first, "application", Type::string, role, "of which of the tenant's applications"),
      required(first + 1, "source", Type::string, role, "name of the source in the workspace"),
      required(first + 2, "source_id", Type::string, role, "identity within it: a file's SHA-256"),
      required(first + 3, "source_generation", Type::int64, role, "counts remade sources"),
      required(first + 4, "partition", Type::int32, role, "of the source"),
      required(first + 5, "offset", Type::int64, role, "first byte in the decompressed file"),
      required(id::kRecordId, "record_id", Type::binary, role, "hash of tenant and coordinates"),
  };
}

std::vector<column::PartitionField> by_tenant_and_day(std::string time) {
  return {{"tenant_id", Transform::identity}, {std::move(time), Transform::day}};
}

TableSchema make_bronze_record() {
  constexpr int kFirst = id::kFirstOwn;
  const Role from = Role::provenance;
  TableSchema table{"bronze.record", coordinates(kFirst), by_tenant_and_day("ingest_time")};
  const std::vector<Field> rest = {
      nullable(kFirst + 6, "headers", Type::string, from, "JSON object of the source's headers"),
      required(kFirst + 7, "payload", Type::binary, Role::content, "the record, byte for byte"),
      required(kFirst + 8, "payload_hash", Type::binary, Role::content, "XXH3-128 of the payload"),
      nullable(kFirst + 9, "declared_version", Type::string, from,
               "version that the envelope names"),
      required(id::kIngestTime, "ingest_time", Type::timestamp, from, "when bronze received it"),
      required(id::kManifestId, "manifest_id", Type::string, from, "of the bronze manifest"),
      nullable(kFirst + 10, "key_id", Type::string, from, "key that the payload is encrypted with"),
  };
  table.fields.insert(table.fields.end(), rest.begin(), rest.end());
  return table;
}

TableSchema make_bronze_quarantine() {
  constexpr int kFirst = id::kFirstOwn;
  const Role from = Role::provenance;
  const Role content = Role::content;
  TableSchema table{"bronze.quarantine", coordinates(kFirst), by_tenant_and_day("ingest_time")};
  const std::vector<Field> rest = {
      required(kFirst + 6, "code", Type::int32, content, "number of the error table"),
      required(kFirst + 7, "reason", Type::string, from, "what was wrong, for people"),
      required(id::kPointer, "pointer", Type::string, content, "JSON Pointer of the spot"),
      nullable(kFirst + 8, "schema_version", Type::string, from, "the one that was tried"),
      required(kFirst + 9, "payload", Type::binary, content, "the record, or its first 64 KiB"),
      required(kFirst + 10, "payload_length", Type::int64, content, "bytes of the whole record"),
      required(kFirst + 11, "payload_sha256", Type::binary, content, "of the whole record"),
      nullable(kFirst + 12, "paths", Type::string, from,
               "path set of an unknown shape, one a line"),
      nullable(kFirst + 13, "fingerprint", Type::binary, from, "hash of the path set"),
      required(id::kIngestTime, "ingest_time", Type::timestamp, from, "when bronze received it"),
      required(id::kManifestId, "manifest_id", Type::string, from, "of the step that refused it"),
  };
  table.fields.insert(table.fields.end(), rest.begin(), rest.end());
  return table;
}

TableSchema make_quarantine_release() {
  constexpr int kFirst = id::kFirstOwn;
  const Role from = Role::provenance;
  const Role content = Role::content;
  return {
      "bronze.quarantine_release",
      {
          required(id::kTenantId, "tenant_id", Type::string, from, "whose record"),
          required(id::kRecordId, "record_id", Type::binary, content, "what left quarantine"),
          required(kFirst, "application", Type::string, from, "of the tenant"),
          required(kFirst + 1, "quarantine_manifest_id", Type::string, from,
                   "of the step that had refused it"),
          required(kFirst + 2, "action", Type::string, content, "reprocess, discard or fix"),
          nullable(kFirst + 3, "actor", Type::string, content, "who wanted it; null: the program"),
          nullable(kFirst + 4, "reason", Type::string, content, "why, in the actor's words"),
          nullable(kFirst + 5, "superseded_by", Type::binary, content,
                   "record that took the place of a fixed one"),
          required(id::kIngestTime, "ingest_time", Type::timestamp, from, "of the record"),
          required(id::kKnowledgeTime, "knowledge_time", Type::timestamp, from, "when it left"),
          required(id::kManifestId, "manifest_id", Type::string, from, "of the release"),
      },
      by_tenant_and_day("ingest_time"),
  };
}

TableSchema make_silver_residue() {
  constexpr int kFirst = id::kFirstOwn;
  const Role from = Role::provenance;
  return {
      "silver.residue",
      {
          required(id::kTenantId, "tenant_id", Type::string, from, "whose record"),
          required(id::kRecordId, "record_id", Type::binary, from, "of bronze.record"),
          required(kFirst, "application", Type::string, from, "of the tenant"),
          required(kFirst + 1, "leaves", Type::string, Role::content,
                   "JSON object: JSON Pointer -> value as it stood, in payload order"),
          required(kFirst + 2, "leaf_count", Type::int64, Role::content, "members of leaves"),
          nullable(id::kEventTime, "event_time", Type::timestamp, from, "of the record's entity"),
          required(id::kIngestTime, "ingest_time", Type::timestamp, from, "of the record"),
          required(id::kKnowledgeTime, "knowledge_time", Type::timestamp, from,
                   "latest ingest time of what contributed"),
          required(id::kManifestId, "manifest_id", Type::string, from, "of the silver manifest"),
          required(id::kRowHash, "row_hash", Type::binary, from, "hash of the content columns"),
      },
      by_tenant_and_day("event_time"),
  };
}

}  // namespace

const TableSchema& bronze_record() {
  static const TableSchema table = make_bronze_record();
  return table;
}

const TableSchema& bronze_quarantine() {
  static const TableSchema table = make_bronze_quarantine();
  return table;
}

const TableSchema& quarantine_release() {
  static const TableSchema table = make_quarantine_release();
  return table;
}

const TableSchema& silver_residue() {
  static const TableSchema table = make_silver_residue();
  return table;
}

}  // namespace assay::plan
