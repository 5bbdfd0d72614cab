#pragma once
// What a source of records is to the engine, and the list of those that it has.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/bronze_epoch.h"
#include "engine/session.h"

namespace assay::engine {

/// How a source is doing.
struct SourceReport {
  struct Alarm {
    Code code = Code::internal;
    std::string about;  ///< a topic, a partition; empty: all of it
    std::string text;
    bool operator==(const Alarm&) const = default;
  };
  struct Lag {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t records = 0;  ///< offsets of the broker that are not in bronze
  };
  std::string source;  ///< its name in the workspace
  bool is_up = false;  ///< it answers
  std::vector<Alarm> alarms;
  std::vector<Lag> lags;
  std::int64_t missing = 0;        ///< offsets that were dropped before they were taken
  std::vector<std::string> notes;  ///< each is told once
};

/// Gives records to bronze epochs: `poll`, the epoch's commit, `acknowledge`, and so on. One
/// thread.
///
/// 1. What a poll adds is a range of each (destination, source id) that it names, and begins where
///    the control database stands: a source keeps no position of its own that could differ.
/// 2. The same range gives the same records until it was acknowledged (see `repeat_ranges`).
/// 3. After an error, or an epoch that failed, a source is made anew.
class Source {
 public:
  Source() = default;
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  virtual std::string_view kind() const = 0;

  struct Waiting {
    std::uint64_t bytes = 0;
    Micros since = 0;  ///< when the oldest of them was received; 0 where none waits
  };
  virtual Waiting waiting() const = 0;
  /// Adds records and their ranges to the epoch until it is full or there is nothing more.
  virtual Status poll(BronzeEpoch& epoch) = 0;
  /// The epoch of the last poll is committed: its records may be forgotten.
  virtual Status acknowledge() = 0;
  /// The engine ends: what has not been fetched yet stays where it is.
  virtual void finish() {}
  /// Of a source that has something to say of itself.
  virtual std::optional<SourceReport> report() { return std::nullopt; }
};

/// Gives the epoch the records of an interrupted one again, those of all kinds of sources but
/// files. Adding a kind: a file with a Source and a function of this form, and a line in
/// source.cc.
Status repeat_ranges(Session& session, BronzeEpoch& epoch, std::span<const InputRange> ranges);

}  // namespace assay::engine
