#pragma once
// Which leaf of a new shape a known path of an older one has most likely become.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/workspace.h"
#include "path/json_path.h"
#include "registry/family_view.h"

namespace assay::registry {

/// The place that a path without queries leads to, where the facts have it.
std::optional<std::uint32_t> find_path(const FamilyFacts& family, const path::JsonPath& path);

/// A path of a known schema version and the field that it fills.
struct KnownPath {
  std::string text;       ///< of the absolute path, as that version has it
  path::JsonPath before;  ///< the same, compiled
  path::JsonPath path;    ///< where it would stand now: its rows may have moved
  std::uint32_t row = 0;  ///< of the new shape, where a leaf for it may stand
  const model::Field* field = nullptr;
};

struct LeafMatch {
  std::uint32_t leaf = 0;
  double score = 0;  ///< 0 to 1
  bool is_same_path = false;
  std::string reason;  ///< for a person
};

struct PathMatches {
  std::map<std::string, LeafMatch> found;    ///< by the text of the known path
  std::map<std::string, LeafMatch> nearest;  ///< of those that were not: the likeliest leaf
};

/// Judges by names, places, types and values. Borrows all that it is given.
class PathMatcher {
 public:
  /// `known`: facts of records that known versions took; may be empty.
  PathMatcher(const FamilyView& fresh, const std::vector<FamilyFacts>& known)
      : fresh_(fresh), known_(known) {}

  /// A leaf is given to one path at most; the same path stands for one.
  PathMatches match(const std::vector<KnownPath>& paths) const;
  /// How well a leaf fits a field by names and type alone.
  LeafMatch fit(const model::Field& field, std::uint32_t leaf) const;
  /// How much the names of two places are alike, from 0 to 1.
  static double name_likeness(const Words& a, const Words& b);

 private:
  struct Pair {
    double score = 0;
    std::size_t path = 0;
    std::uint32_t leaf = 0;
    std::string reason;
  };
  /// What a leaf is judged by.
  struct Looks {
    std::uint32_t leaf = 0;
    column::DataType type;
    bool is_empty = false;  ///< it was never more than null
    Words name, place;
  };
  Looks look(std::uint32_t leaf) const;
  Pair judge(const std::vector<KnownPath>& paths, std::size_t path, const Looks& looks) const;
  double value_likeness(const KnownPath& path, std::uint32_t leaf) const;

  const FamilyView& fresh_;
  const std::vector<FamilyFacts>& known_;
};

/// How well values of a leaf fit a type: 1 alike, 0 not at all.
double type_likeness(const column::DataType& wanted, const column::DataType& found);

}  // namespace assay::registry
