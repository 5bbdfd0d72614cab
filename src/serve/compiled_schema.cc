#include "serve/compiled_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "path/json_document.h"

namespace assay::serve {
namespace {

using path::JsonDocument;
using path::NodeId;

constexpr std::size_t kReferencesMax = 200;
constexpr std::size_t kReferenceDepthMax = 20;

/// What a schema refers to, directly or not: each before those that use it.
class References {
 public:
  References(control::SubjectStore& store, std::string tenant)
      : store_(store), tenant_(std::move(tenant)) {}

  struct Document {
    std::string name;
    std::string text;
  };

  Status add(const std::vector<SchemaReference>& references, const std::string& context,
             const std::string& type, std::size_t depth) {
    if (depth > kReferenceDepthMax) return invalid("references lead too deep");
    for (const SchemaReference& reference : references) {
      ASSAY_TRY(const QualifiedSubject target, parse_subject(reference.subject, context));
      if (!seen_.emplace(reference.name, qualified(target), reference.version).second) continue;
      if (seen_.size() > kReferencesMax) return invalid("there are too many references");
      ASSAY_TRY(const control::StoredSchema stored, find(reference, target));
      if (stored.type != type) {
        return invalid(fmt::format("the reference \"{}\" is {}, the schema {}", reference.name,
                                   stored.type, type));
      }
      ASSAY_TRY(const auto further, parse_references(stored.references));
      ASSAY_TRY_VOID(add(further, target.context, type, depth + 1));
      documents.push_back({reference.name, stored.text});
    }
    return {};
  }

  std::vector<Document> documents;

 private:
  static Error invalid(std::string what) {
    return make_error(Code::schema_invalid, "the schema is not valid: " + std::move(what));
  }

  Result<control::StoredSchema> find(const SchemaReference& reference,
                                     const QualifiedSubject& target) {
    const control::RegistryScope scope{tenant_, target.context};
    ASSAY_TRY(const auto versions, store_.versions(scope, target.subject));
    for (const control::SubjectVersion& version : versions) {
      if (version.version != reference.version) continue;
      if (version.state == control::VersionState::purged) break;
      ASSAY_TRY(auto stored, store_.schema(scope, version.schema_id));
      if (stored) return *std::move(stored);
    }
    return invalid(
        fmt::format("the reference \"{}\" names version {} of \"{}\", which is not there",
                    reference.name, reference.version, reference.subject));
  }

  control::SubjectStore& store_;
  std::string tenant_;
  std::set<std::tuple<std::string, std::string, std::int64_t>> seen_;
};

Result<schema::AvroSchema> avro_of(const SchemaDraft& draft, const References& references) {
  std::vector<std::string_view> texts;
  for (const auto& document : references.documents) {
    // One schema may be known by several names; its types must be there once.
    if (std::count(texts.begin(), texts.end(), std::string_view(document.text)) == 0) {
      texts.emplace_back(document.text);
    }
  }
  return schema::AvroSchema::parse(draft.text, texts);
}

Result<schema::JsonSchema> json_of(const SchemaDraft& draft, const References& references) {
  std::vector<schema::SchemaDocument> documents;
  for (const auto& document : references.documents) {
    documents.push_back({document.name, document.text});
  }
  return schema::JsonSchema::compile(draft.text, {.documents = documents});
}

/// Drops what stands between the words. REQUIRES: JSON.
std::string without_blanks(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out += c;
      out += json[++i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || (c != ' ' && c != '\t' && c != '\n' && c != '\r')) out += c;
  }
  return out;
}

void quote(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// Recursion ends with the depth that the document was read with.
void put_sorted(std::string& out, const JsonDocument& document, NodeId node) {
  const auto kind = document.kind(node);
  if (kind == JsonDocument::Kind::string) return quote(out, document.string(node));
  if (!document.is_container(node)) {
    out += document.source(node);
    return;
  }
  std::vector<NodeId> children;
  for (NodeId child = document.first_child(node); child != document.after(node);
       child = document.after(child)) {
    children.push_back(child);
  }
  const bool is_object = kind == JsonDocument::Kind::object;
  if (is_object) {
    std::sort(children.begin(), children.end(),
              [&](NodeId left, NodeId right) { return document.key(left) < document.key(right); });
  }
  out += is_object ? '{' : '[';
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (i != 0) out += ',';
    if (is_object) {
      quote(out, document.key(children[i]));
      out += ':';
    }
    put_sorted(out, document, children[i]);
  }
  out += is_object ? '}' : ']';
}

}  // namespace

Result<CompiledSchema> CompiledSchema::compile(control::SubjectStore& store,
                                               const control::RegistryScope& scope,
                                               const SchemaDraft& draft) {
  if (draft.type != "AVRO" && draft.type != "JSON") {
    return make_error(Code::schema_invalid,
                      fmt::format("the schema type \"{}\" is not known", draft.type),
                      "This registry keeps AVRO and JSON.");
  }
  References references(store, scope.tenant);
  ASSAY_TRY_VOID(references.add(draft.references, scope.context, draft.type, 0));
  if (draft.type == "AVRO") {
    ASSAY_TRY(auto compiled, avro_of(draft, references));
    return CompiledSchema(std::move(compiled));
  }
  ASSAY_TRY(auto compiled, json_of(draft, references));
  return CompiledSchema(std::move(compiled));
}

std::vector<schema::Incompatibility> CompiledSchema::cannot_read(
    const CompiledSchema& writer, schema::ContentPolicy policy) const {
  if (content_.index() != writer.content_.index()) {
    return {{"SCHEMA_TYPE_CHANGED", "", "one schema is Avro, the other JSON Schema"}};
  }
  if (const auto* avro = std::get_if<schema::AvroSchema>(&content_)) {
    return schema::avro_incompatibilities(*avro, std::get<schema::AvroSchema>(writer.content_));
  }
  return schema::json_incompatibilities(std::get<schema::JsonSchema>(content_),
                                        std::get<schema::JsonSchema>(writer.content_), policy);
}

std::string identity_of(const SchemaDraft& draft) {
  const std::string text = without_blanks(draft.text);
  const std::string references = references_json(draft.references);
  return to_hex(sha256(
      fmt::format("{}:{}:{}:{}:{}", draft.type, text.size(), text, references.size(), references)));
}

Result<std::string> normalized(std::string_view text) {
  ASSAY_TRY(const JsonDocument document, JsonDocument::read(text));
  std::string out;
  put_sorted(out, document, NodeId::root);
  return out;
}

}  // namespace assay::serve
