#pragma once
// A second reading of plan and payload, slow and simple: the oracle of the differential test. It
// walks a tree for every rule anew, and computes with texts where the kernel computes with
// integers.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace assay::refine::testing {

struct Value {
  enum class Kind { object, array, string, number, boolean, null };
  Kind kind = Kind::null;
  std::string raw;
  std::string text;  ///< string: unescaped; number, boolean: as it stands
  std::vector<std::pair<std::string, Value>> members;
  std::vector<Value> items;
  bool is_leaf() const { return members.empty() && items.empty(); }
};
/// REQUIRES: valid JSON.
Value parse_valid(std::string_view text);

/// What becomes of one record.
struct Reading {
  int code = 0;  ///< 0: refined
  std::map<std::string, std::vector<std::string>>
      rows;  ///< table -> rows in order, "column=value ..."
  std::map<std::string, std::set<std::string>> contents;  ///< content table -> distinct rows
  std::string residue;                                    ///< empty: none
  int leaves = 0;
  int mapped = 0;
  int master = 0;
};
Reading read_plainly(const plan::Plan& plan, const Value& payload);

}  // namespace assay::refine::testing
