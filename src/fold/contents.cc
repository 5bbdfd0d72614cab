#include "fold/contents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "column/encode_value.h"

namespace assay::fold {
namespace {

constexpr char kFormatVersion = 1;
/// Keeps these pages apart from the timelines of the same operator, which count theirs from 0.
constexpr std::uint32_t kContentsPage = 0xffff'ffff;

/// The content columns in the order of the encoding.
std::vector<int> content_columns(const column::TableSchema& schema) {
  std::vector<int> columns;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    if (schema.fields[i].role == column::Role::content) columns.push_back(static_cast<int>(i));
  }
  std::sort(columns.begin(), columns.end(), [&](int a, int b) {
    return schema.fields[static_cast<std::size_t>(a)].id <
           schema.fields[static_cast<std::size_t>(b)].id;
  });
  return columns;
}

}  // namespace

Result<Contents> Contents::read(const std::vector<BoundBatch>& batches,
                                const column::TableSchema& schema, int hash_column) {
  const std::vector<int> columns = content_columns(schema);
  Contents contents;
  column::RowEncoder encoder;
  for (const BoundBatch& batch : batches) {
    for (std::uint32_t row = 0; row < batch.rows(); ++row) {
      ASSAY_TRY(const Hash128 hash, hash_at(batch, hash_column, row));
      if (contents.contains(hash)) continue;
      encoder.clear();
      for (const int index : columns) {
        const column::Field& field = schema.fields[static_cast<std::size_t>(index)];
        if (batch.column(index).is_null(row)) continue;
        column::encode_value(encoder, field.id, field.type, batch.column(index), row);
      }
      contents.rows_.emplace(hash, kFormatVersion + std::string(encoder.bytes()));
    }
  }
  return contents;
}

PageKey Contents::page_of(const Hash128& hash) { return {hash, kContentsPage}; }

Result<std::string_view> Contents::find(const Hash128& hash, const Pages& have) const {
  if (const auto found = rows_.find(hash); found != rows_.end()) {
    return std::string_view(found->second).substr(1);
  }
  const auto looked_up = have.find(page_of(hash));
  ASSAY_ASSERT(looked_up.has_value());
  const Page& page = *looked_up;
  if (!page) {
    return make_error(
        Code::internal,
        fmt::format("no content row with hash {} came before its history row", hash.to_hex()),
        "Delete the folder .assay/state and run again: it is rebuilt from silver.");
  }
  if (page->empty() || page->front() != kFormatVersion) {
    return make_error(Code::internal, "a page of state has another format version");
  }
  return page->substr(1);
}

void Contents::write(Output& output) const {
  std::vector<Hash128> hashes;
  for (const auto& [hash, page] : rows_) hashes.push_back(hash);
  std::sort(hashes.begin(), hashes.end());
  for (const Hash128& hash : hashes) output.writes.add(page_of(hash), rows_.at(hash));
}

}  // namespace assay::fold
