#include "engine/source.h"

#include <array>

#include <fmt/format.h>

#include "engine/kafka_source.h"
#include "engine/push_source.h"

namespace assay::engine {
namespace {

struct Kind {
  std::string_view name;
  Status (*repeat)(Session& session, BronzeEpoch& epoch, std::span<const InputRange> ranges);
};
constexpr std::array kKinds = {
    Kind{PushSource::kKind, repeat_push_ranges},
    Kind{KafkaSource::kKind, repeat_kafka_ranges},
};

}  // namespace

Status repeat_ranges(Session& session, BronzeEpoch& epoch, std::span<const InputRange> ranges) {
  std::size_t known = 0;
  for (const Kind& kind : kKinds) {
    std::vector<InputRange> own;
    for (const InputRange& range : ranges) {
      if (range.kind == kind.name) own.push_back(range);
    }
    known += own.size();
    if (!own.empty()) ASSAY_TRY_VOID(kind.repeat(session, epoch, own));
  }
  for (const InputRange& range : ranges) known += range.kind == InputRange::kFile ? 1 : 0;
  if (known == ranges.size()) return {};
  return make_error(Code::internal, "an intent names a kind of source that is not known");
}

}  // namespace assay::engine
