#include "engine/state_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <memory>
#include <utility>

namespace assay::engine {
namespace {

constexpr std::size_t kBlockCacheBytes = std::size_t{64} << 20;
constexpr std::size_t kWriteBufferBytes = std::size_t{32} << 20;
constexpr const char* kEpochKey =
    "epoch";  // page keys start with a length, so that they never meet this one

void append_u32(std::string& out, std::uint32_t value) {
  for (int i = 3; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

void append_text(std::string& out, std::string_view text) {
  append_u32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string scope_prefix(const StateScope& scope) {
  std::string prefix;
  append_text(prefix, scope.tenant);
  append_text(prefix, std::to_string(scope.state_generation));
  append_text(prefix, scope.operator_name);
  return prefix;
}

std::string store_key(const std::string& prefix, const fold::PageKey& key) {
  std::string out;
  out.reserve(prefix.size() + key.key.size() + 8);
  out = prefix;
  append_text(out, key.key);
  append_u32(out, key.page);
  return out;
}

Error store_error(const rocksdb::Status& status) {
  if (status.IsNoSpace()) {
    return make_error(Code::disk_full, "the disk is full",
                      "Free some room and run again; nothing is half done.", status.ToString());
  }
  return make_error(
      Code::state_store, "the state store did not answer",
      "Run again; if it stays, delete the folder .assay/state: it is rebuilt from silver.",
      status.ToString());
}

/// RocksDB's own log is a file that ends the process where the disk is full (an assertion of its
/// writer); what it would say reaches us as a status.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::Options store_options() {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 2;
  options.max_open_files = 256;
  options.compression = rocksdb::kZSTD;
  options.info_log = std::make_shared<NoLog>();
  options.max_total_wal_size = std::uint64_t{64} << 20;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

}  // namespace

struct StateStore::Impl {
  std::unique_ptr<rocksdb::DB> database;
};

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::~StateStore() = default;
StateStore::StateStore(StateStore&&) noexcept = default;
StateStore& StateStore::operator=(StateStore&&) noexcept = default;

Result<StateStore> StateStore::open(const std::string& folder) {
  rocksdb::DB* database = nullptr;
  if (const auto status = rocksdb::DB::Open(store_options(), folder, &database); !status.ok()) {
    return store_error(status);
  }
  auto impl = std::make_unique<Impl>();
  impl->database.reset(database);
  return StateStore(std::move(impl));
}

Result<std::int64_t> StateStore::applied_epoch() const {
  std::string value;
  const auto status = impl_->database->Get({}, kEpochKey, &value);
  if (status.IsNotFound()) return std::int64_t{0};
  if (!status.ok()) return store_error(status);
  return std::stoll(value);
}

Status StateStore::load(const StateScope& scope, std::span<const fold::PageKey> keys,
                        fold::Pages& pages) const {
  const std::string prefix = scope_prefix(scope);
  std::vector<std::string> stored;
  std::vector<const fold::PageKey*> missing;
  for (const fold::PageKey& key : keys) {
    std::string full = store_key(prefix, key);
    if (const auto found = overlay_.find(full); found != overlay_.end()) {
      pages.insert_or_assign(key, found->second);
      continue;
    }
    stored.push_back(std::move(full));
    missing.push_back(&key);
  }
  const std::vector<rocksdb::Slice> slices(stored.begin(), stored.end());
  std::vector<std::string> values;
  const std::vector<rocksdb::Status> statuses = impl_->database->MultiGet({}, slices, &values);
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    if (statuses[i].ok())
      pages.insert_or_assign(*missing[i], std::move(values[i]));
    else if (statuses[i].IsNotFound())
      pages.insert_or_assign(*missing[i], std::nullopt);
    else
      return store_error(statuses[i]);
  }
  return {};
}

void StateStore::stage(const StateScope& scope,
                       std::vector<std::pair<fold::PageKey, std::string>> writes,
                       std::span<const fold::PageKey> deletions) {
  const std::string prefix = scope_prefix(scope);
  for (const fold::PageKey& key : deletions)
    overlay_.insert_or_assign(store_key(prefix, key), std::nullopt);
  for (auto& [key, page] : writes)
    overlay_.insert_or_assign(store_key(prefix, key), std::move(page));
}

Status StateStore::apply(std::int64_t epoch) {
  rocksdb::WriteBatch batch;
  for (const auto& [key, page] : overlay_) {
    if (page)
      batch.Put(key, *page);
    else
      batch.Delete(key);
  }
  batch.Put(kEpochKey, std::to_string(epoch));
  // Not synced: what a power cut takes away is folded again from silver.
  if (const auto status = impl_->database->Write({}, &batch); !status.ok())
    return store_error(status);
  overlay_.clear();
  return {};
}

}  // namespace assay::engine
