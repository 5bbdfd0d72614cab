#pragma once
// What a question means, typed: the border between reading a question and making its SQL.

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "column/schema.h"
#include "model/workspace.h"

namespace assay::ask {

enum class Grain { hour, day, week, month, quarter, year };
std::string_view to_string(Grain grain);

/// A stretch of event time, UTC. Calendar periods are [from, to); rolling ones (from, to], which is
/// the edge rule of features.
struct Period {
  std::optional<Micros> from;
  std::optional<Micros> to;
  bool rolling = false;
  std::string words;  ///< of the question
};
/// "2011-12-01 up to, not including, 2012-01-01" and the like.
std::string bounds_text(const Period& period);

/// Something to group or filter by: a field of an event, or of a master in one of its roles.
struct Dimension {
  std::string entity;  ///< whose mart has the column
  std::string role;    ///< empty for the entity's own field
  std::string field;
  std::string column;  ///< in the mart
  std::string label;   ///< for people: "customer country"
  column::DataType type;
  std::string sensitivity;
  bool operator==(const Dimension& other) const {
    return entity == other.entity && column == other.column;
  }
};

struct MetricChoice {
  const model::Metric* metric = nullptr;
  std::string words;
};
struct SegmentChoice {
  const model::Segment* segment = nullptr;
  bool negated = false;
  std::string words;
};
/// One of `values` (the stored spelling), or true for a boolean.
struct FilterChoice {
  Dimension dimension;
  std::vector<std::string> values;
  bool negated = false;
  std::string words;
};
struct Top {
  int count = 10;
  bool ascending = false;
};

struct Interpretation {
  std::vector<MetricChoice> metrics;
  std::vector<SegmentChoice> segments;
  std::vector<FilterChoice> filters;
  std::optional<Period> period;  ///< nullopt = all time
  std::vector<Dimension> groups;
  std::optional<Grain> grain;
  std::optional<Top> top;            ///< by the first metric, of the first group
  std::optional<Micros> visible_to;  ///< an explicit as-of: events after it do not count
};

}  // namespace assay::ask
