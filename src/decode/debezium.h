#pragma once
// The envelope that change feeds put around an event when they send its schema along.

#include <optional>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"

namespace assay::decode {

/// The event in {"schema": ..., "payload": {"op": ..., "source": {...}, ...}}, as it stands there;
/// nothing where the payload is no such envelope. Code::tombstone where the event is null.
Result<std::optional<std::string_view>> debezium_event(std::string_view payload,
                                                       const PayloadLimits& limits);

}  // namespace assay::decode
