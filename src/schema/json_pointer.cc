#include "schema/json_pointer.h"

#include <algorithm>
#include <vector>

namespace assay::schema {

using path::JsonDocument;
using path::NodeId;

std::string pointer_token(std::string_view name) {
  std::string token;
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::string json_pointer(const JsonDocument& document, NodeId node) {
  std::vector<std::string> tokens;
  for (; node != NodeId::root; node = document.parent(node)) {
    const bool in_array = document.kind(document.parent(node)) == JsonDocument::Kind::array;
    tokens.push_back(in_array ? std::to_string(document.position(node))
                              : pointer_token(document.key(node)));
  }
  std::string pointer;
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) pointer += "/" + *token;
  return pointer;
}

std::optional<NodeId> member(const JsonDocument& document, NodeId object, std::string_view name) {
  if (document.kind(object) != JsonDocument::Kind::object) return std::nullopt;
  for (NodeId child = document.first_child(object); child != document.after(object);
       child = document.after(child)) {
    if (document.key(child) == name) return child;
  }
  return std::nullopt;
}

}  // namespace assay::schema
