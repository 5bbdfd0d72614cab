#include "serve/registry_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "path/json_document.h"
#include "serve/registry_answers.h"

namespace assay::serve {
namespace {

using nlohmann::ordered_json;

std::string dumped(const ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Error bad_request(std::string what) { return make_error(Code::request_invalid, std::move(what)); }

/// A body of JSON, which must be an object; {} where nothing came.
Result<ordered_json> body_of(const HttpRequest& request) {
  if (request.body.empty()) return ordered_json::object();
  constexpr std::size_t kDepthMax = 64;
  // Read strictly first: no key twice, no bytes that are no UTF-8, no depth without end.
  const auto document = path::JsonDocument::read(
      request.body, {.record_size_max = request.body.size(), .depth_max = kDepthMax});
  if (!document) return bad_request("the body is not valid JSON: " + document.error().message);
  auto json = ordered_json::parse(request.body, nullptr, false);
  if (!json.is_object()) return bad_request("the body must be a JSON object");
  return json;
}

Result<std::string> text_in(const ordered_json& json, const char* name, std::string otherwise) {
  if (!json.contains(name) || json[name].is_null()) return otherwise;
  if (!json[name].is_string()) return bad_request(fmt::format("\"{}\" must be a string", name));
  return json[name].get<std::string>();
}

Result<std::optional<std::int64_t>> number_in(const ordered_json& json, const char* name) {
  if (!json.contains(name) || json[name].is_null()) return std::optional<std::int64_t>();
  if (!json[name].is_number_integer() || json[name] < 1 || json[name] > 2'147'483'647) {
    // Clients send id and version 0 or -1 for "none".
    if (json[name] == 0 || json[name] == -1) return std::optional<std::int64_t>();
    return bad_request(fmt::format("\"{}\" must be a whole number from 1 up", name));
  }
  return std::optional(json[name].get<std::int64_t>());
}

Result<SchemaDraft> draft_in(const ordered_json& json, const RequestTarget& target) {
  SchemaDraft draft;
  ASSAY_TRY(draft.text, text_in(json, "schema", ""));
  ASSAY_TRY(draft.type, text_in(json, "schemaType", "AVRO"));
  ASSAY_TRY(draft.id, number_in(json, "id"));
  ASSAY_TRY(draft.version, number_in(json, "version"));
  draft.normalize = target.flag("normalize");
  if (draft.text.empty()) return make_error(Code::schema_invalid, "Empty schema");
  if (json.contains("references") && !json["references"].is_null()) {
    ASSAY_TRY(draft.references, parse_references(dumped(json["references"])));
  }
  return draft;
}

/// {"metadata": {"properties": {"reason": "..."}}}: why a version was registered.
std::string reason_in(const ordered_json& json) {
  const auto* at = &json;
  for (const char* name : {"metadata", "properties", "reason"}) {
    if (!at->is_object() || !at->contains(name)) return "";
    at = &(*at)[name];
  }
  return at->is_string() ? at->get<std::string>().substr(0, 1024) : "";
}

Visible visible_in(const RequestTarget& target) {
  if (target.flag("deleted_only") || target.flag("deletedOnly")) return Visible::deleted_only;
  return target.flag("deleted") ? Visible::with_deleted : Visible::active;
}

/// ?offset=&limit= over a list; a limit below 0 is none.
template <typename T>
Result<std::vector<T>> page_of(std::vector<T> list, const RequestTarget& target) {
  std::int64_t offset = 0;
  std::int64_t limit = -1;
  for (const auto& [name, number] : {std::pair{"offset", &offset}, std::pair{"limit", &limit}}) {
    const std::string text = target.text(name);
    if (text.empty()) continue;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (failure != std::errc() || end != text.data() + text.size()) {
      return bad_request(fmt::format("\"{}\" must be a number", name));
    }
  }
  const auto size = static_cast<std::int64_t>(list.size());
  const auto begin = std::clamp<std::int64_t>(offset, 0, size);
  const auto end = limit < 0 || limit > size - begin ? size : begin + limit;
  return std::vector<T>(list.begin() + begin, list.begin() + end);
}

ordered_json config_json(const CompatibilityConfig& config, const char* level_name) {
  ordered_json json = {{level_name, to_string(config.level)}};
  if (config.policy == schema::ContentPolicy::lenient) json["compatibilityPolicy"] = "LENIENT";
  return json;
}

class Call {
 public:
  Call(control::SubjectStore& store, const Caller& caller, const HttpRequest& request,
       const RequestTarget& target, Micros now)
      : store_(store), caller_(caller), request_(request), target_(target), now_(now) {}

  HttpResponse carry_out();

 private:
  using Answer = Result<std::string>;
  struct Route {
    std::string_view method;
    std::string_view pattern;  ///< "*" stands for one segment
    Role role;
    Answer (Call::*answer)();
  };
  static const std::vector<Route>& routes();

  static bool matches(std::string_view pattern, const std::vector<std::string>& segments);
  Status take_context();
  Result<const Route*> find_route() const;

  /// The registry that a subject of the path names, or the path's own context.
  SchemaRegistry registry(const std::string& context) {
    return SchemaRegistry(store_, {caller_.tenant(), context}, {caller_.name(), reason_, now_});
  }
  SchemaRegistry registry() { return registry(context_); }
  Result<QualifiedSubject> subject(std::size_t place) const {
    return parse_subject(path_[place], context_);
  }
  Result<std::int64_t> id(std::size_t place) const {
    std::int64_t number = 0;
    const std::string& text = path_[place];
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size()) return number;
    return make_error(Code::schema_unknown, fmt::format("Schema {} not found", text));
  }
  /// A deserializer says which subject it reads, and with it the context that the id is of.
  Result<std::string> context_of_id() const {
    const std::string named = target_.text("subject");
    if (named.empty()) return context_;
    ASSAY_TRY(const auto parsed, parse_subject(named, context_));
    return parsed.context;
  }

  Answer root() { return std::string("{}"); }
  Answer types() { return std::string(R"(["JSON","AVRO"])"); }
  Answer contexts() {
    ASSAY_TRY(const auto names, store_.contexts(caller_.tenant()));
    return dumped(names);
  }

  // Subjects and their versions.
  Answer list_subjects() {
    const std::string prefix = target_.text("subjectPrefix");
    std::vector<std::string> contexts{context_};
    std::string within = prefix;
    if (prefix.starts_with(":*:")) {
      ASSAY_TRY(contexts, store_.contexts(caller_.tenant()));
      within = prefix.substr(3);
    } else if (prefix.starts_with(":.")) {
      ASSAY_TRY(const auto parsed, parse_subject(prefix, context_));
      contexts = {parsed.context};
      within = parsed.subject;
    }
    std::vector<std::string> names;
    for (const std::string& context : contexts) {
      ASSAY_TRY(const auto found, registry(context).subjects(within, visible_in(target_)));
      for (const std::string& name : found) names.push_back(qualified({context, name}));
    }
    ASSAY_TRY(const auto page, page_of(std::move(names), target_));
    return dumped(page);
  }
  Answer list_versions() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(auto numbers, registry(named.context).versions(named.subject, visible_in(target_)));
    ASSAY_TRY(const auto page, page_of(std::move(numbers), target_));
    return dumped(page);
  }
  Result<RegisteredSchema> version_of_path() {
    ASSAY_TRY(const auto named, subject(1));
    return registry(named.context).version(named.subject, path_[3], visible_in(target_));
  }
  Answer get_version() {
    ASSAY_TRY(const auto found, version_of_path());
    return version_json(found);
  }
  Answer get_version_text() {
    ASSAY_TRY(const auto found, version_of_path());
    return found.schema.text;
  }
  Answer referenced_by() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(const auto ids, registry(named.context).referenced_by(named.subject, path_[3]));
    return dumped(ids);
  }
  Answer register_schema() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(const auto body, body_of(request_));
    ASSAY_TRY(const SchemaDraft draft, draft_in(body, target_));
    reason_ = reason_in(body);
    ASSAY_TRY(const auto registered, registry(named.context).put(named.subject, draft));
    return version_json(registered);
  }
  Answer look_up() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(const auto body, body_of(request_));
    ASSAY_TRY(const SchemaDraft draft, draft_in(body, target_));
    ASSAY_TRY(const auto found,
              registry(named.context).look_up(named.subject, draft, visible_in(target_)));
    return version_json(found);
  }
  Answer delete_version() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(const auto number, registry(named.context)
                                     .remove_version(named.subject, path_[3],
                                                     {.permanent = target_.flag("permanent")}));
    return std::to_string(number);
  }
  Answer delete_subject() {
    ASSAY_TRY(const auto named, subject(1));
    ASSAY_TRY(const auto numbers,
              registry(named.context)
                  .remove_subject(named.subject, {.permanent = target_.flag("permanent")}));
    return dumped(numbers);
  }

  // Schemas by their ids.
  Answer list_schemas() {
    ASSAY_TRY(auto all, registry().all(target_.text("subjectPrefix"), visible_in(target_)));
    if (target_.flag("latestOnly")) {
      std::vector<RegisteredSchema> latest;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + 1 == all.size() || all[i + 1].version.subject != all[i].version.subject) {
          latest.push_back(all[i]);
        }
      }
      all = std::move(latest);
    }
    ASSAY_TRY(const auto page, page_of(std::move(all), target_));
    std::string list;
    for (const RegisteredSchema& one : page) list += (list.empty() ? "" : ",") + version_json(one);
    return "[" + list + "]";
  }
  Result<RegisteredSchema> schema_of_path() {
    ASSAY_TRY(const std::int64_t number, id(2));
    ASSAY_TRY(const std::string context, context_of_id());
    return registry(context).schema(number);
  }
  Answer get_schema() {
    ASSAY_TRY(const auto found, schema_of_path());
    ordered_json json = {{"schema", found.schema.text}, {"schemaType", found.schema.type}};
    if (!found.references.empty()) {
      json["references"] = ordered_json::parse(references_json(found.references));
    }
    return dumped(json);
  }
  Answer get_schema_text() {
    ASSAY_TRY(const auto found, schema_of_path());
    return found.schema.text;
  }
  Result<std::vector<control::SubjectVersion>> versions_of_path() {
    ASSAY_TRY(const std::int64_t number, id(2));
    ASSAY_TRY(const std::string context, context_of_id());
    return registry(context).versions_of_schema(number, visible_in(target_));
  }
  Answer get_schema_subjects() {
    ASSAY_TRY(const auto versions, versions_of_path());
    std::vector<std::string> names;
    for (const auto& version : versions) {
      const std::string name = qualified({version.context, version.subject});
      if (names.empty() || names.back() != name) names.push_back(name);
    }
    return dumped(names);
  }
  Answer get_schema_versions() {
    ASSAY_TRY(const auto versions, versions_of_path());
    ordered_json list = ordered_json::array();
    for (const auto& version : versions) {
      list.push_back({{"subject", qualified({version.context, version.subject})},
                      {"version", version.version}});
    }
    return dumped(list);
  }

  // Compatibility.
  Answer check(std::optional<std::string_view> spec) {
    ASSAY_TRY(const auto named, subject(2));
    ASSAY_TRY(const auto body, body_of(request_));
    ASSAY_TRY(const SchemaDraft draft, draft_in(body, target_));
    ASSAY_TRY(const auto verdict, registry(named.context).check(named.subject, spec, draft));
    ordered_json json = {{"is_compatible", verdict.compatible}};
    // Confluent's own server tells the reasons only where they are asked for.
    json["messages"] = target_.flag("verbose") ? verdict.messages : std::vector<std::string>();
    return dumped(json);
  }
  Answer check_one() { return check(path_[4]); }
  Answer check_all() { return check(std::nullopt); }

  // Settings, of a subject or of the context.
  Result<QualifiedSubject> setting_subject() const {
    if (path_.size() > 1) return subject(1);
    return QualifiedSubject{context_, ""};
  }
  Answer get_config() {
    ASSAY_TRY(const auto named, setting_subject());
    SchemaRegistry of_context = registry(named.context);
    if (!named.subject.empty() && !target_.flag("defaultToGlobal")) {
      ASSAY_TRY(const auto own, of_context.own_config(named.subject));
      if (own) return dumped(config_json(*own, "compatibilityLevel"));
      return make_error(
          Code::subject_config_unset,
          fmt::format("Subject '{}' does not have subject-level compatibility configured",
                      named.subject));
    }
    ASSAY_TRY(const auto config, of_context.config(named.subject));
    return dumped(config_json(config, "compatibilityLevel"));
  }
  Answer put_config() {
    ASSAY_TRY(const auto named, setting_subject());
    ASSAY_TRY(const auto body, body_of(request_));
    SchemaRegistry of_context = registry(named.context);
    ASSAY_TRY(CompatibilityConfig config, of_context.config(named.subject));
    ASSAY_TRY(const auto level,
              text_in(body, "compatibility", std::string(to_string(config.level))));
    ASSAY_TRY(config.level, schema::parse_compatibility(level));
    ASSAY_TRY(const auto policy, text_in(body, "compatibilityPolicy", ""));
    if (policy == "LENIENT" || policy == "lenient") config.policy = schema::ContentPolicy::lenient;
    if (policy == "STRICT" || policy == "strict") config.policy = schema::ContentPolicy::strict;
    ASSAY_TRY_VOID(of_context.set_config(named.subject, config));
    return dumped(config_json(config, "compatibility"));
  }
  Answer delete_config() {
    ASSAY_TRY(const auto named, setting_subject());
    SchemaRegistry of_context = registry(named.context);
    ASSAY_TRY(const auto own, of_context.own_config(named.subject));
    if (!own) {
      return make_error(Code::subject_config_unset, "there is no compatibility level to delete");
    }
    ASSAY_TRY_VOID(of_context.set_config(named.subject, std::nullopt));
    return dumped(config_json(*own, "compatibilityLevel"));
  }
  Answer get_mode() {
    ASSAY_TRY(const auto named, setting_subject());
    SchemaRegistry of_context = registry(named.context);
    if (!named.subject.empty() && !target_.flag("defaultToGlobal")) {
      ASSAY_TRY(const auto own, of_context.own_mode(named.subject));
      if (own) return dumped(ordered_json{{"mode", to_string(*own)}});
      return make_error(
          Code::subject_mode_unset,
          fmt::format("Subject '{}' does not have subject-level mode configured", named.subject));
    }
    ASSAY_TRY(const auto mode, of_context.mode(named.subject));
    return dumped(ordered_json{{"mode", to_string(mode)}});
  }
  Answer put_mode() {
    ASSAY_TRY(const auto named, setting_subject());
    ASSAY_TRY(const auto body, body_of(request_));
    ASSAY_TRY(const auto text, text_in(body, "mode", ""));
    ASSAY_TRY(const RegistryMode mode, parse_mode(text));
    ASSAY_TRY_VOID(registry(named.context).set_mode(named.subject, mode));
    return dumped(ordered_json{{"mode", to_string(mode)}});
  }
  Answer delete_mode() {
    ASSAY_TRY(const auto named, setting_subject());
    SchemaRegistry of_context = registry(named.context);
    ASSAY_TRY(const auto own, of_context.own_mode(named.subject));
    if (!own) return make_error(Code::subject_mode_unset, "there is no mode to delete");
    ASSAY_TRY_VOID(of_context.set_mode(named.subject, std::nullopt));
    return dumped(ordered_json{{"mode", to_string(*own)}});
  }

  control::SubjectStore& store_;
  const Caller& caller_;
  const HttpRequest& request_;
  const RequestTarget& target_;
  const Micros now_;
  std::vector<std::string> path_;  // without what names the context
  std::string context_ = ".";
  std::string reason_;
};

const std::vector<Call::Route>& Call::routes() {
  using C = Call;
  constexpr Role reader = Role::reader, writer = Role::writer, admin = Role::admin;
  static const std::vector<Route> all = {
      {"GET", "", reader, &C::root},
      {"GET", "contexts", reader, &C::contexts},
      {"GET", "subjects", reader, &C::list_subjects},
      {"POST", "subjects/*", reader, &C::look_up},
      {"DELETE", "subjects/*", admin, &C::delete_subject},
      {"GET", "subjects/*/versions", reader, &C::list_versions},
      {"POST", "subjects/*/versions", writer, &C::register_schema},
      {"GET", "subjects/*/versions/*", reader, &C::get_version},
      {"DELETE", "subjects/*/versions/*", admin, &C::delete_version},
      {"GET", "subjects/*/versions/*/schema", reader, &C::get_version_text},
      {"GET", "subjects/*/versions/*/referencedby", reader, &C::referenced_by},
      {"GET", "schemas", reader, &C::list_schemas},
      {"GET", "schemas/types", reader, &C::types},
      {"GET", "schemas/ids/*", reader, &C::get_schema},
      {"GET", "schemas/ids/*/schema", reader, &C::get_schema_text},
      {"GET", "schemas/ids/*/subjects", reader, &C::get_schema_subjects},
      {"GET", "schemas/ids/*/versions", reader, &C::get_schema_versions},
      {"POST", "compatibility/subjects/*/versions", reader, &C::check_all},
      {"POST", "compatibility/subjects/*/versions/*", reader, &C::check_one},
      {"GET", "config", reader, &C::get_config},
      {"PUT", "config", admin, &C::put_config},
      {"DELETE", "config", admin, &C::delete_config},
      {"GET", "config/*", reader, &C::get_config},
      {"PUT", "config/*", admin, &C::put_config},
      {"DELETE", "config/*", admin, &C::delete_config},
      {"GET", "mode", reader, &C::get_mode},
      {"PUT", "mode", admin, &C::put_mode},
      {"DELETE", "mode", admin, &C::delete_mode},
      {"GET", "mode/*", reader, &C::get_mode},
      {"PUT", "mode/*", admin, &C::put_mode},
      {"DELETE", "mode/*", admin, &C::delete_mode},
  };
  return all;
}

bool Call::matches(std::string_view pattern, const std::vector<std::string>& segments) {
  for (const std::string& segment : segments) {
    const auto slash = pattern.find('/');
    const std::string_view expected = pattern.substr(0, slash);
    if (pattern.empty() || (expected != "*" && expected != segment)) return false;
    pattern = slash == std::string_view::npos ? std::string_view() : pattern.substr(slash + 1);
  }
  return pattern.empty();
}

/// "/contexts/.shop/subjects/a" is "/subjects/a" within the context ".shop".
Status Call::take_context() {
  path_ = target_.segments;
  if (path_.size() < 2 || path_[0] != "contexts") return {};
  const std::string& name = path_[1];
  ASSAY_TRY(const auto parsed, parse_subject(name.starts_with(':') ? name : ":" + name + ":", "."));
  context_ = parsed.context;
  path_.erase(path_.begin(), path_.begin() + 2);
  return {};
}

/// The route of the path and method.
Result<const Call::Route*> Call::find_route() const {
  bool is_known = false;
  for (const Route& route : routes()) {
    if (!matches(route.pattern, path_)) continue;
    if (route.method == request_.method) return &route;
    is_known = true;
  }
  if (is_known) return make_error(Code::method_unknown, "HTTP 405 Method Not Allowed");
  return make_error(Code::route_unknown, "HTTP 404 Not Found");
}

HttpResponse Call::carry_out() {
  if (const Status taken = take_context(); !taken) return error_answer(taken.error());
  const auto route = find_route();
  if (!route) return error_answer(route.error());
  if (!caller_.may((*route)->role)) {
    return error_answer(
        403, 40301, fmt::format("the key needs the role {} for this", to_string((*route)->role)));
  }
  auto answer = (this->*(*route)->answer)();
  if (!answer) return error_answer(answer.error());
  HttpResponse response;
  response.content_type = kRegistryContentType;
  response.body = *std::move(answer);
  return response;
}

}  // namespace

HttpResponse answer_registry_call(control::SubjectStore& store, const Caller& caller,
                                  const HttpRequest& request, const RequestTarget& target,
                                  Micros now) {
  return Call(store, caller, request, target, now).carry_out();
}

}  // namespace assay::serve
