// Takes payloads apart and remembers what an assessment needs; assessment_findings.cc judges it.

#include "registry/assessment.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "registry/assessment_internal.h"

namespace assay::registry {
namespace {

namespace dom = simdjson::dom;

constexpr int kDepthMax = 128;
constexpr std::size_t kFamiliesMax = 64;
constexpr std::size_t kPathsMax = 20'000;
constexpr std::size_t kShapesMax = 4096;
constexpr std::size_t kSampleMax = 20'000;
constexpr double kSameFamily = 0.4;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool stands_for_nothing(std::string_view text) {
  static constexpr std::string_view kWords[] = {
      "",  "-",       "--",      "n/a",  "N/A", "NA",      "null", "NULL", "none",
      "?", "unknown", "Unknown", "None", "nil", "UNKNOWN", "tbd",  "TBD"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

bool is_number(std::string_view text) {
  if (text.empty() || !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) return false;
  double value = 0;
  const auto end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end;
}

std::uint64_t hash_of(std::string_view text) { return xxh3_128(text).low; }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return (a ^ (b + 0x9e3779b97f4a7c15 + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccd;
}

/// Content of an object or scalar: what makes two of them the same, and how long it is as JSON.
struct Content {
  std::uint64_t hash = 0;
  std::int64_t bytes = 0;
};

void remember(std::string& example, std::string_view text) {
  constexpr std::size_t kShown = 40;
  if (example.empty()) example = std::string(text.substr(0, kShown));
}

/// One payload on its way into the facts of its family.
class Visit {
 public:
  Visit(FamilyFacts& family, ValueBudget& budget) : family_(family), budget_(budget) {}

  void payload(const dom::object& object) {
    ++family_.records;
    walk_object(object, 0, 0);
    note_time();
    note_shape();
    if (family_.sample.size() < kSampleMax) family_.sample.push_back(std::move(outermost_));
  }

 private:
  Content value(const dom::element& at, std::uint32_t path, int depth);
  Content walk_object(const dom::object& object, std::uint32_t path, int depth);
  void walk_array(const dom::array& array, std::uint32_t path, int depth);
  Content text(std::string_view text, std::uint32_t path);
  void see(std::uint32_t path);
  void note_time();
  void note_shape();
  PathFacts& at(std::uint32_t path) { return family_.paths[path]; }

  FamilyFacts& family_;
  ValueBudget& budget_;
  std::vector<std::uint32_t> seen_;  ///< paths of this payload
  std::map<std::uint32_t, std::uint64_t> outermost_;
  std::optional<Micros> time_;
  int arrays_ = 0;
};

/// The first time in this payload that a path is met.
void Visit::see(std::uint32_t path) {
  PathFacts& facts = at(path);
  if (facts.last_record == family_.records) return;
  if (facts.records == 0) facts.first_record = family_.records;
  facts.last_record = family_.records;
  ++facts.records;
  seen_.push_back(path);
}

Content Visit::text(std::string_view text, std::uint32_t path) {
  PathFacts& facts = at(path);
  ++facts.texts;
  remember(facts.text_example, text);
  const bool padded = !text.empty() && (is_blank(text.front()) || is_blank(text.back()));
  if (padded) {
    ++facts.padded;
    remember(facts.padded_example, text);
  }
  if (stands_for_nothing(text)) {
    ++facts.stand_ins;
    remember(facts.stand_in_example, text.empty() ? "\"\"" : text);
  }
  if (is_number(text) && text.find('.') != std::string_view::npos) ++facts.decimal_texts;
  if (text.size() >= 8 && text.size() <= 40 && text[0] >= '0' && text[0] <= '9') {
    if (const auto instant = parse_instant(text)) {
      ++facts.instants;
      const bool first = family_.time_path == 0 && arrays_ == 0;
      if (first) family_.time_path = path;
      if (path == family_.time_path) time_ = instant;
    }
  }
  return {hash_of(text), static_cast<std::int64_t>(text.size()) + 2};
}

Content Visit::value(const dom::element& element, std::uint32_t path, int depth) {
  see(path);
  char digits[32];
  Content content;
  switch (element.type()) {
    case dom::element_type::OBJECT:
      return walk_object(element.get_object().value_unsafe(), path, depth + 1);
    case dom::element_type::ARRAY:
      walk_array(element.get_array().value_unsafe(), path, depth + 1);
      return content;
    case dom::element_type::NULL_VALUE:
      ++at(path).nulls;
      ++family_.leaves;
      return {1, 4};
    case dom::element_type::BOOL:
      ++at(path).booleans;
      content = {element.get_bool().value_unsafe() ? 2U : 3U, 5};
      break;
    case dom::element_type::STRING:
      content = text(element.get_string().value_unsafe(), path);
      break;
    case dom::element_type::INT64:
    case dom::element_type::UINT64: {
      ++at(path).integers;
      const bool negative = element.type() == dom::element_type::INT64;
      const auto end =
          negative ? std::to_chars(digits, digits + 32, element.get_int64().value_unsafe())
                   : std::to_chars(digits, digits + 32, element.get_uint64().value_unsafe());
      content = {hash_of({digits, static_cast<std::size_t>(end.ptr - digits)}), end.ptr - digits};
      break;
    }
    case dom::element_type::DOUBLE: {
      ++at(path).decimals;
      const double number = element.get_double().value_unsafe();
      if (number == std::floor(number)) ++at(path).whole;
      const auto end = std::to_chars(digits, digits + 32, number);
      content = {hash_of({digits, static_cast<std::size_t>(end.ptr - digits)}), end.ptr - digits};
      break;
    }
  }
  ++family_.leaves;
  at(path).values.add(content.hash, budget_);
  if (at(path).parent == 0 && path != 0) outermost_[path] = content.hash;
  return content;
}

Content Visit::walk_object(const dom::object& object, std::uint32_t path, int depth) {
  ++at(path).objects;
  Content content{7, 2};
  int likeness = 0;     // of the member that is called most like a key
  bool has_key = true;  // and whether it has a value
  if (depth > kDepthMax || family_.paths.size() > kPathsMax) return content;
  for (const auto& [name, below] : object) {
    const std::uint32_t member = family_.member(path, name);
    const bool array = below.type() == dom::element_type::ARRAY;
    const Content part = value(below, member, depth);
    auto& members = at(path).members;
    const bool scalar = !array && below.type() != dom::element_type::OBJECT;
    if (scalar && std::find(members.begin(), members.end(), member) == members.end())
      members.push_back(member);
    if (scalar && at(member).key_likeness > std::max(likeness, 2)) {
      likeness = at(member).key_likeness;
      has_key = below.type() != dom::element_type::NULL_VALUE;
    }
    if (array) continue;
    content.hash += mix(hash_of(name), part.hash);
    content.bytes += static_cast<std::int64_t>(name.size()) + 4 + part.bytes;
  }
  PathFacts& facts = at(path);
  if (path == 0 || !has_key) return content;  // without its key it is a copy of nothing
  facts.content_bytes += content.bytes;
  if (!facts.contents.add(content.hash, budget_)) facts.content_bytes_once += content.bytes;
  return content;
}

void Visit::walk_array(const dom::array& array, std::uint32_t path, int depth) {
  ++at(path).arrays;
  if (depth > kDepthMax) return;
  ++arrays_;
  for (const dom::element& below : array) value(below, family_.element(path), depth);
  --arrays_;
}

void Visit::note_time() {
  if (!time_) return;
  if (family_.timed == 0 || *time_ < family_.first_time) family_.first_time = *time_;
  if (family_.timed == 0 || *time_ > family_.last_time) family_.last_time = *time_;
  ++family_.timed;
  for (const std::uint32_t path : seen_) {
    PathFacts& facts = at(path);
    if (facts.timed == 0 || *time_ < facts.first_time) facts.first_time = *time_;
    if (facts.timed == 0 || *time_ > facts.last_time) facts.last_time = *time_;
    ++facts.timed;
  }
}

void Visit::note_shape() {
  std::sort(seen_.begin(), seen_.end());
  std::uint64_t hash = 0;
  for (const std::uint32_t path : seen_) hash = mix(hash, path + 1);
  const auto known = family_.shapes.find(hash);
  if (known != family_.shapes.end()) {
    ++known->second.records;
  } else if (family_.shapes.size() < kShapesMax) {
    family_.shapes[hash] = {1, seen_};
  } else {
    ++family_.shapes_forgotten;
  }
}

std::vector<std::string> outermost_of(const dom::object& object) {
  std::vector<std::string> names;
  for (const auto& member : object) names.emplace_back(member.key);
  std::sort(names.begin(), names.end());
  return names;
}

/// Shared members over all members.
double likeness(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  const std::size_t all = a.size() + b.size() - both.size();
  return all == 0 ? 1.0 : static_cast<double>(both.size()) / static_cast<double>(all);
}

}  // namespace

struct Assessor::Impl {
  dom::parser parser;
  Facts facts;

  FamilyFacts& family_of(const dom::object& object) {
    std::vector<std::string> names = outermost_of(object);
    FamilyFacts* best = nullptr;
    double best_likeness = kSameFamily;
    for (FamilyFacts& family : facts.families) {
      const double alike = likeness(family.outermost, names);
      if (alike < best_likeness) continue;
      best = &family;
      best_likeness = alike;
    }
    if (best != nullptr) return *best;
    if (facts.families.size() == kFamiliesMax) return facts.families.back();
    FamilyFacts& made = facts.families.emplace_back();
    made.outermost = std::move(names);
    made.paths.emplace_back().text = "$";
    return made;
  }
};

Assessor::Assessor() : impl_(std::make_unique<Impl>()) {}
Assessor::~Assessor() = default;
Assessor::Assessor(Assessor&&) noexcept = default;

void Assessor::add(std::string_view record) {
  Facts& facts = impl_->facts;
  Assessment& counts = facts.counts;
  ++counts.records;
  counts.bytes += static_cast<std::int64_t>(record.size());
  dom::element element;
  if (impl_->parser.parse(record.data(), record.size()).get(element)) {
    ++counts.not_json;
    remember(counts.not_json_example, record);
    return;
  }
  dom::object object;
  if (element.get_object().get(object)) {
    ++counts.not_objects;
    return;
  }
  FamilyFacts& family = impl_->family_of(object);
  family.bytes += static_cast<std::int64_t>(record.size());
  Visit(family, facts.budget).payload(object);
}

Assessment Assessor::finish() { return judge(impl_->facts); }

}  // namespace assay::registry
