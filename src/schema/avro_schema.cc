#include "schema/avro_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "path/json_document.h"
#include "schema/avro_default.h"
#include "schema/avro_names.h"
#include "schema/json_pointer.h"

namespace assay::schema {

using path::JsonDocument;
using path::NodeId;

/// Reads texts one after the other into one list of types; the last one's root is the schema's.
class AvroSchema::Parser {
 public:
  explicit Parser(const AvroLimits& limits) : limits_(limits) {}

  Status read(std::string_view text) {
    if (text.size() > limits_.size_max) {
      return invalid(
          "", fmt::format("it has {} bytes; the limit is {}", text.size(), limits_.size_max));
    }
    // A type takes at most four levels of JSON: record, "fields", field, "type".
    auto document = JsonDocument::read(text, {.record_size_max = limits_.size_max,
                                              .depth_max = limits_.depth_max * 4 + 8,
                                              .object_keys_max = limits_.types_max});
    if (!document) return invalid("", document.error().message);
    document_ = &*document;
    defaults_.clear();
    ASSAY_TRY(content_.root, type_of(NodeId::root, ""));
    // Only now is every record whole that a default may be of.
    return check_defaults();
  }

  AvroSchema finish() && {
    return AvroSchema(std::make_shared<const Content>(std::move(content_)));
  }

 private:
  using Kind = JsonDocument::Kind;
  struct PendingDefault {
    NodeId value;
    AvroTypeId type;
  };

  Error invalid(const std::string& pointer, std::string what) const {
    return make_error(Code::schema_invalid,
                      fmt::format("the Avro schema is not valid: {}{}", what,
                                  pointer.empty() ? "" : fmt::format(" at {}", pointer)));
  }
  Error invalid(NodeId node, std::string what) const {
    return invalid(json_pointer(*document_, node), std::move(what));
  }

  Result<AvroTypeId> type_of(NodeId node, const std::string& name_space) {
    switch (document_->kind(node)) {
      case Kind::string: return named(node, document_->string(node), name_space);
      case Kind::array: return choice(node, name_space);
      case Kind::object: return defined(node, name_space);
      default: return invalid(node, "a type must be a name, an object or an array of types");
    }
  }

  /// A primitive type, or one that was defined before.
  Result<AvroTypeId> named(NodeId node, std::string_view word, const std::string& name_space) {
    if (const auto kind = primitive_kind(word)) return add(node, {.kind = *kind}, 1);
    const auto found = by_name_.find(full_name(word, name_space));
    if (found != by_name_.end()) return found->second;
    // Avro's own library looks in the null namespace then, and schemas rely on that.
    const auto outside = by_name_.find(std::string(word));
    if (outside != by_name_.end()) return outside->second;
    return invalid(node,
                   fmt::format("nothing defines the type \"{}\"", full_name(word, name_space)));
  }

  Result<AvroTypeId> defined(NodeId node, const std::string& name_space) {
    const auto type = member(*document_, node, "type");
    if (!type) return invalid(node, "\"type\" is missing");
    if (document_->kind(*type) != Kind::string) return type_of(*type, name_space);
    const std::string_view word = document_->string(*type);
    if (word == "record" || word == "error") return record(node, name_space);
    if (word == "enum") return enumeration(node, name_space);
    if (word == "fixed") return fixed(node, name_space);
    if (word == "array") return container(node, AvroKind::array, "items", name_space);
    if (word == "map") return container(node, AvroKind::map, "values", name_space);
    const auto kind = primitive_kind(word);
    if (!kind) return named(*type, word, name_space);
    AvroType primitive{.kind = *kind};
    annotate(node, primitive);
    return add(node, std::move(primitive), 1);
  }

  Result<AvroTypeId> choice(NodeId node, const std::string& name_space) {
    AvroType type{.kind = AvroKind::choice};
    std::set<std::string> seen;
    std::size_t depth = 0;
    for (NodeId child = document_->first_child(node); child != document_->after(node);
         child = document_->after(child)) {
      ASSAY_TRY(const AvroTypeId branch, type_of(child, name_space));
      const AvroType& inner = at(branch);
      if (inner.kind == AvroKind::choice) return invalid(child, "a union stands in a union");
      const std::string key = inner.is_named() ? inner.name : std::string(to_string(inner.kind));
      if (!seen.insert(key).second) {
        return invalid(child, fmt::format("the union has \"{}\" twice", key));
      }
      depth = std::max(depth, depth_of(branch));
      type.types.push_back(branch);
    }
    return add(node, std::move(type), depth + 1);
  }

  Result<AvroTypeId> container(NodeId node, AvroKind kind, std::string_view items,
                               const std::string& name_space) {
    const auto inner = member(*document_, node, items);
    if (!inner) return invalid(node, fmt::format("\"{}\" is missing", items));
    ASSAY_TRY(const AvroTypeId item, type_of(*inner, name_space));
    return add(node, {.kind = kind, .types = {item}}, depth_of(item) + 1);
  }

  Result<AvroTypeId> enumeration(NodeId node, const std::string& name_space) {
    AvroType type{.kind = AvroKind::enumeration};
    ASSAY_TRY_VOID(name_it(node, name_space, type));
    ASSAY_TRY(const NodeId symbols, array_member(node, "symbols"));
    std::set<std::string_view> seen;
    for (NodeId child = document_->first_child(symbols); child != document_->after(symbols);
         child = document_->after(child)) {
      if (document_->kind(child) != Kind::string || !is_avro_name(document_->string(child))) {
        return invalid(child, "a symbol must be a name of letters, digits and _");
      }
      if (!seen.insert(document_->string(child)).second) {
        return invalid(child,
                       fmt::format("the symbol \"{}\" stands twice", document_->string(child)));
      }
      type.symbols.emplace_back(document_->string(child));
    }
    if (const auto value = member(*document_, node, "default")) {
      if (document_->kind(*value) != Kind::string || !seen.contains(document_->string(*value))) {
        return invalid(*value, "the default is none of the symbols");
      }
      type.symbol_default = std::string(document_->string(*value));
    }
    return add(node, std::move(type), 1);
  }

  Result<AvroTypeId> fixed(NodeId node, const std::string& name_space) {
    AvroType type{.kind = AvroKind::fixed};
    ASSAY_TRY_VOID(name_it(node, name_space, type));
    const auto size = number(node, "size");
    if (!size || *size < 0) return invalid(node, "\"size\" must be a number of bytes");
    if (static_cast<std::size_t>(*size) > limits_.fixed_size_max) {
      return invalid(node,
                     fmt::format("\"size\" is {}; the limit is {}", *size, limits_.fixed_size_max));
    }
    type.fixed_size = static_cast<std::size_t>(*size);
    annotate(node, type);
    return add(node, std::move(type), 1);
  }

  Result<AvroTypeId> record(NodeId node, const std::string& name_space) {
    AvroType type{.kind = AvroKind::record};
    ASSAY_TRY_VOID(name_it(node, name_space, type));
    type.is_error = document_->string(*member(*document_, node, "type")) == "error";
    const std::string inner(namespace_of(type.name));
    ASSAY_TRY(const NodeId fields, array_member(node, "fields"));
    // The record is there before its fields are, so that they can be of it; its depth is not.
    ASSAY_TRY(const AvroTypeId id, add(node, std::move(type), 0));
    std::vector<AvroField> list;
    std::set<std::string> seen;
    std::size_t depth = 0;
    for (NodeId child = document_->first_child(fields); child != document_->after(fields);
         child = document_->after(child)) {
      ASSAY_TRY(AvroField field, field_of(child, inner));
      if (!seen.insert(field.name).second) {
        return invalid(child, fmt::format("the field \"{}\" stands twice", field.name));
      }
      depth = std::max(depth, depth_of(field.type));
      list.push_back(std::move(field));
    }
    content_.types[static_cast<std::size_t>(id)].fields = std::move(list);
    ASSAY_TRY_VOID(set_depth(node, id, depth + 1));
    return id;
  }

  Result<AvroField> field_of(NodeId node, const std::string& name_space) {
    if (document_->kind(node) != Kind::object) return invalid(node, "a field must be an object");
    AvroField field;
    const auto name = text(node, "name");
    if (!name || !is_avro_name(*name)) {
      return invalid(node, "a field needs a \"name\" of letters, digits and _");
    }
    field.name = *name;
    const auto type = member(*document_, node, "type");
    if (!type) return invalid(node, "\"type\" is missing");
    ASSAY_TRY(field.type, type_of(*type, name_space));
    ASSAY_TRY(field.aliases, aliases_of(node));
    if (const auto order = text(node, "order")) {
      if (*order != "ascending" && *order != "descending" && *order != "ignore") {
        return invalid(node, "\"order\" is none of ascending, descending, ignore");
      }
      field.order = *order;
    }
    if (const auto value = member(*document_, node, "default")) {
      field.default_json = std::string(document_->source(*value));
      defaults_.push_back({*value, field.type});
    }
    return field;
  }

  Status check_defaults() const {
    for (const PendingDefault& pending : defaults_) {
      if (const auto wrong =
              misfit_of_default(*document_, pending.value, content_.types, pending.type)) {
        return invalid("", fmt::format("a default does not fit its type: {}", *wrong));
      }
    }
    return {};
  }

  /// The full name and the aliases; a later type of that name is refused.
  Status name_it(NodeId node, const std::string& outer, AvroType& type) {
    const auto name = text(node, "name");
    if (!name || !is_avro_full_name(*name)) {
      return invalid(node, "\"name\" must be letters, digits and _, joined by dots");
    }
    const auto declared = text(node, "namespace");
    if (declared && !declared->empty() && !is_avro_full_name(*declared)) {
      return invalid(node, "\"namespace\" must be letters, digits and _, joined by dots");
    }
    type.name = full_name(*name, declared.value_or(outer));
    if (primitive_kind(type.name)) {
      return invalid(node, fmt::format("\"{}\" is the name of a primitive type", type.name));
    }
    if (by_name_.contains(type.name)) {
      return invalid(node, fmt::format("the type \"{}\" is defined twice", type.name));
    }
    ASSAY_TRY(const auto aliases, aliases_of(node));
    for (const std::string& alias : aliases) {
      type.aliases.push_back(full_name(alias, namespace_of(type.name)));
    }
    return {};
  }

  Result<std::vector<std::string>> aliases_of(NodeId node) const {
    std::vector<std::string> aliases;
    const auto list = member(*document_, node, "aliases");
    if (!list) return aliases;
    if (document_->kind(*list) != Kind::array) return invalid(*list, "aliases must be an array");
    for (NodeId child = document_->first_child(*list); child != document_->after(*list);
         child = document_->after(child)) {
      if (document_->kind(child) != Kind::string || !is_avro_full_name(document_->string(child))) {
        return invalid(child, "an alias must be a name");
      }
      aliases.emplace_back(document_->string(child));
    }
    return aliases;
  }

  /// The logical type, where it fits.
  void annotate(NodeId node, AvroType& type) const {
    const AvroLogical logical = logical_type(text(node, "logicalType").value_or(""));
    if (!logical_fits(logical, type.kind, type.fixed_size)) return;
    if (logical == AvroLogical::decimal && !set_decimal(node, type)) return;
    type.logical = logical;
  }

  bool set_decimal(NodeId node, AvroType& type) const {
    const auto precision = number(node, "precision");
    const auto has_scale = member(*document_, node, "scale").has_value();
    const auto scale = has_scale ? number(node, "scale") : std::optional<std::int64_t>(0);
    if (!precision || !scale || *precision < 1 || *scale < 0 || *scale > *precision) return false;
    // n bytes hold 8n - 1 bits beside the sign: floor(log10(2^(8n-1) - 1)) digits.
    const auto digits = static_cast<std::int64_t>((static_cast<double>(type.fixed_size) * 8 - 1) *
                                                  0.30102999566398120);
    if (type.kind == AvroKind::fixed && *precision > digits) return false;
    if (*precision > 1'000'000) return false;
    type.precision = static_cast<int>(*precision);
    type.scale = static_cast<int>(*scale);
    return true;
  }

  std::optional<std::string> text(NodeId node, std::string_view name) const {
    const auto found = member(*document_, node, name);
    if (!found || document_->kind(*found) != Kind::string) return std::nullopt;
    return std::string(document_->string(*found));
  }

  std::optional<std::int64_t> number(NodeId node, std::string_view name) const {
    const auto found = member(*document_, node, name);
    if (!found || document_->kind(*found) != Kind::number) return std::nullopt;
    const std::string_view source = document_->source(*found);
    std::int64_t value = 0;
    const auto [end, failure] =
        std::from_chars(source.data(), source.data() + source.size(), value);
    if (failure != std::errc() || end != source.data() + source.size()) return std::nullopt;
    return value;
  }

  Result<NodeId> array_member(NodeId node, std::string_view name) const {
    const auto found = member(*document_, node, name);
    if (found && document_->kind(*found) == Kind::array) return *found;
    return invalid(node, fmt::format("\"{}\" must be an array", name));
  }

  Result<AvroTypeId> add(NodeId node, AvroType type, std::size_t depth) {
    if (content_.types.size() >= limits_.types_max) {
      return invalid(node, fmt::format("it has more than {} types", limits_.types_max));
    }
    const auto id = AvroTypeId{static_cast<std::uint32_t>(content_.types.size())};
    if (type.is_named()) by_name_.emplace(type.name, id);
    content_.types.push_back(std::move(type));
    depths_.push_back(0);
    ASSAY_TRY_VOID(set_depth(node, id, depth));
    return id;
  }

  Status set_depth(NodeId node, AvroTypeId id, std::size_t depth) {
    if (depth > limits_.depth_max) {
      return invalid(
          node, fmt::format("types stand more than {} deep in one another", limits_.depth_max));
    }
    depths_[static_cast<std::size_t>(id)] = depth;
    return {};
  }

  const AvroType& at(AvroTypeId id) const { return content_.types[static_cast<std::size_t>(id)]; }
  std::size_t depth_of(AvroTypeId id) const { return depths_[static_cast<std::size_t>(id)]; }

  const AvroLimits limits_;
  const JsonDocument* document_ = nullptr;  // the text that is being read
  std::vector<PendingDefault> defaults_;    // of that text
  Content content_;
  std::vector<std::size_t> depths_;  // of each type; 0 while a record is being read
  std::map<std::string, AvroTypeId> by_name_;
};

Result<AvroSchema> AvroSchema::parse(std::string_view text,
                                     std::span<const std::string_view> references,
                                     const AvroLimits& limits) {
  Parser parser(limits);
  for (const std::string_view reference : references) ASSAY_TRY_VOID(parser.read(reference));
  ASSAY_TRY_VOID(parser.read(text));
  return std::move(parser).finish();
}

std::optional<AvroTypeId> AvroSchema::find(std::string_view full_name) const {
  for (std::size_t i = 0; i < content_->types.size(); ++i) {
    const AvroType& type = content_->types[i];
    if (type.is_named() && type.name == full_name) {
      return AvroTypeId{static_cast<std::uint32_t>(i)};
    }
  }
  return std::nullopt;
}

}  // namespace assay::schema
