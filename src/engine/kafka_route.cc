#include "engine/kafka_route.h"

#include <algorithm>

#include "base/ids.h"
#include "engine/route.h"

namespace assay::engine {
namespace {

/// The last header of that name: producers that add one mean it to hold.
std::string_view header_value(const std::vector<KafkaRecord::Header>& headers,
                              std::string_view name) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->first == name) return header->second.value_or(std::string_view());
  }
  return {};
}

}  // namespace

KafkaRouting::KafkaRouting(const model::Workspace& workspace, const model::Source& source)
    : source_(source),
      unrouted_{.source = source.name,
                .tenant = kUnroutedTenant.text(),
                .application = kUnroutedTenant.text()} {
  for (const model::SchemaVersion& version : workspace.versions) {
    known_[version.tenant].try_emplace(
        version.application,
        Destination{
            .source = source.name, .tenant = version.tenant, .application = version.application});
  }
}

bool KafkaRouting::takes(const std::string& topic) const {
  return std::ranges::any_of(source_.routes, [&](const model::Route& route) {
    return match_route(route, topic).has_value();
  });
}

std::vector<std::string> KafkaRouting::named_topics() const {
  std::vector<std::string> names;
  for (const model::Route& route : source_.routes) {
    if (route.pattern.find_first_of("*{") == std::string::npos) names.push_back(route.pattern);
  }
  return names;
}

const std::vector<KafkaRouting::Way>& KafkaRouting::ways_of(const std::string& topic) {
  const auto found = ways_.find(topic);
  if (found != ways_.end()) return found->second;
  std::vector<Way> ways;
  for (const model::Route& route : source_.routes) {
    const auto routed = match_route(route, topic);
    if (!routed) continue;
    ways.push_back(
        {routed->tenant, routed->application, route.tenant_header, route.application_header});
  }
  return ways_.emplace(topic, std::move(ways)).first->second;
}

const Destination* KafkaRouting::known(std::string_view tenant,
                                       std::string_view application) const {
  const auto applications = known_.find(tenant);
  if (applications == known_.end()) return nullptr;
  const auto found = applications->second.find(application);
  return found == applications->second.end() ? nullptr : &found->second;
}

const Destination& KafkaRouting::destination(const std::string& topic, const KafkaRecord& record) {
  std::vector<KafkaRecord::Header> headers;
  for (const Way& way : ways_of(topic)) {
    const bool needs_headers = !way.tenant_header.empty() || !way.application_header.empty();
    if (needs_headers && headers.empty()) headers = record.headers();
    const Destination* const found =
        known(way.tenant_header.empty() ? way.tenant : header_value(headers, way.tenant_header),
              way.application_header.empty() ? way.application
                                             : header_value(headers, way.application_header));
    if (found != nullptr) return *found;
  }
  return unrouted_;
}

}  // namespace assay::engine
