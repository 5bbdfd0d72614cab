// sources/*.yaml: where records come from.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/names.h"

namespace assay::model {
namespace {

/// What the routes of one kind of source match.
struct RouteForm {
  std::string_view pattern;   ///< the key that holds the pattern
  std::string_view expected;  ///< what stands there
  bool headers = false;       ///< records have headers that may say whose they are
};
constexpr RouteForm kPaths = {"pattern", "a pattern of paths", false};
constexpr RouteForm kTopics = {"topic", "a topic's name, or a pattern of names", true};

const RouteForm& form_of(const Source& source) { return source.kind == "kafka" ? kTopics : kPaths; }

/// The names in braces, in order; reports an open brace that is never closed.
std::vector<std::string> placeholders(const Node& pattern, ProblemList& problems) {
  std::vector<std::string> names;
  const std::string& text = pattern.text;
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      problems.add(pattern.location, Code::yaml_bad_value,
                   fmt::format("pattern {} has a \"{{\" without \"}}\"", describe(pattern)),
                   "{tenant} or {application}");
      return names;
    }
    names.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return names;
}

/// The tenant or the application of a route is written out, captured or in a header: exactly one
/// of them.
void check_routed(const Node& route, const RouteForm& form, std::string_view key,
                  const std::vector<std::string>& captured, ProblemList& problems) {
  const std::string header_key = fmt::format("{}_header", key);
  auto times = std::count(captured.begin(), captured.end(), key);
  times += route.find(key) != nullptr ? 1 : 0;
  times += form.headers && route.find(header_key) != nullptr ? 1 : 0;
  if (times == 1) return;
  const std::string expected =
      form.headers
          ? fmt::format("one of the key \"{}\", the key \"{}\", one {{{}}} in the {}", key,
                        header_key, key, form.pattern)
          : fmt::format("either the key \"{}\" or one {{{}}} in the {}", key, key, form.pattern);
  if (times == 0) {
    problems.add(route.location, Code::yaml_missing_key,
                 fmt::format("a route does not say the {}", key), expected);
  } else {
    problems.add(locate(route, {form.pattern}), Code::yaml_bad_value,
                 fmt::format("a route says the {} twice", key), expected);
  }
}

bool is_topic_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || std::string_view("._-*{}").find(c) != std::string_view::npos;
}

void check_pattern_text(const Node& pattern, const RouteForm& form, ProblemList& problems) {
  if (!form.headers) {
    if (!pattern.text.empty() && !pattern.text.starts_with('/')) return;
    problems.add(pattern.location, Code::yaml_bad_value,
                 fmt::format("{} is no pattern of paths", describe(pattern)),
                 "a relative pattern like **/{tenant}/{application}/*.json");
  } else if (pattern.text.empty() || !std::ranges::all_of(pattern.text, is_topic_text)) {
    problems.add(pattern.location, Code::yaml_bad_value,
                 fmt::format("{} is no name of a topic", describe(pattern)),
                 "letters, digits, \".\", \"_\" and \"-\", with * and {tenant}, {application}");
  }
}

void check_pattern(const Node& route, const RouteForm& form, const Node& pattern,
                   ProblemList& problems) {
  const std::vector<std::string> captured = placeholders(pattern, problems);
  for (const std::string& name : captured) {
    if (name == "tenant" || name == "application") continue;
    problems.add(pattern.location, Code::yaml_bad_value,
                 fmt::format("a pattern cannot capture \"{{{}}}\"", name),
                 expected_names(name, {"tenant", "application"}));
  }
  check_pattern_text(pattern, form, problems);
  check_routed(route, form, "tenant", captured, problems);
  check_routed(route, form, "application", captured, problems);
}

Route read_route(const Node& node, const RouteForm& form, ProblemList& problems) {
  std::vector<std::string_view> keys = {form.pattern, "tenant", "application"};
  if (form.headers) keys.insert(keys.end(), {"tenant_header", "application_header"});
  MapReader map(node, {"a route", std::move(keys)}, problems);
  Route route;
  route.location = node.location;
  map.require(form.pattern, form.expected);
  route.pattern = map.text(form.pattern);
  route.tenant = map.text("tenant");
  route.application = map.text("application");
  if (form.headers) {
    route.tenant_header = map.text("tenant_header");
    route.application_header = map.text("application_header");
  }
  const Node* pattern = node.find(form.pattern);
  if (pattern != nullptr && pattern->kind == Node::Kind::scalar)
    check_pattern(node, form, *pattern, problems);
  return route;
}

/// How the inputs are written, where their content alone shall not decide.
void read_format(MapReader& map, Source& source) {
  source.format = map.choice("format", {"csv"}).value_or("");
  if (!map.has("delimiter")) return;
  source.delimiter = map.text("delimiter");
  const bool fits = source.delimiter.size() == 1 && source.delimiter != "\"" &&
                    source.delimiter != "\n" && source.delimiter != "\r";
  if (source.format != "csv" || !fits) {
    map.bad_value("delimiter", fmt::format("the delimiter \"{}\" cannot be", source.delimiter),
                  "one character of ASCII that is no quote, beside format: csv");
  }
}

bool is_broker(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, port);
  const bool plain = text.find_first_of(", /\t") == std::string_view::npos;
  return plain && fault == std::errc() && stop == end && port != 0;
}

/// At most one of two keys, both of which say where one secret stands.
void read_secret(MapReader& map, std::string_view env_key, std::string_view file_key,
                 std::pair<std::string*, std::string*> into) {
  *into.first = map.text(env_key);
  *into.second = map.text(file_key);
  if (into.first->empty() || into.second->empty()) return;
  map.bad_value(file_key, fmt::format("both \"{}\" and \"{}\" are given", env_key, file_key),
                "one of them");
}

void read_security(const Node& node, KafkaAccess& access, ProblemList& problems) {
  MapReader map(node,
                {"\"security\"",
                 {"protocol", "mechanism", "username", "password_env", "password_file", "ca_file",
                  "certificate_file", "key_file", "key_password_env", "key_password_file"}},
                problems);
  map.require("protocol", "ssl, sasl_plaintext, sasl_ssl or plaintext");
  access.protocol =
      map.choice("protocol", {"ssl", "sasl_plaintext", "sasl_ssl", "plaintext"}).value_or("");
  access.mechanism =
      map.choice("mechanism", {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}).value_or("");
  access.username = map.text("username");
  read_secret(map, "password_env", "password_file", {&access.password_env, &access.password_file});
  access.ca_file = map.text("ca_file");
  access.certificate_file = map.text("certificate_file");
  access.key_file = map.text("key_file");
  read_secret(map, "key_password_env", "key_password_file",
              {&access.key_password_env, &access.key_password_file});
  if (access.protocol.starts_with("sasl")) {
    map.require("mechanism", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
    map.require("username", "the user's name");
    if (!map.has("password_file"))
      map.require("password_env", "the name of the environment variable with the password");
  }
  if (map.has("certificate_file")) map.require("key_file", "the file of the certificate's key");
}

void read_kafka(MapReader& map, Source& source, ProblemList& problems) {
  KafkaAccess& access = source.kafka;
  map.require("brokers", "a list of HOST:PORT");
  access.brokers = map.texts("brokers");
  const bool has_brokers = map.list("brokers") != nullptr;
  if (has_brokers && (access.brokers.empty() || !std::ranges::all_of(access.brokers, is_broker))) {
    map.bad_value("brokers", fmt::format("the brokers of source \"{}\" cannot be", source.name),
                  "a list of HOST:PORT");
  }
  access.group = map.text("group");
  access.on_expired = map.choice("on_expired", {"stop", "skip"}).value_or("");
  if (const Node* security = map.map("security")) read_security(*security, access, problems);
}

std::vector<std::string_view> keys_of(bool is_kafka) {
  if (is_kafka) return {"source", "kind", "brokers", "group", "on_expired", "security", "routes"};
  return {"source", "kind", "format", "delimiter", "routes"};
}

}  // namespace

void read_source(const Node& document, Drafts& drafts, ProblemList& problems) {
  const Node* kind = document.find("kind");
  const bool is_kafka = kind != nullptr && kind->text == "kafka";
  MapReader map(document, {"a source", keys_of(is_kafka)}, problems);
  Draft<Source> draft{{}, &document};
  Source& source = draft.value;
  source.location = map.location_of("source");
  map.require("source", "the source's name");
  source.name = map.text("source");
  if (!source.name.empty()) check_label(source.location, source.name, "a source", problems);
  map.require("kind", "file or kafka");
  source.kind = map.choice("kind", {"file", "kafka"}).value_or("file");
  if (is_kafka)
    read_kafka(map, source, problems);
  else
    read_format(map, source);
  map.require("routes", "a list of routes");
  if (const Node* routes = map.list("routes"); routes != nullptr) {
    for (const Node& route : routes->items)
      source.routes.push_back(read_route(route, form_of(source), problems));
    if (routes->items.empty()) {
      map.bad_value("routes", fmt::format("source \"{}\" has no routes", source.name),
                    "at least one route");
    }
  }
  drafts.sources.push_back(std::move(draft));
}

}  // namespace assay::model
