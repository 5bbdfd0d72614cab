// What the facts of a family mean: masters, dirt, drift, shapes.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "registry/assessment_internal.h"

namespace assay::registry {
namespace {

constexpr double kRepeats = 2.0;      ///< copies for each thing, from which on it is a master
constexpr double kContentsMax = 2.0;  ///< contents for each key, up to which the key explains them
constexpr double kExceptions = 0.02;  ///< rows that may contradict a dependence
constexpr std::int64_t kDriftMin = 20;  ///< records, before a path can be said to come or go
constexpr std::size_t kListed = 5;

double ratio(std::int64_t a, std::int64_t b) {
  return b == 0 ? 0.0 : static_cast<double>(a) / static_cast<double>(b);
}

/// The member that explains the others of an object best; -1: none does.
int key_of(const FamilyFacts& family, const PathFacts& object) {
  int best = -1;
  double best_score = 0;
  for (const std::uint32_t member : object.members) {
    const PathFacts& facts = family.paths[member];
    const std::int64_t distinct = facts.values.size();
    const bool price = facts.decimals > facts.whole || facts.decimal_texts > 0;
    if (distinct < 2 || facts.booleans > 0 || price) continue;
    const double contents = ratio(object.contents.size(), distinct);
    const double copies = ratio(facts.scalars(), distinct);
    if (copies < kRepeats || contents > kContentsMax) continue;
    // Of several that explain the others, the one that is called like a key.
    const double score = facts.key_likeness * 10 + kContentsMax - contents;
    if (best >= 0 && score <= best_score) continue;
    best = static_cast<int>(member);
    best_score = score;
  }
  return best;
}

void find_nested_masters(const FamilyFacts& family, std::vector<MasterFinding>& found) {
  for (std::uint32_t i = 1; i < family.paths.size(); ++i) {
    const PathFacts& object = family.paths[i];
    if (object.objects == 0 || object.members.size() < 2) continue;
    const int key = key_of(family, object);
    if (key < 0) continue;
    const PathFacts& by = family.paths[static_cast<std::uint32_t>(key)];
    MasterFinding finding;
    finding.path = object.text;
    finding.key = by.name;
    for (const std::uint32_t member : object.members) {
      if (member != static_cast<std::uint32_t>(key))
        finding.members.push_back(family.paths[member].name);
    }
    finding.copies = by.scalars();
    finding.things = by.values.size();
    finding.contents = object.contents.size();
    finding.bytes = object.content_bytes;
    finding.bytes_once = object.content_bytes_once;
    finding.at_least = by.values.full() || object.contents.full();
    found.push_back(std::move(finding));
  }
}

/// Whether one outermost member determines another in the sample, few exceptions aside.
bool determines(const FamilyFacts& family, std::uint32_t key, std::uint32_t other) {
  const auto sample = family.samples.find(0);
  if (sample == family.samples.end()) return false;
  return dependence(sample->second, key, other).value_or(0) >= 1 - kExceptions;
}

std::int64_t distinct_in_sample(const FamilyFacts& family,
                                const std::vector<std::uint32_t>& paths) {
  const auto sample = family.samples.find(0);
  if (sample == family.samples.end()) return 0;
  std::set<std::vector<std::uint64_t>> seen;
  for (std::size_t row = 0; row < sample->second.rows; ++row) {
    std::vector<std::uint64_t> values;
    for (const std::uint32_t path : paths) {
      const auto column = sample->second.columns.find(path);
      const bool has = column != sample->second.columns.end() && row < column->second.size();
      values.push_back(has ? column->second[row] : 0);
    }
    seen.insert(std::move(values));
  }
  return static_cast<std::int64_t>(seen.size());
}

/// Outermost members that could be the key of a master that lies flat in the payload.
std::vector<std::uint32_t> flat_keys(const FamilyFacts& family) {
  std::vector<std::uint32_t> keys;
  for (const std::uint32_t member : family.paths[0].members) {
    const PathFacts& facts = family.paths[member];
    const std::int64_t distinct = facts.values.size();
    const bool scalar = facts.texts + facts.integers > 0 && facts.decimals == 0;
    if (scalar && facts.key_likeness >= 3 && distinct > 2 &&
        ratio(facts.scalars(), distinct) >= kRepeats)
      keys.push_back(member);
  }
  return keys;
}

/// A key among the outermost members and what it determines: "OriginAirportID" and "OriginCity".
void find_flat_masters(const FamilyFacts& family, std::vector<MasterFinding>& found) {
  std::set<std::uint32_t> taken;
  for (const std::uint32_t key : flat_keys(family)) {
    MasterFinding finding;
    std::vector<std::uint32_t> paths{key};
    const std::int64_t things = family.paths[key].values.size();
    for (const std::uint32_t other : family.paths[0].members) {
      const std::int64_t distinct = family.paths[other].values.size();
      // What hardly varies is determined by anything.
      if (other == key || taken.contains(other) || distinct < 2 || distinct * 10 < things) continue;
      if (distinct > things * 2 || !determines(family, key, other)) continue;
      paths.push_back(other);
      finding.members.push_back(family.paths[other].name);
    }
    if (finding.members.empty()) continue;
    taken.insert(paths.begin(), paths.end());
    finding.path = "$";
    finding.key = family.paths[key].name;
    finding.copies = family.paths[key].scalars();
    finding.things = things;
    finding.contents = std::max(things, distinct_in_sample(family, paths));
    found.push_back(std::move(finding));
  }
}

void find_dirt(const FamilyFacts& family, std::vector<DirtFinding>& found) {
  const auto note = [&](const PathFacts& facts, std::string what, std::int64_t records,
                        const std::string& example) {
    if (records > 0) found.push_back({facts.text, std::move(what), records, example});
  };
  for (const PathFacts& facts : family.paths) {
    const std::int64_t numbers = facts.integers + facts.decimals;
    if (numbers > 0 && facts.texts > 0) {
      if (numbers >= facts.texts)
        note(facts, "text among numbers", facts.texts, facts.text_example);
      else
        note(facts, "numbers among texts", numbers, "");
    }
    if (facts.objects > 0 && facts.scalars() > 0)
      note(facts, "a scalar in some records, an object in others",
           std::min(facts.objects, facts.scalars()), "");
    if (facts.arrays > 0 && facts.objects > 0)
      note(facts, "an object in some records, an array in others",
           std::min(facts.arrays, facts.objects), "");
    if (facts.decimal_texts > 0 && facts.decimal_texts == facts.texts)
      note(facts, "numbers written as text", facts.texts, facts.text_example);
    note(facts, "blanks around the text", facts.padded, facts.padded_example);
    const bool has_others = facts.stand_ins < facts.texts;
    if (has_others)
      note(facts, "text that stands for nothing", facts.stand_ins, facts.stand_in_example);
    const bool mostly_times = ratio(facts.instants, facts.texts) >= 0.5;
    if (mostly_times && facts.instants < facts.texts)
      note(facts, "not an instant among instants", facts.texts - facts.instants, "");
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.records > b.records; });
}

/// Paths whose container is as old as the family itself, so that a new object is told once.
void find_drift(const FamilyFacts& family, std::vector<DriftFinding>& found) {
  const bool by_time = family.time_path != 0 && family.timed * 10 >= family.records * 9 &&
                       family.last_time > family.first_time;
  const std::int64_t first = by_time ? family.first_time : 1;
  const std::int64_t last = by_time ? family.last_time : family.records;
  const std::int64_t margin = (last - first) / 20;
  const auto begin_of = [&](const PathFacts& facts) {
    return by_time ? facts.first_time : facts.first_record;
  };
  const auto end_of = [&](const PathFacts& facts) {
    return by_time ? facts.last_time : facts.last_record;
  };
  const auto shown = [&](std::int64_t at) {
    return by_time ? format_instant(at) : fmt::format("record {}", at);
  };
  for (const PathFacts& facts : family.paths) {
    if (facts.records < kDriftMin || facts.text == "$") continue;
    const PathFacts& around = family.paths[facts.parent];
    const bool new_itself = around.records > 0 && begin_of(around) - first > margin;
    const bool gone_itself = around.records > 0 && last - end_of(around) > margin;
    // Rare paths come and go by chance: between first and last sight they must be frequent.
    const double span = ratio(end_of(facts) - begin_of(facts), last - first);
    const bool frequent = ratio(facts.records, family.records) >= span * 0.2;
    if (!frequent) continue;
    if (begin_of(facts) - first > margin && !new_itself)
      found.push_back({facts.text, "appears", shown(begin_of(facts)), facts.records});
    if (last - end_of(facts) > margin && !gone_itself)
      found.push_back({facts.text, "disappears", shown(end_of(facts)), facts.records});
  }
}

std::vector<std::string> texts_of(const FamilyFacts& family,
                                  const std::vector<std::uint32_t>& paths) {
  std::vector<std::string> texts;
  for (const std::uint32_t path : paths) texts.push_back(family.paths[path].text);
  return texts;
}

void find_shapes(const FamilyFacts& family, FamilyFinding& finding) {
  finding.shapes = static_cast<std::int64_t>(family.shapes.size());
  finding.shapes_at_least = family.shapes_forgotten > 0;
  std::vector<const ShapeFacts*> shapes;
  for (const auto& [hash, shape] : family.shapes) shapes.push_back(&shape);
  std::sort(shapes.begin(), shapes.end(), [](const ShapeFacts* a, const ShapeFacts* b) {
    return a->records != b->records ? a->records > b->records : a->paths < b->paths;
  });
  for (std::size_t i = 0; i < shapes.size() && i < kListed; ++i) {
    ShapeFinding shape;
    shape.records = shapes[i]->records;
    const auto& most = shapes[0]->paths;
    const auto& own = shapes[i]->paths;
    std::vector<std::uint32_t> lacks;
    std::vector<std::uint32_t> adds;
    std::set_difference(most.begin(), most.end(), own.begin(), own.end(),
                        std::back_inserter(lacks));
    std::set_difference(own.begin(), own.end(), most.begin(), most.end(), std::back_inserter(adds));
    shape.lacks = texts_of(family, lacks);
    shape.adds = texts_of(family, adds);
    finding.frequent.push_back(std::move(shape));
  }
}

FamilyFinding judge_family(const FamilyFacts& family) {
  FamilyFinding finding;
  constexpr std::size_t kNamed = 6;
  for (std::size_t i = 0; i < family.outermost.size() && i < kNamed; ++i)
    finding.name += (i > 0 ? ", " : "") + family.outermost[i];
  if (family.outermost.size() > kNamed) finding.name += " ...";
  finding.records = family.records;
  finding.bytes = family.bytes;
  finding.leaves = family.records == 0 ? 0 : family.leaves / family.records;
  if (family.time_path != 0 && family.timed > 0) {
    finding.time_path = family.paths[family.time_path].text;
    finding.first_time = format_instant(family.first_time);
    finding.last_time = format_instant(family.last_time);
  }
  for (const std::uint32_t member : family.paths[0].members) {
    const PathFacts& facts = family.paths[member];
    if (family.records > 1 && facts.values.size() == family.records && facts.decimals == 0)
      finding.keys.push_back(facts.name);
  }
  find_shapes(family, finding);
  find_nested_masters(family, finding.masters);
  find_flat_masters(family, finding.masters);
  std::stable_sort(finding.masters.begin(), finding.masters.end(),
                   [](const auto& a, const auto& b) { return a.copies > b.copies; });
  find_dirt(family, finding.dirt);
  find_drift(family, finding.drift);
  return finding;
}

}  // namespace

std::optional<double> dependence(const RowSample& sample, std::uint32_t key, std::uint32_t other) {
  const auto from = sample.columns.find(key);
  const auto to = sample.columns.find(other);
  if (from == sample.columns.end() || to == sample.columns.end()) return std::nullopt;
  std::unordered_map<std::uint64_t, std::unordered_map<std::uint64_t, std::int64_t>> seen;
  std::int64_t rows = 0;
  for (std::size_t row = 0; row < std::min(from->second.size(), to->second.size()); ++row) {
    if (from->second[row] == 0 || to->second[row] == 0) continue;
    ++seen[from->second[row]][to->second[row]];
    ++rows;
  }
  if (rows == 0) return std::nullopt;
  std::int64_t kept = 0;
  for (const auto& [value, others] : seen) {
    std::int64_t most = 0;
    for (const auto& [_, count] : others) most = std::max(most, count);
    kept += most;
  }
  return ratio(kept, rows);
}

Assessment judge(const Facts& facts) {
  Assessment assessment = facts.counts;
  for (const FamilyFacts& family : facts.families)
    assessment.families.push_back(judge_family(family));
  std::stable_sort(assessment.families.begin(), assessment.families.end(),
                   [](const auto& a, const auto& b) { return a.records > b.records; });
  return assessment;
}

}  // namespace assay::registry
