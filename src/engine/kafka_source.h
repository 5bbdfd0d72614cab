#pragma once
// A Kafka cluster as a source.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/kafka_feed.h"
#include "engine/kafka_route.h"
#include "engine/source.h"

namespace assay::engine {

/// Records of the topics that the source's routes match, each once, in the order of its partition.
/// What is read, and from where, is said here: nobody joins a group.
///
/// A partition may hold records of many destinations. Each of them has an offset of its own in the
/// control database - all of its records before it are in bronze - and the partition is read from
/// the greatest of them. An epoch that has no record of a destination does not move its offset.
class KafkaSource final : public Source {
 public:
  static constexpr std::string_view kKind = "kafka";
  /// Never fails for the cluster's sake: a source that cannot be read has an alarm, and gives
  /// nothing. `ring` is called from other threads when there is something to take.
  static Result<std::unique_ptr<KafkaSource>> open(Session& session, const model::Source& source,
                                                   std::function<void()> ring);

  std::string_view kind() const override { return kKind; }
  Waiting waiting() const override;
  Status poll(BronzeEpoch& epoch) override;
  Status acknowledge() override;
  void finish() override;
  std::optional<SourceReport> report() override;

 private:
  /// A partition, as this source has taken it.
  struct Progress {
    std::int64_t next = 0;                     ///< of the partition
    std::map<std::string, std::int64_t> ends;  ///< by offset key: of a destination
    std::optional<Destination> last;           ///< that had a record
    std::int64_t ahead = 0;                    ///< nothing but traces of transactions before it
  };
  /// What an epoch takes of a partition.
  struct Taking {
    std::int64_t end = 0;
    std::int64_t missing = 0;
    std::optional<KafkaMark> mark;                    ///< of its last record
    std::map<std::string, Destination> destinations;  ///< by offset key
  };

  KafkaSource(Session& session, const model::Source& source)
      : session_(session), name_(source.name), routing_(session.workspace(), source) {}
  Status load();
  std::map<KafkaPlace, KafkaStanding> standings() const;
  Status take(BronzeEpoch& epoch, const KafkaItem& item);
  void close_ranges(BronzeEpoch& epoch);
  Progress& progress_of(const std::shared_ptr<const KafkaPart>& part);

  Session& session_;
  const std::string name_;
  KafkaRouting routing_;
  std::map<KafkaPart, Progress> progress_;
  std::map<KafkaPart, std::optional<KafkaMark>> marks_;     ///< of what was loaded
  std::map<KafkaPart, Taking> takings_;                     ///< of the epoch that is being filled
  std::vector<std::pair<KafkaPlace, std::int64_t>> taken_;  ///< of the last poll
  std::optional<Error> fault_;                              ///< why there is no feed
  std::unique_ptr<KafkaFeed> feed_;
};

/// Reads the ranges of an interrupted epoch again. An error says that the epoch is to be given up:
/// nothing of it is visible, and the next one takes its records.
Status repeat_kafka_ranges(Session& session, BronzeEpoch& epoch,
                           std::span<const InputRange> ranges);

}  // namespace assay::engine
