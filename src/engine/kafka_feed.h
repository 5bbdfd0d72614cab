#pragma once
// The thread that talks to a Kafka cluster, and the records that it has brought.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/kafka_client.h"
#include "engine/kafka_mark.h"
#include "engine/source.h"
#include "io/clock.h"

namespace assay::engine {

/// A partition of one life of a topic.
struct KafkaPart {
  KafkaPlace place;
  std::int64_t generation = 0;  ///< grows where the topic was deleted and made again
  auto operator<=>(const KafkaPart&) const = default;
};

/// Where a partition stands in bronze.
struct KafkaStanding {
  std::int64_t generation = 0;
  std::int64_t next = 0;  ///< offset that bronze takes next
  std::optional<KafkaMark> mark;
};

/// What a partition gave: a record, or news of offsets that have none.
struct KafkaItem {
  enum class Kind { record, end, dropped };
  Kind kind = Kind::record;
  std::shared_ptr<const KafkaPart> part;
  std::optional<KafkaRecord> record;
  KafkaMark mark;         ///< of the record
  std::int64_t from = 0;  ///< dropped: from here up to `to` the broker has no records any more
  std::int64_t to = 0;    ///< dropped, end: the next record stands here or behind it
};

/// Reads all partitions of the topics that are wanted, each from where bronze stands, as far ahead
/// as its buffer holds. Any thread; work is done on one of its own.
class KafkaFeed {
 public:
  struct Options {
    std::string source;                                       ///< its name
    std::function<bool(const std::string& topic)> is_wanted;  ///< from any thread
    std::vector<std::string> expected;  ///< topics that are to be there, by name
    std::map<KafkaPlace, KafkaStanding> standings;
    bool skip_expired = false;
    std::function<void()> ring;  ///< there is something to take
  };
  KafkaFeed(std::unique_ptr<KafkaClient> client, Options options);
  ~KafkaFeed();
  KafkaFeed(const KafkaFeed&) = delete;
  KafkaFeed& operator=(const KafkaFeed&) = delete;

  Source::Waiting waiting() const;
  /// All that waits, the oldest first.
  std::deque<KafkaItem> take();
  /// What was taken and not used; it comes first again.
  void give_back(std::deque<KafkaItem> items);
  /// These offsets are what bronze takes next.
  void committed(const std::vector<std::pair<KafkaPlace, std::int64_t>>& offsets);
  /// Brings no more.
  void stop();
  /// Of its counts and notes those since the last call.
  SourceReport report();

 private:
  /// A partition, on the feed's thread.
  struct Reading {
    enum class State { resting, checking, running, halted };
    State state = State::resting;
    std::shared_ptr<const KafkaPart> part;
    std::int64_t next = 0;  ///< offsets before it were delivered, or have nothing to deliver
    bool promised = false;  ///< nothing from `next` on may be missing
    std::optional<KafkaMark> mark;
    Micros again = 0;           ///< when a resting one is tried again
    std::int64_t base = 0;      ///< where a partition that was new began
    std::int64_t told_end = 0;  ///< the log's end, where nothing but traces lies before it
    bool is_faulty = false;
  };

  void work();
  void look();
  void note_topics(const std::vector<KafkaTopic>& topics);
  void settle();
  bool settle(Reading& reading);
  bool begin_where_dropped(Reading& reading, std::int64_t low);
  void pull();
  void on_event(KafkaEvent event);
  void on_end(Reading& reading, std::int64_t end);
  void on_record(Reading& reading, KafkaEvent event);
  void rest(Reading& reading, Micros pause);
  void begin_anew(Reading& reading);
  void deliver(KafkaItem item);
  void mirror();
  void measure();
  void set_alarm(Code code, const std::string& about, std::string text);
  void end_alarm(Code code, const std::string& about);
  Reading* reading_of(const KafkaPlace& place);

  const std::unique_ptr<KafkaClient> client_;
  const Options options_;
  const std::unique_ptr<io::Clock> clock_ = io::system_clock();
  // On the feed's thread alone.
  std::map<KafkaPlace, Reading> readings_;
  Reading* last_ = nullptr;
  Micros look_at_ = 0;
  Micros measure_at_ = 0;
  bool was_up_ = false;
  bool is_unsettled_ = true;
  std::string mirror_fault_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<KafkaItem> items_;
  std::uint64_t item_bytes_ = 0;
  std::int64_t item_records_ = 0;
  Micros since_ = 0;
  Micros pulled_ = 0;  ///< when the buffer was last known to hold all that there was
  bool stopped_ = false;
  bool ending_ = false;
  std::map<KafkaPlace, std::int64_t> committed_;  ///< in bronze
  std::map<KafkaPlace, std::int64_t> to_mirror_;
  SourceReport report_;

  std::thread thread_;  // last: it uses the others
};

}  // namespace assay::engine
