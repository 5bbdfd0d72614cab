#pragma once
// Collects what is wrong with a workspace, so that a person sees all of it in one run.

#include <string>
#include <string_view>
#include <vector>

#include "model/workspace.h"

namespace assay::model {

/// Grows while files are read and checked. One thread.
class ProblemList {
 public:
  /// `message` says what is wrong, `expected` what belongs there; neither has a period.
  void add(const Location& location, Code code, std::string message, std::string expected);
  /// Sorted by file, line and column; each sentence once a place.
  std::vector<Problem> take() &&;
  std::size_t count() const { return problems_.size(); }

 private:
  std::vector<Problem> problems_;
};

/// The name of `known` that a person most likely meant; empty where none is close.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

/// "one of a, b, c", with `, perhaps "b"` where a name is close. Long lists end with "...".
std::string expected_names(std::string_view name, const std::vector<std::string_view>& known);
/// `an entity of the workspace, perhaps "customer"`: for lists that are too long or not closed.
std::string expected_kind(std::string_view what, std::string_view name,
                          const std::vector<std::string_view>& known);

}  // namespace assay::model
