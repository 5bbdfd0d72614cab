#include "engine/record_keys.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/assert.h"
#include "column/encode_value.h"
#include "column/row_encoder.h"

namespace assay::engine {
namespace {

using column::field_id::kRecordId;
using column::field_id::kRowHash;

struct RecordSum {
  Hash128 key_hash;
  Checksum content;
};
using Records = std::map<Hash128, RecordSum>;

const plan::EntityRule* root_rule(const plan::Plan& plan, const std::string& entity) {
  for (const plan::VersionPlan& version : plan.versions) {
    for (const plan::EntityRule& rule : version.entities) {
      if (rule.root && rule.entity == entity) return &rule;
    }
  }
  return nullptr;
}

/// As the kernel computes it: the entity's name, length-prefixed, then the row encoding of its key
/// (ids 1, 2, ... in the order of the table's columns).
class KeyHasher {
 public:
  KeyHasher(const column::TableSchema& schema, const plan::EntityRule& root)
      : schema_(schema), name_(root.entity) {
    ASSAY_ASSERT(name_.size() < 128);  // one byte of varint
    for (const plan::FieldRule& field : root.fields) {
      if (field.is_key) columns_.push_back(field.column);
    }
    std::sort(columns_.begin(), columns_.end());
  }

  Hash128 hash(const column::Batch& batch, std::int64_t row) {
    encoder_.clear();
    int id = 0;
    for (const int column : columns_) {
      const column::ColumnView view(batch, column);
      ++id;
      if (view.is_null(row)) continue;
      column::encode_value(encoder_, id, schema_.fields[static_cast<std::size_t>(column)].type,
                           view, row);
    }
    std::string bytes(1, static_cast<char>(name_.size()));
    bytes += name_;
    bytes += encoder_.bytes();
    return xxh3_128(bytes);
  }

 private:
  const column::TableSchema& schema_;
  const std::string& name_;
  std::vector<int> columns_;
  column::RowEncoder encoder_;
};

/// Keys of the root rows, with their own row hashes as the first term of the sums.
void add_roots(const plan::Plan& plan, const plan::EntityRule& root, const column::Batch& batch,
               Records& records) {
  const column::TableSchema& schema = plan.tables[static_cast<std::size_t>(root.table)];
  const column::ColumnView record_id(batch, schema.index_of_id(kRecordId));
  const column::ColumnView row_hash(batch, schema.index_of_id(kRowHash));
  KeyHasher keys(schema, root);
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    RecordSum& record = records[Hash128::from_bytes(record_id.bytes(row))];
    record.key_hash = keys.hash(batch, row);
    record.content.add(Hash128::from_bytes(row_hash.bytes(row)));
  }
}

/// Row hashes of what else the records made.
void add_others(const column::TableSchema& schema, const column::Batch& batch, Records& records) {
  const column::ColumnView record_id(batch, schema.index_of_id(kRecordId));
  const column::ColumnView row_hash(batch, schema.index_of_id(kRowHash));
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    const auto found = records.find(Hash128::from_bytes(record_id.bytes(row)));
    if (found != records.end()) found->second.content.add(Hash128::from_bytes(row_hash.bytes(row)));
  }
}

}  // namespace

std::vector<fold::RecordKey> record_keys(const plan::Plan& plan, const TableBatches& silver_rows) {
  Records records;
  std::set<int> root_tables;
  for (const auto& [entity, rule] : plan.dedupe) {
    const plan::EntityRule* root = root_rule(plan, entity);
    if (rule != plan::Dedupe::key_content || root == nullptr) continue;
    root_tables.insert(root->table);
    const auto batches = silver_rows.find(root->table);
    if (batches == silver_rows.end()) continue;
    for (const column::Batch& batch : batches->second) add_roots(plan, *root, batch, records);
  }
  for (const auto& [table, batches] : silver_rows) {
    const column::TableSchema& schema = plan.tables[static_cast<std::size_t>(table)];
    if (root_tables.contains(table) || schema.index_of_id(kRowHash) < 0) continue;
    for (const column::Batch& batch : batches) add_others(schema, batch, records);
  }
  std::vector<fold::RecordKey> keys;
  for (const auto& [id, record] : records) {
    keys.push_back({record.key_hash, {record.content.high, record.content.low}});
  }
  return keys;
}

}  // namespace assay::engine
