// Takes payloads apart and remembers what an assessment needs; assessment_findings.cc judges it.

#include "registry/assessment.h"

#include <fmt/format.h>
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
constexpr std::size_t kSampleMax = 20'000;          ///< rows of one kind
constexpr std::size_t kSampleCellsMax = 4'000'000;  ///< of all kinds of a family
constexpr double kSameFamily = 0.4;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool stands_for_nothing(std::string_view text) {
  static constexpr std::string_view kWords[] = {
      "",  "-",       "--",      "n/a",  "N/A", "NA",      "null", "NULL", "none",
      "?", "unknown", "Unknown", "None", "nil", "UNKNOWN", "tbd",  "TBD"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A number as JSON writes it, taken apart.
struct Digits {
  int whole = 0;
  int fraction = 0;  ///< without zeros at the end
  bool has_point = false;
  bool has_exponent = false;
};

std::optional<Digits> digits_of(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t i = 0;
  const auto run = [&] {
    const std::size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return static_cast<int>(i - begin);
  };
  Digits digits;
  digits.whole = run();
  if (digits.whole == 0 || (digits.whole > 1 && text[0] == '0')) return std::nullopt;
  if (i < text.size() && text[i] == '.') {
    digits.has_point = true;
    ++i;
    digits.fraction = run();
    if (digits.fraction == 0) return std::nullopt;
    for (std::size_t last = i; digits.fraction > 0 && text[last - 1] == '0'; --last)
      --digits.fraction;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    digits.has_exponent = true;
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (run() == 0) return std::nullopt;
  }
  if (i != text.size()) return std::nullopt;
  return digits;
}

/// YYYYMMDD of 1900 to 2100.
bool is_basic_day(std::string_view text) {
  if (text.size() != 8 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  const std::string day =
      fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6));
  return text >= "19000101" && text <= "21001231" && parse_day(day).has_value();
}

bool names_offset(std::string_view instant) {
  const std::size_t clock = instant.find(':');
  return clock != std::string_view::npos &&
         instant.find_first_of("Zz+-", clock) != std::string_view::npos;
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
    rows_.emplace_back();
    walk_object(object, 0, 0);
    close_row(0);
    note_time();
    note_shape();
  }

 private:
  Content value(const dom::element& at, std::uint32_t path, int depth);
  Content walk_object(const dom::object& object, std::uint32_t path, int depth);
  void walk_array(const dom::array& array, std::uint32_t path, int depth);
  Content text(std::string_view text, std::uint32_t path);
  void note_number(std::string_view token, std::uint32_t path);
  void note_integer(std::string_view token, std::uint32_t path);
  void note_double(double number, std::uint32_t path);
  void note_text_kind(std::string_view text, std::uint32_t path);
  void close_row(std::uint32_t path);
  void see(std::uint32_t path);
  void note_time();
  void note_shape();
  PathFacts& at(std::uint32_t path) { return family_.paths[path]; }

  FamilyFacts& family_;
  ValueBudget& budget_;
  std::vector<std::uint32_t> seen_;  ///< paths of this payload
  using Row = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  std::vector<Row> rows_;  ///< the payload, and the elements around the value at hand
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

void Visit::note_number(std::string_view token, std::uint32_t path) {
  const auto digits = digits_of(token);
  if (!digits) return;
  PathFacts& facts = at(path);
  facts.whole_digits = std::max(facts.whole_digits, digits->whole);
  facts.fraction_digits = std::max(facts.fraction_digits, digits->fraction);
  facts.has_exponent |= digits->has_exponent;
}

void Visit::note_integer(std::string_view token, std::uint32_t path) {
  note_number(token, path);
  PathFacts& facts = at(path);
  std::int64_t value = 0;
  std::from_chars(token.data(), token.data() + token.size(), value);  // 0 beyond 64 bits
  facts.lowest = facts.integers == 1 ? value : std::min(facts.lowest, value);
  facts.highest = facts.integers == 1 ? value : std::max(facts.highest, value);
}

/// By its shortest digits without an exponent, where people would write it so.
void Visit::note_double(double number, std::uint32_t path) {
  char digits[64];
  const double size = std::abs(number);
  const bool is_plain = number == 0 || (size >= 1e-15 && size < 1e18);
  const auto end = is_plain
                       ? std::to_chars(digits, digits + 64, number, std::chars_format::fixed)
                       : std::to_chars(digits, digits + 64, number, std::chars_format::scientific);
  note_number({digits, static_cast<std::size_t>(end.ptr - digits)}, path);
}

void Visit::note_text_kind(std::string_view text, std::uint32_t path) {
  PathFacts& facts = at(path);
  if (text == "true" || text == "false") ++facts.boolean_texts;
  if (text.empty() || !(is_digit(text[0]) || text[0] == '-')) return;
  if (const auto digits = digits_of(text)) {
    (digits->has_point ? facts.decimal_texts : facts.integer_texts) += 1;
    note_number(text, path);
    if (is_basic_day(text)) ++facts.basic_days;
  }
  if (text.size() < 8 || text.size() > 40) return;
  const auto instant = parse_instant(text);
  if (!instant) return;
  ++facts.instants;
  if (!names_offset(text)) ++facts.zoneless;
  const bool first = family_.time_path == 0 && arrays_ == 0;
  if (first) family_.time_path = path;
  if (path == family_.time_path) time_ = instant;
}

/// The row that ends at an element, or the payload.
void Visit::close_row(std::uint32_t path) {
  const Row row = std::move(rows_.back());
  rows_.pop_back();
  RowSample& sample = family_.samples[path];
  if (sample.rows == kSampleMax || family_.sample_cells > kSampleCellsMax) return;
  for (const auto& [member, hash] : row) {
    auto& column = sample.columns[member];
    column.resize(std::max(column.size(), sample.rows), 0);
    if (column.size() == sample.rows) column.push_back(hash);
  }
  family_.sample_cells += row.size();
  ++sample.rows;
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
  note_text_kind(text, path);
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
      const std::string_view token(digits, static_cast<std::size_t>(end.ptr - digits));
      note_integer(token, path);
      content = {hash_of(token), end.ptr - digits};
      break;
    }
    case dom::element_type::DOUBLE: {
      ++at(path).decimals;
      const double number = element.get_double().value_unsafe();
      if (number == std::floor(number)) ++at(path).whole;
      const auto end = std::to_chars(digits, digits + 32, number);
      note_double(number, path);
      content = {hash_of({digits, static_cast<std::size_t>(end.ptr - digits)}), end.ptr - digits};
      break;
    }
  }
  ++family_.leaves;
  at(path).values.add(content.hash, budget_);
  rows_.back().emplace_back(path, content.hash);
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
  const auto size = static_cast<std::int64_t>(array.size());
  at(path).items_max = std::max(at(path).items_max, size);
  const bool is_row = !family_.is_xml || size > 1;
  arrays_ += is_row ? 1 : 0;
  for (const dom::element& below : array) {
    const std::uint32_t element = family_.element(path);
    if (is_row) rows_.emplace_back();
    value(below, element, depth);
    if (is_row) close_row(element);
  }
  arrays_ -= is_row ? 1 : 0;
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

/// A table that has gained columns, or lost some, is the same one; tables of different columns are
/// not, however many they share.
bool may_be_one_table(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::includes(a.begin(), a.end(), b.begin(), b.end()) ||
         std::includes(b.begin(), b.end(), a.begin(), a.end());
}

}  // namespace

struct Assessor::Impl {
  dom::parser parser;
  Facts facts;

  FamilyFacts& family_of(const dom::object& object, Notation notation) {
    std::vector<std::string> names = outermost_of(object);
    FamilyFacts* best = nullptr;
    double best_likeness = kSameFamily;
    for (FamilyFacts& family : facts.families) {
      const double alike = likeness(family.outermost, names);
      const bool are_rows = family.is_csv || notation == Notation::csv;
      if (alike < best_likeness || (are_rows && !may_be_one_table(family.outermost, names)))
        continue;
      best = &family;
      best_likeness = alike;
    }
    if (best != nullptr) return *best;
    if (facts.families.size() == kFamiliesMax) return facts.families.back();
    FamilyFacts& made = facts.families.emplace_back();
    made.outermost = std::move(names);
    made.is_xml = notation == Notation::xml;
    made.is_csv = notation == Notation::csv;
    made.paths.emplace_back().text = "$";
    return made;
  }
};

Assessor::Assessor() : impl_(std::make_unique<Impl>()) {}
Assessor::~Assessor() = default;
Assessor::Assessor(Assessor&&) noexcept = default;

void Assessor::add(std::string_view record, Notation notation) {
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
  FamilyFacts& family = impl_->family_of(object, notation);
  family.bytes += static_cast<std::int64_t>(record.size());
  Visit(family, facts.budget).payload(object);
}

Assessment Assessor::finish() { return judge(impl_->facts); }

const Facts& Assessor::facts() const { return impl_->facts; }

Inference Assessor::infer() const { return registry::infer(impl_->facts); }

}  // namespace assay::registry
