#pragma once
// How librdkafka is set up for one source of the workspace.

#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "io/file_system.h"
#include "model/workspace.h"

namespace assay::engine {

struct KafkaSettings {
  std::vector<std::pair<std::string, std::string>> properties;  ///< secrets among them: never shown
  std::string brokers;                                          ///< for people
};

/// Reads the secrets. Code::source_unreadable where one is missing.
Result<KafkaSettings> kafka_settings(const model::Source& source, const PayloadLimits& limits,
                                     io::FileSystem& files);

}  // namespace assay::engine
