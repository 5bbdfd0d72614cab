#include "engine/push_source.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::engine {
namespace {

constexpr std::string_view kSourceId = "log";

using StreamName = std::pair<std::string, std::string>;

Destination destination_of(const StreamName& name) {
  return {
      .source = std::string(PushSource::kKind), .tenant = name.first, .application = name.second};
}

Result<std::int64_t> committed(Session& session, const StreamName& name) {
  ASSAY_TRY(const auto next, session.control().next_offset(
                                 offset_key(destination_of(name), std::string(kSourceId))));
  return next.value_or(0);
}

InputRange range_from(const StreamName& name, std::int64_t begin) {
  return {.kind = std::string(PushSource::kKind),
          .destination = destination_of(name),
          .path = {},
          .source_id = std::string(kSourceId),
          .begin = begin,
          .end = begin,
          .prefix_sha256 = {}};
}

Status add_entry(BronzeEpoch& epoch, const PushEntry& entry, InputRange& range) {
  for (const PushedRecord& pushed : entry.records) {
    SplitRecord record;
    record.offset = record.begin = range.end++;
    record.length = static_cast<std::int64_t>(pushed.payload.size());
    record.bytes = pushed.payload;
    record.headers = pushed.headers;
    ASSAY_TRY_VOID(epoch.add(range.destination, {.source_id = range.source_id}, record));
  }
  if (entry.idempotency_key.empty()) return {};
  epoch.add_receipt({.tenant_id = range.destination.tenant,
                     .application = range.destination.application,
                     .key = std::string(entry.idempotency_key),
                     .sha256 = to_hex(entry.sha256),
                     .first = entry.first,
                     .records = static_cast<std::int64_t>(entry.records.size()),
                     .received = entry.received});
  return {};
}

StreamName stream_of(const PushEntry& entry) {
  return {std::string(entry.tenant), std::string(entry.application)};
}

Error gap(const StreamName& name, std::int64_t expected, std::int64_t found) {
  return make_error(
      Code::push_log_damaged,
      fmt::format("the push log goes on at record {} of {}/{}, where record {} is next in bronze",
                  found, name.first, name.second, expected),
      "Restore the folder .assay/push from a copy, together with the control database.");
}

}  // namespace

Result<PushLog::Streams> push_streams(Session& session) {
  PushLog::Streams streams;
  for (const auto& version : session.workspace().versions) {
    const StreamName name{version.tenant, version.application};
    if (streams.contains(name)) continue;
    ASSAY_TRY(streams[name], committed(session, name));
  }
  return streams;
}

Source::Waiting PushSource::waiting() const {
  const PushLog::Waiting waiting = log_.waiting();
  return {.bytes = waiting.bytes, .since = waiting.since};
}

Status PushSource::poll(BronzeEpoch& epoch) {
  std::map<StreamName, InputRange> ranges;
  const auto take = [&](const PushEntry& entry) -> Result<bool> {
    const StreamName name = stream_of(entry);
    if (!next_.contains(name)) {
      ASSAY_TRY(next_[name], committed(session_, name));
    }
    std::int64_t& next = next_[name];
    if (!entry.idempotency_key.empty())
      keys_.push_back({name.first, name.second, std::string(entry.idempotency_key), entry.first});
    const auto count = static_cast<std::int64_t>(entry.records.size());
    if (entry.first + count <= next) return true;  // committed before a crash
    if (entry.first != next) return gap(name, next, entry.first);
    InputRange& range = ranges.try_emplace(name, range_from(name, next)).first->second;
    ASSAY_TRY_VOID(add_entry(epoch, entry, range));
    next += count;
    return !epoch.is_full();
  };
  ASSAY_TRY(position_, log_.read(position_, take));
  for (auto& [name, range] : ranges) epoch.add_range(std::move(range));
  return {};
}

Status PushSource::acknowledge() {
  ASSAY_TRY_VOID(log_.forget(position_, keys_));
  keys_.clear();
  return {};
}

Status repeat_push_ranges(Session& session, BronzeEpoch& epoch,
                          std::span<const InputRange> ranges) {
  std::map<StreamName, std::pair<InputRange, std::int64_t>> wanted;  // so far, and its end
  for (const InputRange& range : ranges) {
    const StreamName name{range.destination.tenant, range.destination.application};
    wanted[name] = {range_from(name, range.begin), range.end};
  }
  const auto take = [&](const PushEntry& entry) -> Result<bool> {
    const auto found = wanted.find(stream_of(entry));
    if (found == wanted.end()) return true;
    auto& [range, end] = found->second;
    if (entry.first != range.end || range.end == end) return true;
    ASSAY_TRY_VOID(add_entry(epoch, entry, range));
    return true;
  };
  ASSAY_TRY(const auto log,
            PushLog::open(session.files(), {.folder = session.paths().push, .read_only = true}));
  ASSAY_TRY(const auto position, log->read({}, take));
  static_cast<void>(position);
  for (auto& [name, wanted_range] : wanted) {
    auto& [range, end] = wanted_range;
    if (range.end != end) return gap(name, range.end, end);
    epoch.add_range(std::move(range));
  }
  return {};
}

}  // namespace assay::engine
