#pragma once
// The push log as a source.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/push_log.h"
#include "engine/source.h"

namespace assay::engine {

/// What control knows of the push log's streams for the applications that are in force.
Result<PushLog::Streams> push_streams(Session& session);

/// An application's records in the order in which they were acknowledged. Both must outlive it.
class PushSource final : public Source {
 public:
  static constexpr std::string_view kKind = "push";
  PushSource(Session& session, PushLog& log) : session_(session), log_(log) {}

  std::string_view kind() const override { return kKind; }
  Waiting waiting() const override;
  Status poll(BronzeEpoch& epoch) override;
  Status acknowledge() override;

 private:
  Session& session_;
  PushLog& log_;
  PushLog::Position position_;
  std::vector<PushedKey> keys_;  ///< of the last poll
  std::map<std::pair<std::string, std::string>, std::int64_t> next_;
};

/// Reads the ranges of an interrupted epoch again.
Status repeat_push_ranges(Session& session, BronzeEpoch& epoch, std::span<const InputRange> ranges);

}  // namespace assay::engine
