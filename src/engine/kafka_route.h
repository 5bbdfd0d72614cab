#pragma once
// Whose a Kafka record is, by the routes of its source.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/input.h"
#include "engine/kafka_client.h"
#include "model/workspace.h"

namespace assay::engine {

/// Answers for one source; remembers what it found. One thread, but `takes`.
class KafkaRouting {
 public:
  KafkaRouting(const model::Workspace& workspace, const model::Source& source);

  /// Whether any route matches the topic. Any thread.
  bool takes(const std::string& topic) const;
  /// Topics that routes name, without a pattern.
  std::vector<std::string> named_topics() const;

  /// By the first route that matches the topic and leads to an application of the workspace; else
  /// the destination of records that nobody knows.
  const Destination& destination(const std::string& topic, const KafkaRecord& record);
  const Destination& unrouted() const { return unrouted_; }

 private:
  /// A route that matches one topic; empty where a header says it.
  struct Way {
    std::string tenant, application;
    std::string tenant_header, application_header;
  };
  const std::vector<Way>& ways_of(const std::string& topic);
  const Destination* known(std::string_view tenant, std::string_view application) const;

  const model::Source source_;
  const Destination unrouted_;
  using Applications = std::map<std::string, Destination, std::less<>>;
  std::map<std::string, Applications, std::less<>> known_;     ///< by tenant
  std::map<std::string, std::vector<Way>, std::less<>> ways_;  ///< by topic
};

}  // namespace assay::engine
