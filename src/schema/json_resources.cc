#include "schema/json_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "schema/json_pointer.h"
#include "schema/uri.h"

namespace assay::schema {
namespace {

using path::JsonDocument;
using path::NodeId;
using Kind = JsonDocument::Kind;

constexpr auto kOneSchema = std::to_array<std::string_view>(
    {"additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items",
     "not", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"});
constexpr auto kListOfSchemas =
    std::to_array<std::string_view>({"allOf", "anyOf", "items", "oneOf", "prefixItems"});
constexpr auto kSchemasByName =
    std::to_array<std::string_view>({"$defs", "definitions", "dependencies", "dependentSchemas",
                                     "patternProperties", "properties"});

template <std::size_t Count>
bool contains(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

Draft draft_of(const JsonDocument& document) {
  const auto named = member(document, NodeId::root, "$schema");
  if (!named || document.kind(*named) != Kind::string) return Draft::draft7;
  const std::string_view uri = document.string(*named);
  if (uri.find("draft-04") != std::string_view::npos) return Draft::draft4;
  if (uri.find("draft-06") != std::string_view::npos) return Draft::draft6;
  if (uri.find("2019-09") != std::string_view::npos) return Draft::draft2019;
  if (uri.find("2020-12") != std::string_view::npos) return Draft::draft2020;
  return Draft::draft7;
}

}  // namespace

Result<std::size_t> JsonResources::add(std::string_view uri, std::string_view text) {
  if (text.size() > limits_.size_max) {
    return make_error(Code::schema_invalid, fmt::format("the schema has {} bytes; the limit is {}",
                                                        text.size(), limits_.size_max));
  }
  // The document borrows the text, which therefore must be where it stays.
  entries_.push_back({std::string(split_fragment(uri).resource), std::string(text),
                      *JsonDocument::read("true"), Draft::draft7});
  Entry& entry = entries_.back();
  auto read = JsonDocument::read(
      entry.text, {.record_size_max = limits_.size_max, .depth_max = limits_.depth_max});
  if (!read) {
    return make_error(
        Code::schema_invalid,
        fmt::format("the JSON Schema{}{}{} is not valid: {}", uri.empty() ? "" : " \"", uri,
                    uri.empty() ? "" : "\"", read.error().message));
  }
  entry.document = *std::move(read);
  entry.draft = draft_of(entry.document);
  scan(entries_.size() - 1);
  return entries_.size() - 1;
}

void JsonResources::scan(std::size_t number) {
  const SchemaPlace root{number, NodeId::root};
  bases_[root] = entries_[number].uri;
  resources_.emplace(entries_[number].uri, root);
  std::vector<SchemaPlace> todo{root};
  while (!todo.empty()) {
    const SchemaPlace place = todo.back();
    todo.pop_back();
    if (document(number).kind(place.node) != Kind::object) continue;
    scan_ids(place);
    scan_below(place, todo);
  }
}

/// An id makes a new address; one that is a mere fragment, and an anchor, name a place.
void JsonResources::scan_ids(const SchemaPlace& place) {
  const JsonDocument& in = document(place.document);
  const Draft draft = this->draft(place.document);
  const auto text_of = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = member(in, place.node, name);
    if (!found || in.kind(*found) != Kind::string) return std::nullopt;
    return in.string(*found);
  };
  // Up to draft 7 nothing beside a reference has a meaning.
  if (draft <= Draft::draft7 && text_of("$ref")) return;
  if (const auto id = text_of(draft == Draft::draft4 ? "id" : "$id")) {
    const UriReference parts = split_fragment(*id);
    if (!parts.resource.empty()) {
      const std::string base = resolve_uri(base_of(place), parts.resource);
      bases_[place] = base;
      resources_.insert_or_assign(base, place);
    }
    if (!parts.fragment.empty() && draft <= Draft::draft7) {
      anchors_[{std::string(base_of(place)), std::string(parts.fragment)}] = place;
    }
  }
  for (const char* keyword : {"$anchor", "$dynamicAnchor"}) {
    if (draft < Draft::draft2019) break;
    if (const auto name = text_of(keyword)) {
      anchors_[{std::string(base_of(place)), std::string(*name)}] = place;
    }
  }
}

void JsonResources::scan_below(const SchemaPlace& place, std::vector<SchemaPlace>& todo) const {
  const JsonDocument& in = document(place.document);
  for (NodeId child = in.first_child(place.node); child != in.after(place.node);
       child = in.after(child)) {
    const std::string_view name = in.key(child);
    const Kind kind = in.kind(child);
    if (kind == Kind::object && contains(kOneSchema, name)) {
      todo.push_back({place.document, child});
    } else if ((kind == Kind::array && contains(kListOfSchemas, name)) ||
               (kind == Kind::object && contains(kSchemasByName, name))) {
      for (NodeId item = in.first_child(child); item != in.after(child); item = in.after(item)) {
        todo.push_back({place.document, item});
      }
    }
  }
}

std::string_view JsonResources::base_of(SchemaPlace place) const {
  for (;;) {
    const auto found = bases_.find(place);
    if (found != bases_.end()) return found->second;
    place.node = document(place.document).parent(place.node);
  }
}

std::optional<SchemaPlace> JsonResources::find(const SchemaPlace& from,
                                               std::string_view reference) const {
  const UriReference parts = split_fragment(reference);
  const std::string address = resolve_uri(base_of(from), parts.resource);
  auto resource = resources_.find(address);
  // Registries give documents by the name that a schema calls them by, whatever its own address.
  if (resource == resources_.end()) resource = resources_.find(parts.resource);
  if (resource == resources_.end()) return std::nullopt;
  if (parts.fragment.empty()) return resource->second;
  const std::string fragment = percent_decoded(parts.fragment);
  if (fragment.starts_with('/')) return follow(resource->second, fragment);
  const auto anchor = anchors_.find({resource->first, fragment});
  if (anchor == anchors_.end()) return std::nullopt;
  return anchor->second;
}

std::optional<SchemaPlace> JsonResources::follow(SchemaPlace from, std::string_view pointer) const {
  const JsonDocument& in = document(from.document);
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto slash = pointer.find('/');
    const std::string_view token = pointer.substr(0, slash);
    pointer = slash == std::string_view::npos ? std::string_view() : pointer.substr(slash);
    std::optional<NodeId> next;
    for (NodeId child = in.first_child(from.node);
         in.is_container(from.node) && child != in.after(from.node); child = in.after(child)) {
      const bool is_member = in.kind(from.node) == Kind::object;
      if (is_member ? pointer_token(in.key(child)) == token
                    : std::to_string(in.position(child)) == token) {
        next = child;
        break;
      }
    }
    if (!next) return std::nullopt;
    from.node = *next;
  }
  return from;
}

std::string JsonResources::address_of(const SchemaPlace& place) const {
  return fmt::format("{}#{}", uri(place.document),
                     json_pointer(document(place.document), place.node));
}

}  // namespace assay::schema
