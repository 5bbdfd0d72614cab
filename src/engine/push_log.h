#pragma once
// The push log: what clients were told is taken, until it is in bronze.

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "control/control.h"
#include "engine/push_frame.h"
#include "io/file_system.h"

namespace assay::engine {

/// A request that brought an idempotency key.
struct PushedKey {
  std::string tenant, application, key;
  std::int64_t first = 0;  ///< offset of its first record
};

/// Requests in segment files, each a frame with a checksum. An application's records are counted
/// without gaps from 0; the count is a record's offset in its source.
///
/// 1. `append` comes back only after the frame was synced. Those that wait together share a sync.
/// 2. A process writes segments of its own, so that what a crash cut off stays behind the end that
///    the next segment's header gives for the one before.
/// 3. After a write or a sync that failed nothing more goes into that segment (its pages may be
///    marked clean though they are not on the disk); the next one begins at the last good frame.
/// 4. A segment goes once all of it is in bronze; then `earlier` knows its idempotency keys.
///
/// `append` from any thread; `read` and `forget` from one.
class PushLog {
 public:
  /// What was told under a key whose records are in bronze. Called under the log's lock.
  using Earlier = std::function<Result<std::optional<control::PushReceipt>>(
      const std::string& tenant, const std::string& application, const std::string& key)>;
  struct Options {
    std::string folder;
    std::size_t segment_bytes = kPushSegmentBytes;
    std::size_t backlog_bytes = kPushBacklogBytes;
    bool read_only = false;  ///< beside the process that writes it: nothing is tidied up
    Earlier earlier;
    std::function<void()> on_append;  ///< after each sync; may be empty
  };
  /// Reads all segments. Errors: push_log_damaged names the place; those of the file system.
  static Result<std::unique_ptr<PushLog>> open(io::FileSystem& files, Options options);

  struct Receipt {
    std::int64_t first = 0;
    std::int64_t records = 0;
    bool repeated = false;  ///< the key was known; nothing was written
  };
  /// `entry.number` and `entry.first` are given here. Errors: tenant_unknown for an application
  /// that is not taken, idempotency_key_reused, backlog_full, those of the file system (then nobody
  /// knows whether it will be taken).
  Result<Receipt> append(PushEntry entry);

  /// The applications that are taken from now on, each with the offset that comes next in bronze.
  using Streams = std::map<std::pair<std::string, std::string>, std::int64_t>;
  void set_streams(const Streams& next_in_bronze);
  bool takes(const std::string& tenant, const std::string& application) const;

  /// A place between two frames; the default is before all of them.
  struct Position {
    std::int64_t segment = 0;
    std::uint64_t offset = 0;
    auto operator<=>(const Position&) const = default;
  };
  /// Gives the durable entries from there on, until there are no more or `visit` says false (it has
  /// taken that one, too). The entries live as long as the call.
  using Visit = std::function<Result<bool>(const PushEntry&)>;
  Result<Position> read(Position from, const Visit& visit);
  /// Everything before `position` is in bronze, and so are the receipts of its keys.
  Status forget(Position position, std::span<const PushedKey> keys);

  struct Waiting {
    std::int64_t records = 0;
    std::uint64_t bytes = 0;
    Micros since = 0;  ///< when the oldest one was received
  };
  Waiting waiting() const;
  std::uint64_t cut_bytes() const { return cut_bytes_; }  ///< what `open` found torn

 private:
  struct Uncommitted {
    Position end;
    Micros received;
    std::uint32_t records;
    std::uint64_t bytes;
  };
  struct Request {
    PushEntry entry;
    std::size_t bytes = 0;        ///< of its records
    std::size_t frame_bytes = 0;  ///< once it is written
    std::optional<Status> done;
  };
  struct Told {  ///< under an idempotency key, and not known to be in bronze
    Sha256 sha256{};
    std::int64_t first = 0;
    std::int64_t records = 0;
    Request* pending = nullptr;  ///< while it is not durable
  };
  struct Stream {
    std::int64_t next = 0;     ///< offset of the next record
    std::int64_t durable = 0;  ///< the same, of what is synced
    bool taken = false;
  };
  using Key = std::array<std::string, 3>;  // tenant, application, idempotency key
  using Lock = std::unique_lock<std::mutex>;

  PushLog(io::FileSystem& files, Options options) : files_(files), options_(std::move(options)) {}
  Status scan();
  Result<std::uint64_t> scan_segment(std::string_view bytes, std::int64_t ordinal,
                                     std::optional<std::uint64_t> end);
  void add_entry(const PushEntry& entry, Position end, std::uint64_t bytes);
  std::string path_of(std::int64_t ordinal) const;

  Result<std::optional<Receipt>> told_before(const PushEntry& entry, Lock& lock);
  void lead(Lock& lock);
  Result<std::uint64_t> write(const std::vector<Request*>& batch);
  Status open_segment(std::int64_t first_number);
  Status check_active();
  void settle(const std::vector<Request*>& batch, const Result<std::uint64_t>& written);

  io::FileSystem& files_;
  const Options options_;
  std::uint64_t cut_bytes_ = 0;
  // Touched by whoever leads a write, one at a time.
  std::int64_t active_ = 0;  ///< segment that takes frames; 0: none
  std::uint64_t active_end_ = 0;
  bool suspicious_ = false;  ///< the last write failed
  std::string frames_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::map<std::int64_t, std::uint64_t> segments_;  ///< ordinal -> durable bytes that count
  std::map<std::pair<std::string, std::string>, Stream, std::less<>> streams_;
  std::map<Key, Told> told_;
  std::deque<Uncommitted> uncommitted_;
  std::vector<Request*> queue_;
  bool writing_ = false;
  std::int64_t next_number_ = 0;
  std::int64_t next_ordinal_ = 1;
  std::uint64_t backlog_bytes_ = 0;  ///< durable or on the way, not in bronze
  std::int64_t backlog_records_ = 0;
};

}  // namespace assay::engine
