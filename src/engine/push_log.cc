#include "engine/push_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace assay::engine {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kDigits = 12;

/// Nothing for a file of another name.
std::optional<std::int64_t> ordinal_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  std::int64_t ordinal = 0;
  const char* const end = name.data() + kDigits;
  const auto [stop, fault] = std::from_chars(name.data(), end, ordinal);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return ordinal;
}

Error damaged(const std::string& path, std::uint64_t at, std::string_view what) {
  return make_error(Code::push_log_damaged,
                    fmt::format("segment \"{}\" of the push log: {} at byte {}", path, what, at),
                    "Restore the file from a copy. Records in it were acknowledged; without it "
                    "they are lost, and their clients have to send them again.");
}

Error reused(const PushEntry& entry) {
  return make_error(
      Code::idempotency_key_reused,
      fmt::format("idempotency key \"{}\" came before with other content", entry.idempotency_key),
      "Give every new content a key of its own; send a key again only with the same content.");
}

using Key = std::array<std::string, 3>;

Key key_of(const PushEntry& entry) {
  return {std::string(entry.tenant), std::string(entry.application),
          std::string(entry.idempotency_key)};
}

}  // namespace

std::string PushLog::path_of(std::int64_t ordinal) const {
  return fmt::format("{}/{:0{}}{}", options_.folder, ordinal, kDigits, kSuffix);
}

Result<std::unique_ptr<PushLog>> PushLog::open(io::FileSystem& files, Options options) {
  std::unique_ptr<PushLog> log(new PushLog(files, std::move(options)));
  if (!log->options_.read_only) ASSAY_TRY_VOID(files.make_folders(log->options_.folder));
  ASSAY_TRY_VOID(log->scan());
  return log;
}

/// Finds what counts in each segment. The end of one stands in the header of the next; of the last
/// one it is where the good frames end.
Status PushLog::scan() {
  ASSAY_TRY(const auto found, files_.list(options_.folder));
  std::vector<SegmentHeader> headers;
  for (const io::FileInfo& file : found) {
    const auto ordinal = ordinal_of(file.path);
    if (!ordinal) continue;
    ASSAY_TRY(const std::string bytes, files_.read_range(file.path, 0, kSegmentHeaderSize));
    const auto header = read_segment_header(bytes);
    if (!header && file.path == path_of(*ordinal) && file.size <= kSegmentHeaderSize &&
        &file == &found.back()) {
      // Its making was cut off, so that no frame ever was in it.
      if (!options_.read_only) ASSAY_TRY_VOID(files_.remove(file.path));
      continue;
    }
    const bool follows = headers.empty() || *ordinal == headers.back().ordinal + 1;
    if (!header || header->ordinal != *ordinal || !follows)
      return damaged(file.path, 0, "no header of this segment");
    headers.push_back(*header);
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const std::int64_t ordinal = headers[i].ordinal;
    const bool last = i + 1 == headers.size();
    const std::string path = path_of(ordinal);
    // What is read here must stay.
    if (last && !options_.read_only) ASSAY_TRY_VOID(files_.sync(path));
    if (i == 0) next_number_ = headers[i].first_number;
    if (headers[i].first_number != next_number_)
      return damaged(path, 0, "entries before it are missing");
    ASSAY_TRY(const std::string bytes, files_.read(path));
    ASSAY_TRY(const std::uint64_t end,
              scan_segment(bytes, ordinal,
                           last ? std::nullopt : std::optional(headers[i + 1].previous_end)));
    segments_[ordinal] = end;
    cut_bytes_ += last ? bytes.size() - end : 0;
    next_ordinal_ = ordinal + 1;
  }
  return {};
}

Result<std::uint64_t> PushLog::scan_segment(std::string_view bytes, std::int64_t ordinal,
                                            std::optional<std::uint64_t> end) {
  std::uint64_t at = kSegmentHeaderSize;
  while (end ? at < *end : at < bytes.size()) {
    const auto frame = read_frame(bytes.substr(at));
    const bool good = frame && frame->entry.number == next_number_;
    if (!good && !end && !is_vouched_for(bytes, at)) return at;
    if (!good) return damaged(path_of(ordinal), at, "a frame is not as it was written");
    at += frame->size;
    ++next_number_;
    add_entry(frame->entry, {ordinal, at}, frame->size);
  }
  if (end && at != *end) return damaged(path_of(ordinal), at, "it does not end at a frame");
  return at;
}

/// REQUIRES: the entry is durable.
void PushLog::add_entry(const PushEntry& entry, Position end, std::uint64_t bytes) {
  const auto count = static_cast<std::int64_t>(entry.records.size());
  Stream& stream = streams_[{std::string(entry.tenant), std::string(entry.application)}];
  stream.durable = entry.first + count;
  stream.next = std::max(stream.next, stream.durable);  // more may be on the way
  uncommitted_.push_back({end, entry.received, static_cast<std::uint32_t>(count), bytes});
  backlog_bytes_ += bytes;
  backlog_records_ += count;
  if (entry.idempotency_key.empty()) return;
  told_[key_of(entry)] = {.sha256 = entry.sha256, .first = entry.first, .records = count};
}

void PushLog::set_streams(const Streams& next_in_bronze) {
  const Lock lock(mutex_);
  for (auto& [name, stream] : streams_) stream.taken = false;
  for (const auto& [name, next] : next_in_bronze) {
    Stream& stream = streams_[name];
    stream.taken = true;
    if (next <= stream.durable) continue;
    stream.durable = next;
    stream.next = std::max(stream.next, next);
  }
}

bool PushLog::takes(const std::string& tenant, const std::string& application) const {
  const Lock lock(mutex_);
  const auto found = streams_.find(std::pair(tenant, application));
  return found != streams_.end() && found->second.taken;
}

/// What was answered when the key came first. Waits for a request with it that is on its way.
Result<std::optional<PushLog::Receipt>> PushLog::told_before(const PushEntry& entry, Lock& lock) {
  const Key key = key_of(entry);
  for (;;) {
    const auto found = told_.find(key);
    if (found == told_.end()) break;
    const Told& told = found->second;
    if (told.sha256 != entry.sha256) return reused(entry);
    if (told.pending == nullptr)
      return std::optional(Receipt{.first = told.first, .records = told.records, .repeated = true});
    changed_.wait(lock);
  }
  if (!options_.earlier) return std::optional<Receipt>();
  ASSAY_TRY(const auto earlier, options_.earlier(key[0], key[1], key[2]));
  if (!earlier) return std::optional<Receipt>();
  if (earlier->sha256 != to_hex(entry.sha256)) return reused(entry);
  return std::optional(
      Receipt{.first = earlier->first, .records = earlier->records, .repeated = true});
}

Result<PushLog::Receipt> PushLog::append(PushEntry entry) {
  Lock lock(mutex_);
  const auto found =
      streams_.find(std::pair(std::string(entry.tenant), std::string(entry.application)));
  if (found == streams_.end() || !found->second.taken) {
    return make_error(Code::tenant_unknown, fmt::format("tenant \"{}\" has no application \"{}\"",
                                                        entry.tenant, entry.application));
  }
  if (!entry.idempotency_key.empty()) {
    ASSAY_TRY(const auto told, told_before(entry, lock));
    if (told) return *told;
  }
  Request request;
  request.entry = std::move(entry);
  for (const PushedRecord& record : request.entry.records)
    request.bytes += record.payload.size() + record.headers.size();
  if (backlog_bytes_ > 0 && backlog_bytes_ + request.bytes > options_.backlog_bytes) {
    return make_error(Code::backlog_full,
                      fmt::format("{} bytes wait to be taken into bronze, and no more than {} may",
                                  backlog_bytes_, options_.backlog_bytes),
                      "Send it again after the seconds that Retry-After says.");
  }
  const auto count = static_cast<std::int64_t>(request.entry.records.size());
  request.entry.number = next_number_++;
  request.entry.first = found->second.next;
  found->second.next += count;
  backlog_bytes_ += request.bytes;
  if (!request.entry.idempotency_key.empty()) {
    told_[key_of(request.entry)] = {.sha256 = request.entry.sha256,
                                    .first = request.entry.first,
                                    .records = count,
                                    .pending = &request};
  }
  queue_.push_back(&request);
  while (!request.done) {
    if (writing_)
      changed_.wait(lock);
    else
      lead(lock);
  }
  if (!*request.done) return unexpected(std::move(*request.done).error());
  return Receipt{.first = request.entry.first, .records = count, .repeated = false};
}

/// Writes what all threads have queued, with one sync.
void PushLog::lead(Lock& lock) {
  writing_ = true;
  const std::vector<Request*> batch = std::exchange(queue_, {});
  lock.unlock();
  const auto written = write(batch);
  lock.lock();
  settle(batch, written);
  writing_ = false;
  changed_.notify_all();
  if (written && options_.on_append) options_.on_append();
}

/// Gives the active segment's new end.
Result<std::uint64_t> PushLog::write(const std::vector<Request*>& batch) {
  if (active_ == 0 || suspicious_ || active_end_ >= options_.segment_bytes)
    ASSAY_TRY_VOID(open_segment(batch.front()->entry.number));
  frames_.clear();
  for (Request* request : batch) {
    const std::size_t before = frames_.size();
    append_frame(frames_, request->entry, active_end_);
    request->frame_bytes = frames_.size() - before;
  }
  suspicious_ = true;
  const std::string path = path_of(active_);
  ASSAY_TRY_VOID(files_.append(path, frames_));
  ASSAY_TRY_VOID(files_.sync(path));
  suspicious_ = false;
  return active_end_ += frames_.size();
}

Status PushLog::open_segment(std::int64_t first_number) {
  if (suspicious_) ASSAY_TRY_VOID(check_active());
  SegmentHeader header{.ordinal = 0, .first_number = first_number, .previous_end = 0};
  {
    const Lock lock(mutex_);
    header.ordinal = next_ordinal_;
    if (!segments_.empty()) header.previous_end = segments_.rbegin()->second;
  }
  const std::string path = path_of(header.ordinal);
  ASSAY_TRY_VOID(files_.remove(path));  // an attempt that failed may have left it
  ASSAY_TRY_VOID(files_.create(path, segment_header(header)));
  ASSAY_TRY_VOID(files_.sync_folder(options_.folder));
  const Lock lock(mutex_);
  next_ordinal_ = header.ordinal + 1;
  segments_[header.ordinal] = kSegmentHeaderSize;
  active_ = header.ordinal;
  active_end_ = kSegmentHeaderSize;
  suspicious_ = false;
  return {};
}

/// After a write that failed: the frames before it must be what they were.
Status PushLog::check_active() {
  if (active_ == 0) return {};
  const std::string path = path_of(active_);
  ASSAY_TRY(const std::string bytes, files_.read_range(path, 0, active_end_));
  std::uint64_t at = kSegmentHeaderSize;
  while (at < active_end_) {
    const auto frame = read_frame(std::string_view(bytes).substr(at));
    if (!frame) return damaged(path, at, "a frame is not as it was written");
    at += frame->size;
  }
  return {};
}

/// Tells the batch what became of it. After a failure all that was queued behind it fails, too:
/// its offsets would leave a gap.
void PushLog::settle(const std::vector<Request*>& batch, const Result<std::uint64_t>& written) {
  if (written) {
    std::uint64_t at = *written;
    for (const Request* request : batch) at -= request->frame_bytes;
    for (Request* request : batch) {
      at += request->frame_bytes;
      backlog_bytes_ -= request->bytes;
      add_entry(request->entry, {active_, at}, request->frame_bytes);
      request->done = Status();
    }
    segments_[active_] = at;
    return;
  }
  std::vector<Request*> failed = batch;
  failed.insert(failed.end(), queue_.begin(), queue_.end());
  queue_.clear();
  next_number_ = failed.front()->entry.number;
  for (Request* request : failed) {
    const PushEntry& entry = request->entry;
    Stream& stream = streams_[{std::string(entry.tenant), std::string(entry.application)}];
    stream.next = stream.durable;
    backlog_bytes_ -= request->bytes;
    if (!entry.idempotency_key.empty()) told_.erase(key_of(entry));
    request->done = Status(unexpected(written.error()));
  }
}

Result<PushLog::Position> PushLog::read(Position from, const Visit& visit) {
  std::map<std::int64_t, std::uint64_t> ends;
  {
    const Lock lock(mutex_);
    ends.insert(segments_.lower_bound(from.segment), segments_.end());
  }
  for (const auto& [ordinal, end] : ends) {
    if (from.segment < ordinal) from = {ordinal, kSegmentHeaderSize};
    if (from.offset >= end) continue;
    const std::string path = path_of(ordinal);
    ASSAY_TRY(const std::string bytes, files_.read_range(path, from.offset, end - from.offset));
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const auto frame = read_frame(rest);
      if (!frame) return damaged(path, from.offset, "a frame is not as it was written");
      rest.remove_prefix(frame->size);
      from.offset += frame->size;
      ASSAY_TRY(const bool more, visit(frame->entry));
      if (!more) return from;
    }
    if (from.offset != end) return damaged(path, from.offset, "bytes are missing");
  }
  return from;
}

Status PushLog::forget(Position position, std::span<const PushedKey> keys) {
  std::vector<std::int64_t> done;
  {
    const Lock lock(mutex_);
    while (!uncommitted_.empty() && uncommitted_.front().end <= position) {
      backlog_bytes_ -= uncommitted_.front().bytes;
      backlog_records_ -= uncommitted_.front().records;
      uncommitted_.pop_front();
    }
    for (const PushedKey& key : keys) {
      const auto found = told_.find({key.tenant, key.application, key.key});
      if (found != told_.end() && found->second.first == key.first) told_.erase(found);
    }
    while (segments_.size() > 1 && segments_.begin()->first < position.segment) {
      done.push_back(segments_.begin()->first);
      segments_.erase(segments_.begin());
    }
  }
  for (const std::int64_t ordinal : done) {
    // One after the other, so that a power cut leaves no gap.
    ASSAY_TRY_VOID(files_.remove(path_of(ordinal)));
    ASSAY_TRY_VOID(files_.sync_folder(options_.folder));
  }
  return {};
}

PushLog::Waiting PushLog::waiting() const {
  const Lock lock(mutex_);
  return {.records = backlog_records_,
          .bytes = backlog_bytes_,
          .since = uncommitted_.empty() ? 0 : uncommitted_.front().received};
}

}  // namespace assay::engine
