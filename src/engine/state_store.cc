#include "engine/state_store.h"

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdarg>
#include <memory>
#include <optional>
#include <utility>

namespace assay::engine {
namespace {

constexpr std::size_t kBlockCacheBytes = std::size_t{64} << 20;
constexpr std::size_t kWriteBufferBytes = std::size_t{8} << 20;
constexpr std::size_t kFileOverlayPages = 4096;  // an overlay with more becomes a file of its own
constexpr std::size_t kLookupsAtOnce = 1024;
constexpr int kSortedRunsMax = 6;  // more are merged
constexpr std::string_view kFormatVersion = "3";

// 'm' and 'p' keep what is known of the store and its pages apart, and in this order.
constexpr std::string_view kEpochKey = "m:epoch";
constexpr std::string_view kFormatKey = "m:format";
constexpr char kPageTag = 'p';
constexpr const char* kEpochKeyOfVersion1 = "epoch";

void append_u32(std::string& out, std::uint32_t value) {
  for (int i = 3; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
}

void append_hash(std::string& out, const Hash128& hash) {
  const auto bytes = hash.to_bytes();
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

constexpr std::size_t kPrefixSize = 1 + 16;
constexpr std::size_t kStoreKeySize = kPrefixSize + 16 + 4;

std::string scope_prefix(const StateScope& scope) {
  std::string prefix(1, kPageTag);
  append_hash(prefix, IdentityHasher()
                          .text(scope.tenant)
                          .number(scope.state_generation)
                          .text(scope.operator_name)
                          .finish());
  return prefix;
}

/// The order of the bytes is that of the page keys.
void append_store_key(std::string& out, const std::string& prefix, const fold::PageKey& key) {
  out += prefix;
  append_hash(out, key.key);
  append_u32(out, key.page);
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
  // One shard: few threads ask, and a block that is larger than its shard would never stay.
  table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes, /*num_shard_bits=*/0);
  // Most keys of a batch are new: the filters say so, and no block is read. They come in parts, so
  // that the cache keeps what is asked for where the whole does not fit.
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.partition_filters = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.metadata_block_size = std::size_t{16} << 10;
  table.pin_top_level_index_and_filter = true;
  table.block_size = std::size_t{16} << 10;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 2;
  options.max_open_files = 256;
  // Keys and most pages are hashes, which nothing makes smaller.
  options.compression = rocksdb::kLZ4Compression;
  options.info_log = std::make_shared<NoLog>();
  options.max_total_wal_size = std::uint64_t{64} << 20;
  // An epoch comes as one sorted file: to merge some of like size costs least.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.level0_file_num_compaction_trigger = kSortedRunsMax;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

Result<std::unique_ptr<rocksdb::DB>> open_database(const std::string& folder) {
  rocksdb::DB* database = nullptr;
  if (const auto status = rocksdb::DB::Open(store_options(), folder, &database); !status.ok()) {
    return store_error(status);
  }
  return std::unique_ptr<rocksdb::DB>(database);
}

/// The value of a key that may be missing.
Result<std::optional<std::string>> value_of(rocksdb::DB& database, std::string_view key) {
  std::string value;
  const auto status = database.Get({}, rocksdb::Slice(key.data(), key.size()), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return store_error(status);
  return std::optional(std::move(value));
}

Result<bool> has_other_format(rocksdb::DB& database) {
  ASSAY_TRY(const auto version, value_of(database, kFormatKey));
  if (version) return *version != kFormatVersion;
  ASSAY_TRY(const auto first_version, value_of(database, kEpochKeyOfVersion1));
  return first_version.has_value();
}

}  // namespace

struct StateStore::Impl {
  std::unique_ptr<rocksdb::DB> database;
  std::string file;  ///< where an epoch's file is made
};

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::~StateStore() = default;
StateStore::StateStore(StateStore&&) noexcept = default;
StateStore& StateStore::operator=(StateStore&&) noexcept = default;

Result<StateStore> StateStore::open(const std::string& folder) {
  ASSAY_TRY(auto database, open_database(folder));
  ASSAY_TRY(const bool other, has_other_format(*database));
  if (other) {
    database.reset();
    if (const auto status = rocksdb::DestroyDB(folder, store_options()); !status.ok()) {
      return store_error(status);
    }
    ASSAY_TRY(database, open_database(folder));
  }
  auto impl = std::make_unique<Impl>();
  impl->database = std::move(database);
  impl->file = folder + "/epoch.sst";
  return StateStore(std::move(impl));
}

Result<std::int64_t> StateStore::applied_epoch() const {
  ASSAY_TRY(const auto value, value_of(*impl_->database, kEpochKey));
  return value ? std::stoll(*value) : std::int64_t{0};
}

namespace {

/// Looks up keys of one scope, which are in ascending order.
class Lookup {
 public:
  Lookup(rocksdb::DB& database, const std::string& prefix) : database_(database), prefix_(prefix) {}

  Status read(std::span<const fold::PageKey> keys, fold::Pages& pages) {
    bytes_.clear();
    for (const fold::PageKey& key : keys) append_store_key(bytes_, prefix_, key);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      slices_[i] = rocksdb::Slice(bytes_.data() + i * kStoreKeySize, kStoreKeySize);
    }
    database_.MultiGet(rocksdb::ReadOptions(), database_.DefaultColumnFamily(), keys.size(),
                       slices_.data(), values_.data(), statuses_.data(), /*sorted_input=*/true);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (statuses_[i].ok()) {
        pages.set(keys[i], std::string_view(values_[i].data(), values_[i].size()));
      } else if (statuses_[i].IsNotFound()) {
        pages.set(keys[i], std::nullopt);
      } else {
        return store_error(statuses_[i]);
      }
      values_[i].Reset();
    }
    return {};
  }

 private:
  rocksdb::DB& database_;
  const std::string& prefix_;
  std::string bytes_;
  std::vector<rocksdb::Slice> slices_ = std::vector<rocksdb::Slice>(kLookupsAtOnce);
  std::vector<rocksdb::PinnableSlice> values_ = std::vector<rocksdb::PinnableSlice>(kLookupsAtOnce);
  std::vector<rocksdb::Status> statuses_ = std::vector<rocksdb::Status>(kLookupsAtOnce);
};

}  // namespace

Status StateStore::load(const StateScope& scope, std::span<const fold::PageKey> keys,
                        fold::Pages& pages) const {
  const std::string prefix = scope_prefix(scope);
  const auto overlay = overlay_.find(prefix);
  std::vector<fold::PageKey> stored;
  pages.reserve(keys.size());
  for (const fold::PageKey& key : keys) {
    const auto staged = overlay == overlay_.end() ? std::nullopt : overlay->second.find(key);
    if (staged)
      pages.set(key, *staged);
    else
      stored.push_back(key);
  }
  if (!std::is_sorted(stored.begin(), stored.end())) std::sort(stored.begin(), stored.end());
  Lookup lookup(*impl_->database, prefix);
  for (std::size_t i = 0; i < stored.size(); i += kLookupsAtOnce) {
    const auto part = std::span(stored).subspan(i, std::min(kLookupsAtOnce, stored.size() - i));
    ASSAY_TRY_VOID(lookup.read(part, pages));
  }
  return {};
}

void StateStore::stage(const StateScope& scope, fold::PageWrites writes,
                       std::span<const fold::PageKey> deletions) {
  if (writes.empty() && deletions.empty()) return;
  fold::Pages& pages = overlay_[scope_prefix(scope)];
  for (const fold::PageKey& key : deletions) pages.set(key, std::nullopt);
  pages.set(std::move(writes));
}

Status StateStore::apply(std::int64_t epoch) {
  std::size_t pages = 0;
  for (const auto& [prefix, staged] : overlay_) pages += staged.size();
  ASSAY_TRY_VOID(pages > kFileOverlayPages ? apply_as_file(epoch) : apply_as_batch(epoch));
  overlay_.clear();
  return {};
}

namespace {

/// Calls put(key, value) and remove(key), each of which returns RocksDB's status, in the order of
/// the keys: the epoch's number, the format's, and all pages.
template <typename Put, typename Remove>
rocksdb::Status for_each_change(const std::map<std::string, fold::Pages>& overlay,
                                std::int64_t epoch, const Put& put, const Remove& remove) {
  rocksdb::Status status = put(kEpochKey, std::to_string(epoch));
  if (status.ok()) status = put(kFormatKey, kFormatVersion);
  std::string key;
  for (const auto& [prefix, pages] : overlay) {
    for (const fold::Pages::Entry& entry : pages.sorted()) {
      if (!status.ok()) return status;
      key.clear();
      append_store_key(key, prefix, entry.key);
      status = entry.page ? put(key, *entry.page) : remove(key);
    }
  }
  return status;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

/// Not synced: what a power cut takes away is folded again from silver.
Status StateStore::apply_as_batch(std::int64_t epoch) {
  rocksdb::WriteBatch batch;
  rocksdb::Status status = for_each_change(
      overlay_, epoch,
      [&](std::string_view key, std::string_view value) {
        return batch.Put(slice(key), slice(value));
      },
      [&](std::string_view key) { return batch.Delete(slice(key)); });
  if (status.ok()) status = impl_->database->Write({}, &batch);
  return status.ok() ? Status() : store_error(status);
}

/// The pages of a large epoch need no log and no sorting in memory: they become one file, which the
/// store takes in as it is. A crash leaves the file beside the store, where the next one replaces
/// it.
Status StateStore::apply_as_file(std::int64_t epoch) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), impl_->database->GetOptions());
  rocksdb::Status status = writer.Open(impl_->file);
  if (!status.ok()) return store_error(status);
  status = for_each_change(
      overlay_, epoch,
      [&](std::string_view key, std::string_view value) {
        return writer.Put(slice(key), slice(value));
      },
      [&](std::string_view key) { return writer.Delete(slice(key)); });
  if (status.ok()) status = writer.Finish();
  rocksdb::IngestExternalFileOptions options;
  options.move_files = true;
  if (status.ok()) status = impl_->database->IngestExternalFile({impl_->file}, options);
  return status.ok() ? Status() : store_error(status);
}

}  // namespace assay::engine
