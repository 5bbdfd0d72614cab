#pragma once
// One YAML or JSON document as a tree of values that know where they stand. The readers see this
// and never the YAML library.

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/problems.h"
#include "model/workspace.h"

namespace assay::model {

/// A value of a document. Owns its children; immutable after parsing; any thread may read it.
struct Node {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< of a scalar: written in quotes, so "02" is never a number
  Location location;
  std::vector<Node> items;  ///< of a list
  struct Entry;
  std::vector<Entry> entries;  ///< of a map, in the order of the file

  const Node* find(std::string_view key) const;      ///< value of a map's entry; null where absent
  const Node* find_key(std::string_view key) const;  ///< the entry's key itself
};

/// Key and value of a map.
struct Node::Entry {
  Node first;
  Node second;
};

/// "nothing", "a list", "a map" or the scalar in quotes: what a message says was found.
std::string describe(const Node& node);

/// One step of a way through a document: a key of a map or an index of a list.
using DocumentStep = std::variant<std::string_view, std::size_t>;
/// Where the value at the end of the way stands, or as far as the way exists.
Location locate(const Node& node, std::initializer_list<DocumentStep> way);
/// The same for the key of the last step, which names what is declared there.
Location locate_key(const Node& node, std::initializer_list<DocumentStep> way);

/// All documents of one file. A syntax mistake becomes one problem (yaml_syntax); the documents
/// before it are returned. Empty documents are left out.
std::vector<Node> parse_documents(const std::string& file, std::string_view text,
                                  ProblemList& problems);

}  // namespace assay::model
