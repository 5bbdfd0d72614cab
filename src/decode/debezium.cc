#include "decode/debezium.h"

#include "path/json_document.h"

namespace assay::decode {
namespace {

using path::JsonDocument;
using path::NodeId;

std::optional<NodeId> member(const JsonDocument& document, NodeId object, std::string_view key) {
  if (document.kind(object) != JsonDocument::Kind::object) return std::nullopt;
  for (NodeId child = document.first_child(object); child != document.after(object);
       child = document.after(child)) {
    if (document.key(child) == key) return child;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<std::string_view>> debezium_event(std::string_view payload,
                                                       const PayloadLimits& limits) {
  std::optional<std::string_view> event;
  const auto document = JsonDocument::read(payload, limits);
  if (!document) return event;  // the kernel says what is wrong with it
  const auto schema = member(*document, NodeId::root, "schema");
  const auto value = member(*document, NodeId::root, "payload");
  if (!schema || !value || document->child_count(NodeId::root) != 2) return event;
  if (document->kind(*value) == JsonDocument::Kind::null) {
    return make_error(Code::tombstone, "the event is null: a tombstone of a change feed");
  }
  const auto op = member(*document, *value, "op");
  const auto source = member(*document, *value, "source");
  const bool is_event = op && document->kind(*op) == JsonDocument::Kind::string && source &&
                        document->kind(*source) == JsonDocument::Kind::object;
  if (is_event) event = document->source(*value);
  return event;
}

}  // namespace assay::decode
