#pragma once
// A consumer of one Kafka cluster that says by itself what it reads, and from where. librdkafka
// behind it.

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "engine/kafka_settings.h"

namespace assay::engine {

/// A partition of a topic.
struct KafkaPlace {
  std::string topic;
  std::int32_t partition = 0;
  auto operator<=>(const KafkaPlace&) const = default;
};

/// One record as the broker gave it; owns its bytes. It must not outlive its client.
class KafkaRecord {
 public:
  explicit KafkaRecord(void* message) : message_(message) {}
  ~KafkaRecord();
  KafkaRecord(KafkaRecord&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
  KafkaRecord& operator=(KafkaRecord&& other) noexcept;

  std::int64_t offset() const;
  Micros timestamp() const;  ///< that the broker keeps; 0 where it keeps none
  std::string_view payload() const;
  bool is_tombstone() const;  ///< a key without a value
  std::optional<std::string_view> key() const;
  /// In their order; names may repeat, and a value may be null.
  using Header = std::pair<std::string_view, std::optional<std::string_view>>;
  std::vector<Header> headers() const;
  bool has_headers() const;
  std::size_t size() const;  ///< bytes that it takes in memory, about

 private:
  void* message_;
};

struct KafkaTopic {
  std::string name;
  std::vector<std::int32_t> partitions;
  int leaderless = 0;  ///< partitions that no broker leads
};

/// What came next.
struct KafkaEvent {
  enum class Kind {
    nothing,
    record,
    end,        ///< of a partition: `offset` is the one that its next record will have, or more
    reset,      ///< the offset that was to be read next is not there (any more, or yet)
    gone,       ///< the topic, or the partition, is not there
    unread,     ///< something is wrong with a partition
    suspicious  ///< something is wrong with the cluster
  };
  Kind kind = Kind::nothing;
  KafkaPlace place;
  std::optional<KafkaRecord> record;
  std::int64_t offset = 0;
  std::string text;  ///< of what is wrong
};

/// One thread. Aborted transactions are never seen, open ones not yet.
class KafkaClient {
 public:
  /// Touches no network. Code::source_unreadable where the settings cannot be.
  static Result<std::unique_ptr<KafkaClient>> open(const KafkaSettings& settings);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  /// Code::broker_unreachable after `most`.
  Result<std::vector<KafkaTopic>> topics(Micros most);
  struct Watermarks {
    std::int64_t low = 0;   ///< the oldest offset that is kept
    std::int64_t high = 0;  ///< the one that the next record gets, behind all decided ones
  };
  /// Asks the partition's leader.
  Result<Watermarks> watermarks(const KafkaPlace& place, Micros most);
  /// What the last answers said; -1 where nobody knows.
  std::int64_t last_known_end(const KafkaPlace& place) const;

  Status begin(const KafkaPlace& place, std::int64_t offset);
  void leave(const KafkaPlace& place);
  KafkaEvent next(Micros most);

  /// Tells the group where we stand: each the offset that is read next. The answer comes later.
  void mirror(const std::vector<std::pair<KafkaPlace, std::int64_t>>& offsets);
  bool is_mirroring() const;
  /// Why the last answer was no; empty where it was yes.
  std::string mirror_fault() const;

 private:
  struct Impl;
  explicit KafkaClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::engine
