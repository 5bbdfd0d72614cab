// Reads the offsets of an interrupted epoch from the broker again.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/kafka_rows.h"
#include "engine/kafka_source.h"

namespace assay::engine {
namespace {

constexpr Micros kAnswer = 3 * kMicrosPerSecond;
constexpr int kSilenceMax = 10;  ///< answers that may take as long, with nothing in them

/// A partition that the epoch had read.
struct Stretch {
  std::int64_t from = 0;
  std::int64_t end = 0;
  std::int64_t at = 0;  ///< read up to here
  std::optional<KafkaMark> mark;
  std::vector<InputRange> ranges;
};

Error given_up(Code code, const KafkaPlace& place, const std::string& why) {
  return make_error(code,
                    fmt::format("partition {} of topic {}: {}", place.partition, place.topic, why));
}

/// repeat: begin each stretch at its start -> read until all of them are whole -> add the ranges
class Repetition {
 public:
  Repetition(Session& session, BronzeEpoch& epoch, const model::Source& source)
      : session_(session), epoch_(epoch), source_(source), routing_(session.workspace(), source) {}

  void add(const InputRange& range) {
    Stretch& stretch = stretches_[KafkaPart{{range.source_id, range.partition}, range.generation}];
    stretch.from = stretch.at = range.read_from;
    stretch.end = range.end;
    stretch.mark = KafkaMark::parse(range.mark);
    stretch.ranges.push_back(range);
  }

  Status run() {
    ASSAY_TRY(const auto settings,
              kafka_settings(source_, session_.workspace().limits, session_.files()));
    ASSAY_TRY(client_, KafkaClient::open(settings));
    ASSAY_TRY(const auto topics, client_->topics(kAnswer));
    static_cast<void>(topics);
    for (auto& [part, stretch] : stretches_) ASSAY_TRY_VOID(begin(part, stretch));
    for (int silent = 0; !is_whole();) {
      KafkaEvent event = client_->next(kAnswer);
      silent = event.kind == KafkaEvent::Kind::nothing ? silent + 1 : 0;
      if (silent > kSilenceMax) {
        return given_up(Code::broker_unreachable, stretches_.begin()->first.place,
                        "the broker does not answer any more");
      }
      ASSAY_TRY_VOID(take(event));
    }
    for (auto& [part, stretch] : stretches_) {
      for (InputRange& range : stretch.ranges) epoch_.add_range(std::move(range));
    }
    return {};
  }

 private:
  bool is_whole() const {
    return std::ranges::all_of(
        stretches_, [](const auto& entry) { return entry.second.at >= entry.second.end; });
  }

  Status begin(const KafkaPart& part, Stretch& stretch) {
    ASSAY_TRY(const auto marks, client_->watermarks(part.place, kAnswer));
    // Offsets below the first one that was ever kept are no loss: a range may begin there.
    const bool is_kept = marks.low <= stretch.from || stretch.from == 0;
    if (!is_kept || stretch.end > marks.high) {
      return given_up(Code::records_expired, part.place,
                      fmt::format("the epoch had read {} to {}, the broker keeps {} to {}",
                                  stretch.from, stretch.end - 1, marks.low, marks.high - 1));
    }
    stretch.at = std::max(stretch.from, marks.low);
    if (!parts_.emplace(part.place, part).second)
      return given_up(Code::topic_unknown, part.place, "the topic was deleted and made again");
    return client_->begin(part.place, stretch.at);
  }

  Status take(KafkaEvent& event) {
    const auto part = parts_.find(event.place);
    if (part == parts_.end()) return {};
    Stretch& stretch = stretches_.at(part->second);
    switch (event.kind) {
      case KafkaEvent::Kind::record: return take(part->second, stretch, *event.record);
      case KafkaEvent::Kind::end: stretch.at = std::max(stretch.at, event.offset); return {};
      case KafkaEvent::Kind::reset:
        return given_up(Code::records_expired, event.place, "its records are gone");
      case KafkaEvent::Kind::gone:
        return given_up(Code::topic_unknown, event.place, "it is not there any more");
      case KafkaEvent::Kind::unread:
        return given_up(Code::broker_unreachable, event.place, event.text);
      default: return {};
    }
  }

  Status take(const KafkaPart& part, Stretch& stretch, const KafkaRecord& record) {
    const std::int64_t offset = record.offset();
    if (stretch.at >= stretch.end) return {};
    stretch.at = std::max(stretch.at, offset + 1);
    if (offset >= stretch.end) return {};
    const KafkaMark mark{offset, record.timestamp(), xxh3_128(record.payload())};
    if (stretch.mark && offset == stretch.mark->offset && mark != *stretch.mark)
      return given_up(Code::topic_unknown, part.place, "the topic was deleted and made again");
    const Destination& destination = routing_.destination(part.place.topic, record);
    const bool is_named = std::ranges::any_of(
        stretch.ranges, [&](const InputRange& range) { return range.destination == destination; });
    if (!is_named)
      return given_up(Code::topic_unknown, part.place, "its records are routed in another way now");
    return add_kafka_record(session_, epoch_, destination, part, record);
  }

  Session& session_;
  BronzeEpoch& epoch_;
  const model::Source& source_;
  KafkaRouting routing_;
  std::unique_ptr<KafkaClient> client_;
  std::map<KafkaPart, Stretch> stretches_;
  std::map<KafkaPlace, KafkaPart> parts_;
};

}  // namespace

Status repeat_kafka_ranges(Session& session, BronzeEpoch& epoch,
                           std::span<const InputRange> ranges) {
  // An epoch takes from one source.
  const std::string& name = ranges.front().destination.source;
  for (const model::Source& source : session.workspace().sources) {
    if (source.name != name || source.kind != KafkaSource::kKind) continue;
    Repetition repetition(session, epoch, source);
    for (const InputRange& range : ranges) repetition.add(range);
    return repetition.run();
  }
  return make_error(Code::topic_unknown,
                    fmt::format("the workspace has no Kafka source \"{}\" any more", name));
}

}  // namespace assay::engine
