#pragma once
// Reads one map of a workspace file key by key, and reports what is missing, unknown or of another
// type.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/document.h"
#include "model/problems.h"

namespace assay::model {

/// What a map reader calls a place in its messages: `entity "order"`, `a route`.
struct MapContext {
  std::string what;
  std::vector<std::string_view> keys;  ///< all keys that the map may have
};

/// One map. Borrows the node and the list of problems; one thread. Every getter reports a value of
/// the wrong type and then acts as if the key were absent, so that reading goes on.
class MapReader {
 public:
  /// Reports a node that is no map, keys that are not in `context.keys`, and keys written twice.
  MapReader(const Node& node, MapContext context, ProblemList& problems);

  const Node& node() const { return *node_; }
  bool is_map() const;
  const std::string& what() const { return context_.what; }
  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  Location location_of(std::string_view key) const { return locate(*node_, {key}); }

  /// Reports the key as missing where it is; `expected` says what it would hold.
  bool require(std::string_view key, std::string_view expected);
  /// The scalar's text; empty where absent.
  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string_view fallback);
  /// A text that must be one of `choices`; nothing where absent or reported.
  std::optional<std::string> choice(std::string_view key,
                                    const std::vector<std::string_view>& choices);
  std::optional<bool> boolean(std::string_view key);
  struct Range {
    std::int64_t low;
    std::int64_t high;
  };
  std::optional<std::int64_t> integer(std::string_view key, Range range);
  /// A list of scalars.
  std::vector<std::string> texts(std::string_view key);
  /// The value where it is a map or a list; null where absent or reported.
  const Node* map(std::string_view key);
  const Node* list(std::string_view key);

  void bad_value(std::string_view key, std::string message, std::string expected);

 private:
  const Node* typed(std::string_view key, Node::Kind kind, std::string_view expected);

  const Node* node_;
  MapContext context_;
  ProblemList* problems_;
};

/// Entries of a map whose keys are names that the user chose; a key that is no scalar, or that
/// stands there twice, is reported and left out.
void for_each_named(const Node& map, std::string_view what, ProblemList& problems,
                    const std::function<void(const Node& name, const Node& value)>& body);

}  // namespace assay::model
