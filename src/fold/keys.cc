#include "fold/keys.h"

#include <utility>

#include "column/encode_value.h"
#include "fold/operator.h"

namespace assay::fold {
namespace {

std::string_view as_text(const std::array<std::uint8_t, 16>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Hash128 hub_key_of(column::RowEncoder& encoder, std::string_view entity, std::string_view tenant,
                   std::string_view key) {
  encoder.clear();
  encoder.string(1, entity);
  encoder.string(2, tenant);
  encoder.binary(3, key);
  return encoder.hash();
}

}  // namespace

Hash128 hub_key(std::string_view entity, std::string_view tenant, std::string_view key) {
  column::RowEncoder encoder;
  return hub_key_of(encoder, entity, tenant, key);
}

KeyReader::KeyReader(const column::TableSchema& schema, std::vector<int> columns)
    : columns_(std::move(columns)) {
  for (const int column : columns_) {
    types_.push_back(schema.fields.at(static_cast<std::size_t>(column)).type);
  }
}

std::optional<std::string_view> KeyReader::encode(const BoundBatch& batch, std::uint32_t row) {
  for (const int column : columns_) {
    if (batch.column(column).is_null(row)) return std::nullopt;
  }
  encoder_.clear();
  append(encoder_, 1, batch, row);
  return encoder_.bytes();
}

void KeyReader::append(column::RowEncoder& encoder, int first_id, const BoundBatch& batch,
                       std::uint32_t row) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& view = batch.column(columns_[i]);
    if (view.is_null(row)) continue;
    column::encode_value(encoder, first_id + static_cast<int>(i), types_[i], view, row);
  }
}

HubKeyReader::HubKeyReader(const column::TableSchema& schema, std::string entity,
                           std::string tenant, std::vector<int> columns)
    : entity_(std::move(entity)), tenant_(std::move(tenant)), reader_(schema, std::move(columns)) {}

std::optional<Hash128> HubKeyReader::key(const BoundBatch& batch, std::uint32_t row) {
  const auto encoded = reader_.encode(batch, row);
  if (!encoded) return std::nullopt;
  if (last_ && *encoded == last_key_) return last_;
  last_key_ = *encoded;
  last_ = hub_key_of(encoder_, entity_, tenant_, *encoded);
  return last_;
}

LinkKeyReader::LinkKeyReader(const column::TableSchema& schema, const std::string& tenant,
                             const plan::OperatorRule& rule)
    : name_(rule.entity), dependent_child_(schema, rule.dependent_child) {
  for (const auto& [entity, columns] : rule.hubs) {
    hubs_.emplace_back(schema, entity, tenant, columns);
  }
}

std::optional<Hash128> LinkKeyReader::key(const BoundBatch& batch, std::uint32_t row) {
  encoder_.clear();
  encoder_.string(1, name_);
  hub_keys_.clear();
  int id = 2;
  for (HubKeyReader& hub : hubs_) {
    hub_keys_.push_back(hub.key(batch, row));
    if (const auto& hash = hub_keys_.back()) encoder_.binary(id, as_text(hash->to_bytes()));
    ++id;
  }
  if (hub_keys_.empty() || !hub_keys_.front()) return std::nullopt;
  dependent_child_.append(encoder_, id, batch, row);
  return encoder_.hash();
}

}  // namespace assay::fold
