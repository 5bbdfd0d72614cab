#include "engine/kafka_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace assay::engine {
namespace {

constexpr std::uint64_t kBufferBytes = kEpochBytes;  ///< then nothing more is fetched
constexpr Micros kPull = kMicrosPerSecond / 10;      ///< that one waits for records
constexpr Micros kLookSoon = kMicrosPerSecond;       ///< while something is wrong
constexpr Micros kLookLate = 10 * kMicrosPerSecond;
constexpr Micros kAnswer = 3 * kMicrosPerSecond;  ///< that a broker may take
constexpr Micros kRest = kMicrosPerSecond;
constexpr Micros kLongRest = 5 * kMicrosPerSecond;  ///< longer than kAnswer: others come first
constexpr Micros kMeasure = kMicrosPerSecond;
constexpr std::size_t kPullRecords = 1000;  ///< between two looks at everything else

std::string shown(const KafkaPlace& place) {
  return fmt::format("{}[{}]", place.topic, place.partition);
}

}  // namespace

KafkaFeed::KafkaFeed(std::unique_ptr<KafkaClient> client, Options options)
    : client_(std::move(client)), options_(std::move(options)) {
  report_.source = options_.source;
  for (const auto& [place, standing] : options_.standings) committed_[place] = standing.next;
  pulled_ = clock_->now();
  thread_ = std::thread([this] { work(); });
}

KafkaFeed::~KafkaFeed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
  items_.clear();  // records live no longer than the client
}

Source::Waiting KafkaFeed::waiting() const {
  const std::lock_guard lock(mutex_);
  return {.bytes = item_bytes_, .since = item_records_ == 0 ? 0 : since_};
}

std::deque<KafkaItem> KafkaFeed::take() {
  const std::lock_guard lock(mutex_);
  item_bytes_ = 0;
  item_records_ = 0;
  changed_.notify_all();
  return std::exchange(items_, {});
}

void KafkaFeed::give_back(std::deque<KafkaItem> items) {
  const std::lock_guard lock(mutex_);
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->record) {
      item_bytes_ += item->record->size();
      ++item_records_;
    }
    items_.push_front(std::move(*item));
  }
}

void KafkaFeed::committed(const std::vector<std::pair<KafkaPlace, std::int64_t>>& offsets) {
  const std::lock_guard lock(mutex_);
  for (const auto& [place, next] : offsets) committed_[place] = to_mirror_[place] = next;
}

void KafkaFeed::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

SourceReport KafkaFeed::report() {
  const std::lock_guard lock(mutex_);
  SourceReport report = report_;
  report_.missing = 0;
  report_.notes.clear();
  return report;
}

/// work: until the end: look -> settle -> pull -> mirror -> measure
void KafkaFeed::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const bool is_full = item_bytes_ >= kBufferBytes || stopped_;
      if (is_full) changed_.wait_for(lock, std::chrono::microseconds(kPull));
      if (ending_) break;
    }
    if (clock_->now() >= look_at_ || look_at_ - clock_->now() > kLookLate) look();
    if (was_up_) settle();
    pull();
    mirror();
    measure();
  }
  // What was mirrored last may still be on its way.
  mirror();
  for (const Micros end = clock_->now() + kMicrosPerSecond;
       was_up_ && client_->is_mirroring() && clock_->now() < end;)
    static_cast<void>(client_->next(kPull));
}

/// Which topics and partitions there are, and whether anybody answers.
void KafkaFeed::look() {
  const auto topics = client_->topics(kAnswer);
  const Micros now = clock_->now();
  {
    const std::lock_guard lock(mutex_);
    report_.is_up = topics.has_value();
  }
  if (!topics) {
    set_alarm(Code::broker_unreachable, "", topics.error().to_text());
    was_up_ = false;
    look_at_ = now + kLookSoon;
    return;
  }
  end_alarm(Code::broker_unreachable, "");
  // Whoever was away may have come back with other topics of the same names.
  if (!was_up_) {
    for (auto& [place, reading] : readings_) {
      if (reading.state != Reading::State::halted) rest(reading, 0);
    }
  }
  was_up_ = true;
  note_topics(*topics);
  look_at_ = now + (is_unsettled_ ? kLookSoon : kLookLate);
}

void KafkaFeed::note_topics(const std::vector<KafkaTopic>& topics) {
  std::set<KafkaPlace> present;
  std::set<std::string> names;
  is_unsettled_ = false;
  for (const KafkaTopic& topic : topics) {
    if (!options_.is_wanted(topic.name)) continue;
    names.insert(topic.name);
    end_alarm(Code::topic_unknown, topic.name);
    for (const std::int32_t partition : topic.partitions) present.insert({topic.name, partition});
    if (topic.leaderless == 0) {
      end_alarm(Code::broker_unreachable, topic.name);
    } else {
      is_unsettled_ = true;
      set_alarm(Code::broker_unreachable, topic.name,
                fmt::format("{} partitions of topic {} are led by no broker", topic.leaderless,
                            topic.name));
    }
  }
  for (const KafkaPlace& place : present) {
    const auto [found, fresh] = readings_.try_emplace(place);
    if (!fresh) continue;
    Reading& reading = found->second;
    KafkaPart part{place, 0};
    const auto standing = options_.standings.find(place);
    if (standing != options_.standings.end()) {
      part.generation = standing->second.generation;
      reading.next = standing->second.next;
      reading.mark = standing->second.mark;
      reading.promised = true;
    }
    reading.part = std::make_shared<const KafkaPart>(std::move(part));
  }
  for (auto& [place, reading] : readings_) {
    is_unsettled_ |= reading.state != Reading::State::running;
    if (present.contains(place)) continue;
    is_unsettled_ = true;
    rest(reading, kLookLate);
    if (names.contains(place.topic)) continue;
    set_alarm(Code::topic_unknown, place.topic,
              fmt::format("the broker has no topic {} any more", place.topic));
  }
  for (const std::string& name : options_.expected) {
    if (names.contains(name)) continue;
    is_unsettled_ = true;
    set_alarm(Code::topic_unknown, name, fmt::format("the broker has no topic {}", name));
  }
}

void KafkaFeed::settle() {
  for (auto& [place, reading] : readings_) {
    const bool is_due = reading.state == Reading::State::resting && clock_->now() >= reading.again;
    if (is_due && !settle(reading)) return;
  }
}

/// Where a partition is read from, by what the broker has. False where it did not answer.
bool KafkaFeed::settle(Reading& reading) {
  const KafkaPlace place = reading.part->place;  // begin_anew makes another part
  const auto marks = client_->watermarks(place, kAnswer);
  if (!marks) {
    rest(reading, kLongRest);
    look_at_ = 0;
    return false;
  }
  if (reading.next > marks->high) begin_anew(reading);  // shorter than what was taken of it
  std::int64_t begin = reading.next;
  reading.state = Reading::State::running;
  const auto& mark = reading.mark;
  if (mark && mark->offset >= marks->low && mark->offset < marks->high) {
    begin = mark->offset;
    reading.state = Reading::State::checking;
  } else if (marks->low > reading.next) {
    if (!begin_where_dropped(reading, marks->low)) return true;
    begin = reading.next;
  }
  if (!std::exchange(reading.promised, true)) reading.base = begin;
  if (!client_->begin(place, begin)) rest(reading, kLongRest);
  return true;
}

/// False where the partition has to wait for a person.
bool KafkaFeed::begin_where_dropped(Reading& reading, std::int64_t low) {
  const KafkaPlace& place = reading.part->place;
  if (reading.promised) {
    const std::string text = fmt::format(
        "the broker has dropped {} offsets of partition {} of topic {}, {} to {}, before they were "
        "taken",
        low - reading.next, place.partition, place.topic, reading.next, low - 1);
    if (!options_.skip_expired) {
      reading.state = Reading::State::halted;
      set_alarm(Code::records_expired, shown(place),
                text +
                    "; the partition waits. Lengthen the topic's retention. To go on without "
                    "them, write on_expired: skip into the source, and apply.");
      return false;
    }
    {
      const std::lock_guard lock(mutex_);
      report_.missing += low - reading.next;
      report_.notes.push_back(fmt::format("{}: {}; skipped, as the source says",
                                          error_row(Code::records_expired).name, text));
    }
    deliver({.kind = KafkaItem::Kind::dropped,
             .part = reading.part,
             .record = {},
             .mark = {},
             .from = reading.next,
             .to = low});
  }
  reading.next = low;
  return true;
}

/// The topic was deleted and made again: nothing of it was taken yet.
void KafkaFeed::begin_anew(Reading& reading) {
  KafkaPart part = *reading.part;
  ++part.generation;
  {
    const std::lock_guard lock(mutex_);
    committed_.erase(part.place);
    report_.notes.push_back(
        fmt::format("topic {} was deleted and made again: partition {} is read from its start, as "
                    "generation {}",
                    part.place.topic, part.place.partition, part.generation));
  }
  reading.part = std::make_shared<const KafkaPart>(std::move(part));
  reading.next = reading.base = reading.told_end = 0;
  reading.promised = false;
  reading.mark.reset();
}

void KafkaFeed::rest(Reading& reading, Micros pause) {
  const bool is_read =
      reading.state == Reading::State::running || reading.state == Reading::State::checking;
  if (is_read) client_->leave(reading.part->place);
  reading.state = Reading::State::resting;
  reading.again = clock_->now() + pause;
}

KafkaFeed::Reading* KafkaFeed::reading_of(const KafkaPlace& place) {
  if (last_ != nullptr && last_->part->place == place) return last_;
  const auto found = readings_.find(place);
  return found == readings_.end() ? nullptr : last_ = &found->second;
}

void KafkaFeed::pull() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || item_bytes_ >= kBufferBytes) return;
  }
  Micros most = kPull;
  for (std::size_t count = 0; count < kPullRecords; ++count) {
    KafkaEvent event = client_->next(most);
    if (event.kind == KafkaEvent::Kind::nothing) {
      const std::lock_guard lock(mutex_);
      pulled_ = clock_->now();
      return;
    }
    most = 0;
    on_event(std::move(event));
  }
}

void KafkaFeed::on_event(KafkaEvent event) {
  if (event.kind == KafkaEvent::Kind::suspicious) {
    look_at_ = 0;
    return;
  }
  Reading* const reading = reading_of(event.place);
  const bool is_read = reading != nullptr && (reading->state == Reading::State::running ||
                                              reading->state == Reading::State::checking);
  if (!is_read) return;
  switch (event.kind) {
    case KafkaEvent::Kind::record: return on_record(*reading, std::move(event));
    case KafkaEvent::Kind::end: return on_end(*reading, event.offset);
    case KafkaEvent::Kind::gone: look_at_ = 0; return rest(*reading, kRest);
    case KafkaEvent::Kind::reset: return rest(*reading, kPull);
    default:
      reading->is_faulty = true;
      set_alarm(Code::source_unreadable, shown(event.place),
                fmt::format("partition {} of topic {} cannot be read on: {}", event.place.partition,
                            event.place.topic, event.text));
      return rest(*reading, kRest);
  }
}

void KafkaFeed::on_end(Reading& reading, std::int64_t end) {
  const bool was_checked =
      std::exchange(reading.state, Reading::State::running) == Reading::State::running;
  if (!was_checked && end < reading.next) {
    rest(reading, 0);
    return begin_anew(reading);
  }
  if (end <= std::max(reading.next, reading.told_end)) return;
  reading.told_end = end;
  deliver(
      {.kind = KafkaItem::Kind::end, .part = reading.part, .record = {}, .mark = {}, .to = end});
}

void KafkaFeed::on_record(Reading& reading, KafkaEvent event) {
  const std::int64_t offset = event.offset;
  const KafkaMark mark{offset, event.record->timestamp(), xxh3_128(event.record->payload())};
  if (std::exchange(reading.state, Reading::State::running) == Reading::State::checking) {
    if (offset == reading.mark->offset && mark != *reading.mark) {
      rest(reading, 0);
      return begin_anew(reading);
    }
  }
  if (offset < reading.next) return;
  reading.next = offset + 1;
  reading.mark = mark;
  if (std::exchange(reading.is_faulty, false))
    end_alarm(Code::source_unreadable, shown(reading.part->place));
  deliver({.kind = KafkaItem::Kind::record,
           .part = reading.part,
           .record = std::move(event.record),
           .mark = mark});
}

void KafkaFeed::deliver(KafkaItem item) {
  bool is_news = false;
  {
    const std::lock_guard lock(mutex_);
    if (item.record) {
      const std::uint64_t before = item_bytes_;
      item_bytes_ += item.record->size();
      is_news = item_records_++ == 0 || (before < kBufferBytes && item_bytes_ >= kBufferBytes);
      // It may have waited at the client while nobody pulled: then its own time says since when.
      if (item_records_ == 1) {
        const Micros now = clock_->now();
        since_ = std::clamp(item.mark.timestamp, std::min(pulled_, now), now);
      }
    }
    items_.push_back(std::move(item));
  }
  if (is_news) options_.ring();
}

/// Tells the group what is in bronze, for tools that look there. Nothing depends on it.
void KafkaFeed::mirror() {
  if (!was_up_ || client_->is_mirroring()) return;
  std::map<KafkaPlace, std::int64_t> offsets;
  {
    const std::lock_guard lock(mutex_);
    offsets.swap(to_mirror_);
  }
  client_->mirror({offsets.begin(), offsets.end()});
  const std::string fault = client_->mirror_fault();
  if (fault == mirror_fault_) return;
  mirror_fault_ = fault;
  const std::lock_guard lock(mutex_);
  report_.notes.push_back(fault.empty() ? "offsets are mirrored to the broker again"
                                        : "offsets are not mirrored to the broker: " + fault);
}

void KafkaFeed::measure() {
  const Micros now = clock_->now();
  if (now < measure_at_ && measure_at_ - now <= kMeasure) return;
  measure_at_ = now + kMeasure;
  std::vector<SourceReport::Lag> lags;
  const std::lock_guard lock(mutex_);
  for (const auto& [place, reading] : readings_) {
    const std::int64_t end = client_->last_known_end(place);
    const auto found = committed_.find(place);
    std::int64_t taken = std::max(found == committed_.end() ? 0 : found->second, reading.base);
    if (reading.next <= taken) taken = std::max(taken, reading.told_end);
    lags.push_back({place.topic, place.partition, std::max<std::int64_t>(end - taken, 0)});
  }
  report_.lags = std::move(lags);
}

void KafkaFeed::set_alarm(Code code, const std::string& about, std::string text) {
  const std::lock_guard lock(mutex_);
  for (SourceReport::Alarm& alarm : report_.alarms) {
    if (alarm.code == code && alarm.about == about) {
      alarm.text = std::move(text);
      return;
    }
  }
  report_.alarms.push_back({code, about, std::move(text)});
}

void KafkaFeed::end_alarm(Code code, const std::string& about) {
  const std::lock_guard lock(mutex_);
  std::erase_if(report_.alarms, [&](const SourceReport::Alarm& alarm) {
    return alarm.code == code && alarm.about == about;
  });
}

}  // namespace assay::engine
