#pragma once
// What of a Kafka record is not its value, as bronze.record's headers keep it.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::engine {

/// As in KafkaRecord.
using KafkaHeaderList = std::vector<std::pair<std::string_view, std::optional<std::string_view>>>;

/// A JSON object; empty where there is nothing to keep. docs/streaming.md has its members.
std::string kafka_headers_json(std::optional<std::string_view> key, const KafkaHeaderList& headers,
                               bool is_tombstone);

}  // namespace assay::engine
