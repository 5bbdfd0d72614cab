#include "engine/kafka_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/kafka_rows.h"

namespace assay::engine {
namespace {

std::string key_of(const Destination& destination) { return offset_key(destination, {}).source; }

/// "tenant/application/source"
std::optional<Destination> destination_of(const std::string& key) {
  const std::size_t first = key.find('/');
  const std::size_t last = key.rfind('/');
  if (first == std::string::npos || first == last) return std::nullopt;
  return Destination{.source = key.substr(last + 1),
                     .tenant = key.substr(0, first),
                     .application = key.substr(first + 1, last - first - 1)};
}

}  // namespace

Result<std::unique_ptr<KafkaSource>> KafkaSource::open(Session& session,
                                                       const model::Source& source,
                                                       std::function<void()> ring) {
  std::unique_ptr<KafkaSource> made(new KafkaSource(session, source));
  ASSAY_TRY_VOID(made->load());
  auto settings = kafka_settings(source, session.workspace().limits, session.files());
  if (!settings) {
    made->fault_ = std::move(settings).error();
    return made;
  }
  auto client = KafkaClient::open(*settings);
  if (!client) {
    made->fault_ = std::move(client).error();
    return made;
  }
  // The feed's thread asks a routing of its own.
  auto routing = std::make_shared<const KafkaRouting>(session.workspace(), source);
  made->feed_ = std::make_unique<KafkaFeed>(
      std::move(client).value(),
      KafkaFeed::Options{
          .source = source.name,
          .is_wanted = [routing](const std::string& topic) { return routing->takes(topic); },
          .expected = routing->named_topics(),
          .standings = made->standings(),
          .skip_expired = source.kafka.on_expired == "skip",
          .ring = std::move(ring)});
  return made;
}

/// Where all partitions stand, by the control database.
Status KafkaSource::load() {
  ASSAY_TRY(const auto offsets, session_.control().offsets_ending("/" + name_));
  for (const control::SourceOffset& offset : offsets) {
    const auto destination = destination_of(offset.source);
    if (!destination || destination->source != name_) continue;
    const KafkaPart part{{offset.source_id, offset.partition}, offset.generation};
    Progress& progress = progress_[part];
    progress.ends[offset.source] = offset.next_offset;
    if (offset.next_offset >= progress.next) progress.last = destination;
    progress.next = progress.ahead = std::max(progress.next, offset.next_offset);
    const auto mark = KafkaMark::parse(offset.mark);
    auto& newest = marks_[part];
    if (mark && (!newest || newest->offset < mark->offset)) newest = mark;
  }
  return {};
}

/// Of each partition the newest generation.
std::map<KafkaPlace, KafkaStanding> KafkaSource::standings() const {
  std::map<KafkaPlace, KafkaStanding> standings;
  for (const auto& [part, progress] : progress_) {
    KafkaStanding& standing = standings[part.place];
    if (part.generation < standing.generation) continue;
    standing = {.generation = part.generation, .next = progress.next, .mark = marks_.at(part)};
  }
  return standings;
}

Source::Waiting KafkaSource::waiting() const { return feed_ ? feed_->waiting() : Waiting(); }

KafkaSource::Progress& KafkaSource::progress_of(const std::shared_ptr<const KafkaPart>& part) {
  return progress_[*part];
}

Status KafkaSource::poll(BronzeEpoch& epoch) {
  if (!feed_) return {};
  takings_.clear();
  taken_.clear();
  std::deque<KafkaItem> items = feed_->take();
  while (!items.empty() && !epoch.is_full()) {
    ASSAY_TRY_VOID(take(epoch, items.front()));
    items.pop_front();
  }
  feed_->give_back(std::move(items));
  close_ranges(epoch);
  return {};
}

Status KafkaSource::take(BronzeEpoch& epoch, const KafkaItem& item) {
  Progress& progress = progress_of(item.part);
  if (item.kind == KafkaItem::Kind::end) {
    progress.ahead = std::max(progress.ahead, item.to);
    return {};
  }
  Taking& taking = takings_[*item.part];
  if (item.kind == KafkaItem::Kind::dropped) {
    taking.missing += item.to - item.from;
    taking.end = std::max(taking.end, item.to);
    return {};
  }
  const Destination& destination = routing_.destination(item.part->place.topic, *item.record);
  ASSAY_TRY_VOID(add_kafka_record(session_, epoch, destination, *item.part, *item.record));
  taking.destinations.try_emplace(key_of(destination), destination);
  taking.mark = item.mark;
  taking.end = std::max(taking.end, item.mark.offset + 1);
  progress.ahead = std::max(progress.ahead, taking.end);
  return {};
}

/// A range of each destination that had a record, up to where the partition was read. Where there
/// was none, the one that had the last record says that something moved.
void KafkaSource::close_ranges(BronzeEpoch& epoch) {
  if (takings_.empty()) return;
  for (auto& [part, progress] : progress_) {
    if (progress.ahead > progress.next && progress.last && !takings_.contains(part))
      takings_[part].end = progress.ahead;
  }
  for (auto& [part, taking] : takings_) {
    Progress& progress = progress_[part];
    taking.end = std::max(taking.end, progress.ahead);
    if (taking.destinations.empty()) {
      const Destination& heir = progress.last ? *progress.last : routing_.unrouted();
      taking.destinations.try_emplace(key_of(heir), heir);
    }
    for (const auto& [key, destination] : taking.destinations) {
      std::int64_t& end = progress.ends[key];
      epoch.add_range({.kind = std::string(kKind),
                       .destination = destination,
                       .path = {},
                       .source_id = part.place.topic,
                       .begin = end,
                       .end = taking.end,
                       .prefix_sha256 = {},
                       .generation = part.generation,
                       .partition = part.place.partition,
                       .read_from = progress.next,
                       .missing = taking.missing,
                       .mark = taking.mark ? taking.mark->to_text() : std::string()});
      end = taking.end;
      progress.last = destination;
    }
    progress.next = progress.ahead = taking.end;
    taken_.emplace_back(part.place, taking.end);
  }
}

Status KafkaSource::acknowledge() {
  if (feed_) feed_->committed(taken_);
  taken_.clear();
  return {};
}

void KafkaSource::finish() {
  if (feed_) feed_->stop();
}

std::optional<SourceReport> KafkaSource::report() {
  if (feed_) return feed_->report();
  SourceReport report;
  report.source = name_;
  if (fault_) report.alarms.push_back({fault_->code, "", fault_->to_text()});
  return report;
}

}  // namespace assay::engine
