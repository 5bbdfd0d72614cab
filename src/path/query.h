#pragma once
// JSONPath (RFC 9535), all of it: compiled once, evaluated over documents.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "path/json_document.h"
#include "path/json_path.h"
#include "path/syntax.h"

namespace assay::path {

/// A compiled query. Immutable and cheap to copy; any number of threads may evaluate it at once.
///
/// What it costs is bounded by PathLimits whatever the query and the document are: patterns run in
/// linear time, descendants are a range of the document's nodes, and every node looked at counts
/// as a step.
class Query {
 public:
  /// Code::path_invalid says the byte, what was expected there, and a hint. With
  /// RootsTaken::payload_and_row a query may begin at "@", the row; RFC 9535 itself knows "$" only.
  static Result<Query> compile(std::string_view text, RootsTaken roots = RootsTaken::payload);

  const std::string& text() const { return text_; }
  bool is_relative() const { return parsed_->syntax.is_relative; }
  /// Finds one node at most, in any document: names and indices only.
  bool is_singular() const { return parsed_->syntax.is_singular(); }
  /// What is allowed and surely not meant, as sentences: a pattern that matches nothing.
  const std::vector<std::string>& notices() const { return parsed_->notices; }

  /// The path that the kernel's single walk takes; its error says what needs a pass of its own.
  Result<JsonPath> single_walk() const;

  /// The nodes found, in the order of RFC 9535; a node that is found twice stands there twice.
  /// `row` is where "@" begins. Code::path_limit where a limit ended it.
  Result<std::vector<NodeId>> select(const JsonDocument& document, const PathLimits& limits = {},
                                     NodeId row = NodeId::root) const;

 private:
  Query(std::string_view text, ParsedQuery parsed)
      : text_(text), parsed_(std::make_shared<const ParsedQuery>(std::move(parsed))) {}

  std::string text_;
  std::shared_ptr<const ParsedQuery> parsed_;
};

}  // namespace assay::path
