#include "engine/message_schemas.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "decode/rendition.h"
#include "schema/avro_schema.h"

namespace assay::engine {
namespace {

using nlohmann::json;

constexpr int kReferenceDepthMax = 20;
constexpr std::size_t kReferencesMax = 200;

/// The context that the name of a subject may begin with: ":.context:subject".
std::pair<std::string, std::string> context_and_subject(const std::string& name,
                                                        const std::string& otherwise) {
  const auto end = name.starts_with(":.") ? name.find(':', 1) : std::string::npos;
  if (end == std::string::npos) return {otherwise, name};
  return {name.substr(1, end - 1), name.substr(end + 1)};
}

}  // namespace

Result<std::string_view> MessageSchemas::complete(std::string_view payload,
                                                  std::string_view headers) {
  const auto message = decode::framed_message(payload);
  if (!message) return headers;
  json object = json::object();
  if (!headers.empty()) object = json::parse(headers, nullptr, false);
  const bool is_said = !object.is_object() || object.contains(decode::header::kSchema) ||
                       object.contains(decode::header::kFormat);
  if (is_said || missing_.contains(message->schema_name)) return headers;
  auto known = given_.find(message->schema_name);
  if (known == given_.end()) {
    ASSAY_TRY(std::string found, look_up(*message));
    if (found.empty()) {
      missing_.insert(message->schema_name);
      return headers;
    }
    known = given_.emplace(message->schema_name, std::move(found)).first;
  }
  if (object.empty()) return std::string_view(known->second);
  object.update(json::parse(known->second));
  merged_ = object.dump();
  return std::string_view(merged_);
}

/// Headers with the schema; empty where the registry has none of that name.
Result<std::string> MessageSchemas::look_up(const decode::FramedMessage& message) {
  if (!store_) {
    ASSAY_TRY(auto store, control::SubjectStore::open(control_db_));
    store_ = std::make_unique<control::SubjectStore>(std::move(store));
  }
  ASSAY_TRY(const auto found,
            message.id ? by_id(*message.id) : by_fingerprint(message.fingerprint));
  if (!found) return std::string();
  return headers_of(*found);
}

/// The default one first: an id is one within its context.
Result<std::vector<std::string>> MessageSchemas::contexts() {
  ASSAY_TRY(auto contexts, store_->contexts(tenant_));
  std::sort(contexts.begin(), contexts.end());
  const auto first = std::find(contexts.begin(), contexts.end(), ".");
  if (first != contexts.end()) std::rotate(contexts.begin(), first, first + 1);
  return contexts;
}

Result<std::optional<MessageSchemas::Found>> MessageSchemas::by_id(std::uint32_t id) {
  ASSAY_TRY(const auto all, contexts());
  for (const std::string& context : all) {
    ASSAY_TRY(auto schema, store_->schema({tenant_, context}, id));
    if (schema) return std::optional(Found{context, *std::move(schema)});
  }
  return std::optional<Found>();
}

Result<std::optional<MessageSchemas::Found>> MessageSchemas::by_fingerprint(
    std::uint64_t fingerprint) {
  ASSAY_TRY(const auto all, contexts());
  for (const std::string& context : all) {
    ASSAY_TRY(const auto versions, store_->versions({tenant_, context}, std::nullopt));
    std::set<std::int64_t> seen;
    for (const control::SubjectVersion& version : versions) {
      if (!seen.insert(version.schema_id).second) continue;
      ASSAY_TRY(auto schema, store_->schema({tenant_, context}, version.schema_id));
      if (!schema || schema->type != "AVRO") continue;
      Found found{context, *std::move(schema)};
      std::vector<std::string> texts;
      ASSAY_TRY_VOID(add_references(found, 0, texts));
      const auto parsed = schema::AvroSchema::parse(
          found.schema.text, std::vector<std::string_view>(texts.begin(), texts.end()));
      if (parsed && schema::avro_fingerprint(parsed->canonical_form()) == fingerprint)
        return std::optional(std::move(found));
    }
  }
  return std::optional<Found>();
}

Result<std::string> MessageSchemas::headers_of(const Found& found) {
  json headers = {{decode::header::kSchema, found.schema.text},
                  {decode::header::kSchemaType, found.schema.type}};
  std::vector<std::string> texts;
  if (found.schema.type == "AVRO") ASSAY_TRY_VOID(add_references(found, 0, texts));
  if (!texts.empty()) headers[decode::header::kSchemaReferences] = texts;
  return headers.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// What a schema refers to, each once, before those that use it. One that is gone is left out: the
/// schema is then not valid.
Status MessageSchemas::add_references(const Found& found, int depth,
                                      std::vector<std::string>& texts) {
  const json references = json::parse(found.schema.references, nullptr, false);
  if (!references.is_array() || depth > kReferenceDepthMax) return {};
  for (const json& reference : references) {
    if (!reference.is_object() || texts.size() > kReferencesMax) return {};
    const auto [context, subject] =
        context_and_subject(reference.value("subject", std::string()), found.context);
    ASSAY_TRY(const auto versions, store_->versions({tenant_, context}, subject));
    for (const control::SubjectVersion& version : versions) {
      if (version.version != reference.value("version", std::int64_t{0})) continue;
      ASSAY_TRY(auto schema, store_->schema({tenant_, context}, version.schema_id));
      if (!schema) continue;
      const Found next{context, *std::move(schema)};
      ASSAY_TRY_VOID(add_references(next, depth + 1, texts));
      if (std::find(texts.begin(), texts.end(), next.schema.text) == texts.end())
        texts.push_back(next.schema.text);
    }
  }
  return {};
}

}  // namespace assay::engine
