#include "refine/plain_interpreter_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/error_table.h"
#include "base/hash.h"
#include "base/time.h"
#include "refine/text.h"

namespace assay::refine::testing {
namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}
  Value value() {
    blanks();
    const std::size_t begin = at_;
    Value made = any();
    made.raw = std::string(text_.substr(begin, at_ - begin));
    if (made.kind == Value::Kind::string)
      made.text = unescaped(std::string_view(made.raw).substr(1, made.raw.size() - 2));
    else if (made.is_leaf())
      made.text = made.raw;
    return made;
  }

 private:
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  bool take(char c) {
    blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_) at_ += text_[at_] == '\\' ? 1 : 0;
    ++at_;
  }
  Value any() {
    Value made;
    if (take('{')) {
      made.kind = Value::Kind::object;
      while (!take('}')) {
        Value key = value();
        take(':');
        made.members.emplace_back(key.text, value());
        take(',');
      }
    } else if (take('[')) {
      made.kind = Value::Kind::array;
      while (!take(']')) {
        made.items.push_back(value());
        take(',');
      }
    } else if (text_[at_] == '"') {
      made.kind = Value::Kind::string;
      skip_string();
    } else {
      const char c = text_[at_];
      made.kind = c == 'n'               ? Value::Kind::null
                  : c == 't' || c == 'f' ? Value::Kind::boolean
                                         : Value::Kind::number;
      while (at_ < text_.size() &&
             std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos)
        ++at_;
    }
    return made;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Digits and a power of ten, as text: "12.50" is 125 * 10^-1.
struct Digits {
  bool negative = false;
  std::string digits;  ///< without zeros at either end; "" is zero
  long exponent = 0;
};

std::optional<Digits> digits_of(std::string_view text) {
  Digits made;
  std::size_t at = 0;
  const auto digit = [&] { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  if (at < text.size() && text[at] == '-') made.negative = true, ++at;
  const std::size_t whole = at;
  while (digit()) made.digits += text[at++];
  if (at == whole || (at - whole > 1 && text[whole] == '0')) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = ++at;
    while (digit()) made.digits += text[at++], --made.exponent;
    if (at == fraction) return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const std::size_t sign = at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t first = at;
    while (digit()) ++at;
    if (at == first) return std::nullopt;
    made.exponent += std::atol(std::string(text.substr(sign, at - sign)).c_str());
  }
  if (at != text.size()) return std::nullopt;
  made.digits.erase(0, made.digits.find_first_not_of('0'));
  while (!made.digits.empty() && made.digits.back() == '0') made.digits.pop_back(), ++made.exponent;
  if (made.digits.empty()) made.exponent = 0;
  return made;
}

struct Converted {
  enum class Kind { value, null, failed };
  Kind kind = Kind::null;
  std::string text;
  Code code = Code::internal;
};
Converted failed(Code code) { return {Converted::Kind::failed, "", code}; }
Converted value(std::string text) {
  return {Converted::Kind::value, std::move(text), Code::internal};
}

/// The digits of number * 10^shift as a whole number; empty where it is not one.
std::string whole(const Digits& number, long shift) {
  if (number.digits.empty()) return "0";
  const long exponent = number.exponent + shift;
  if (exponent < 0 || exponent > 200) return "";
  return number.digits + std::string(static_cast<std::size_t>(exponent), '0');
}

bool at_most(const std::string& digits, const std::string& bound) {
  return digits.size() != bound.size() ? digits.size() < bound.size() : digits <= bound;
}

Converted to_number(const column::DataType& type, std::string_view text) {
  const auto number = digits_of(text);
  if (!number) return failed(Code::value_type);
  const std::string sign = number->negative ? "-" : "";
  if (type.type == column::Type::float64) {
    const double parsed = std::strtod(std::string(text).c_str(), nullptr);
    if (parsed > 1.7976931348623157e308 || parsed < -1.7976931348623157e308)
      return failed(Code::value_range);
    return value(fmt::format("{}", parsed));
  }
  if (type.type == column::Type::decimal) {
    const std::string unscaled = whole(*number, type.scale);
    if (unscaled.empty() ||
        (unscaled != "0" && unscaled.size() > static_cast<std::size_t>(type.precision))) {
      return failed(Code::value_range);
    }
    std::string padded = unscaled;
    const auto scale = static_cast<std::size_t>(type.scale);
    if (padded.size() <= scale) padded.insert(0, scale + 1 - padded.size(), '0');
    if (scale > 0) padded.insert(padded.size() - scale, ".");
    return value((unscaled == "0" ? "" : sign) + padded);
  }
  if (type.type != column::Type::int32 && type.type != column::Type::int64)
    return failed(Code::value_type);
  if (!number->digits.empty() && number->exponent < 0) return failed(Code::value_type);
  const std::string digits = whole(*number, 0);
  const bool narrow = type.type == column::Type::int32;
  const std::string bound =
      narrow ? (number->negative ? "2147483648" : "2147483647")
             : (number->negative ? "9223372036854775808" : "9223372036854775807");
  if (digits.empty() || !at_most(digits, bound)) return failed(Code::value_range);
  return value((digits == "0" ? "" : sign) + digits);
}

Converted to_type(const column::DataType& type, const plan::Normalisation& rule,
                  const Value& leaf) {
  if (leaf.kind == Value::Kind::null) return {};
  if (leaf.kind == Value::Kind::object || leaf.kind == Value::Kind::array)
    return failed(Code::value_type);
  std::string text = leaf.text;
  if (rule.trim) {
    text.erase(0, text.find_first_not_of(" \t\n\v\f\r"));
    text.erase(text.find_last_not_of(" \t\n\v\f\r") + 1);
  }
  if (std::count(rule.null_if.begin(), rule.null_if.end(), text) > 0) return {};
  if (rule.text_case == plan::TextCase::lower) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
  }
  switch (type.type) {
    case column::Type::string: return value("'" + text + "'");
    case column::Type::binary: return value(to_hex(text));
    case column::Type::boolean:
      return leaf.kind != Value::Kind::number && (text == "true" || text == "false")
                 ? value(text)
                 : failed(Code::value_type);
    case column::Type::date: {
      const auto day = leaf.kind == Value::Kind::string ? parse_day(text) : std::nullopt;
      return day ? value(format_day(*day)) : failed(Code::value_type);
    }
    case column::Type::timestamp: {
      const auto instant = leaf.kind == Value::Kind::string
                               ? parse_instant(text, rule.offset_minutes)
                               : std::nullopt;
      return instant ? value(format_instant(*instant)) : failed(Code::value_type);
    }
    default:
      return leaf.kind == Value::Kind::boolean ? failed(Code::value_type) : to_number(type, text);
  }
}

using Indices = std::vector<std::size_t>;

/// Follows a path; each wildcard takes the next of the row's indices.
const Value* follow(const Value& root, const path::JsonPath& path, const Indices& indices,
                    std::string* pointer = nullptr) {
  const Value* at = &root;
  std::size_t next = 0;
  for (const path::Step& step : path.steps) {
    if (step.kind == path::Step::Kind::name) {
      if (pointer != nullptr) path::append_pointer(*pointer, step.name);
      const auto found =
          std::find_if(at->members.begin(), at->members.end(),
                       [&](const auto& member) { return member.first == step.name; });
      if (found == at->members.end()) return nullptr;
      at = &found->second;
    } else {
      const bool any = step.kind == path::Step::Kind::wildcard;
      const std::size_t index = any ? indices[next++] : static_cast<std::size_t>(step.index);
      if (pointer != nullptr) path::append_pointer(*pointer, std::to_string(index));
      if (index >= at->items.size()) return nullptr;
      at = &at->items[index];
    }
  }
  return at;
}

void list_rows(const Value& at, const path::JsonPath& rows, std::size_t depth, Indices& indices,
               std::vector<Indices>& out) {
  if (depth == rows.steps.size()) return out.push_back(indices);
  const path::Step& step = rows.steps[depth];
  if (step.kind == path::Step::Kind::wildcard) {
    for (std::size_t i = 0; i < at.items.size(); ++i) {
      indices.push_back(i);
      list_rows(at.items[i], rows, depth + 1, indices, out);
      indices.pop_back();
    }
    return;
  }
  path::JsonPath one;
  one.steps = {step};
  if (const Value* below = follow(at, one, {})) list_rows(*below, rows, depth + 1, indices, out);
}

/// One record under one version.
class Interpreter {
 public:
  Interpreter(const plan::Plan& plan, const Value& payload) : plan_(plan), payload_(payload) {}

  Reading read(const plan::VersionPlan& version) {
    for (const plan::EntityRule& entity : version.entities) {
      std::vector<Indices> rows;
      Indices indices;
      list_rows(payload_, entity.rows, 0, indices, rows);
      for (std::size_t i = 0; i < rows.size(); ++i) row(entity, rows[i], i);
    }
    // Conversions of all rows come before the missing keys of any.
    reading_.code = error_ != 0 ? error_ : missing_;
    if (reading_.code == 0) account();
    return reading_;
  }

 private:
  using Cells = std::map<int, std::string>;

  /// False: the record is refused.
  bool field(const column::TableSchema& table, const plan::FieldRule& rule, const Indices& indices,
             Cells& cells, std::set<int>& null_fields, std::vector<const Value*>& used) {
    const column::Field& column = table.fields[static_cast<std::size_t>(rule.column)];
    if (rule.source == plan::FieldRule::Source::constant) {
      cells[rule.column] = "'" + rule.constant + "'";
      return true;
    }
    const Value* leaf = follow(payload_, rule.path, indices);
    if (leaf == nullptr) return true;
    const Converted converted = to_type(column.type, rule.normalisation, *leaf);
    if (converted.kind == Converted::Kind::failed) {
      if (rule.normalisation.on_error == plan::OnError::null) return true;
      if (error_ == 0) error_ = static_cast<int>(converted.code);
      return false;
    }
    if (converted.kind == Converted::Kind::value)
      cells[rule.column] = converted.text;
    else if (leaf->kind == Value::Kind::null)
      null_fields.insert(column.id);
    used.push_back(leaf);
    return true;
  }

  std::string text_of(const column::TableSchema& table, const Cells& cells,
                      const std::set<int>& null_fields) const {
    std::string text;
    for (std::size_t i = 0; i < table.fields.size(); ++i) {
      const column::Field& column = table.fields[i];
      if (column.id < column::field_id::kFirstOwn || column.name.ends_with("_hash")) continue;
      const auto cell = cells.find(static_cast<int>(i));
      text += fmt::format("{}={} ", column.name, cell == cells.end() ? "-" : cell->second);
    }
    std::string ids;
    for (const int id : null_fields) ids += static_cast<char>(id);
    return text + "null_fields=" + (ids.empty() ? "-" : to_hex(ids));
  }

  /// The master's cells; nothing without its whole key.
  std::optional<Cells> master(const plan::MasterRule& rule, const Indices& indices) {
    const auto& table = plan_.tables[static_cast<std::size_t>(rule.content_table)];
    Cells cells;
    std::set<int> null_fields;
    std::vector<const Value*> used;
    for (const bool keys : {true, false}) {
      for (const plan::FieldRule& each : rule.fields) {
        if (each.is_key == keys && !field(table, each, indices, cells, null_fields, used))
          return std::nullopt;
        if (each.is_key && keys && !cells.contains(each.column)) return std::nullopt;
      }
    }
    reading_.contents[table.name].insert(text_of(table, cells, null_fields));
    master_.insert(used.begin(), used.end());
    return cells;
  }

  static bool is_deletion(const plan::EntityRule& entity, const Cells& cells) {
    if (!entity.deletion || !cells.contains(entity.deletion->column)) return false;
    const auto& values = entity.deletion->values;
    return std::count(values.begin(), values.end(), cells.at(entity.deletion->column)) > 0;
  }

  void row(const plan::EntityRule& entity, const Indices& indices, std::size_t number) {
    const auto& table = plan_.tables[static_cast<std::size_t>(entity.table)];
    Cells cells;
    std::set<int> null_fields;
    std::vector<const Value*> used;
    for (const plan::FieldRule& each : entity.fields) {
      if (each.source == plan::FieldRule::Source::item_index) {
        cells[each.column] = std::to_string(indices.size() == 1 ? indices[0] : number);
      } else if (!field(table, each, indices, cells, null_fields, used)) {
        return;
      }
    }
    mapped_.insert(used.begin(), used.end());
    int lowest = -1;
    for (const plan::FieldRule& each : entity.fields) {
      bool needed = each.is_key || each.required || each.column == entity.event_time_column;
      if (is_deletion(entity, cells)) {
        const auto& of_deletion = entity.deletion->needed;
        needed = needed && std::count(of_deletion.begin(), of_deletion.end(), each.column) > 0;
      }
      if (!needed || cells.contains(each.column) || (lowest >= 0 && lowest < each.column)) continue;
      lowest = each.column;
      const Code code = each.is_key                               ? Code::key_null
                        : each.column == entity.event_time_column ? Code::event_time_null
                                                                  : Code::required_null;
      row_missing_ = static_cast<int>(code);
    }
    if (lowest >= 0 && missing_ == 0) missing_ = row_missing_;
    for (const plan::MasterRule& each : entity.masters) {
      const auto copy = master(each, indices);
      if (!copy) continue;
      std::size_t key = 0;
      for (const plan::FieldRule& rule : each.fields) {
        if (rule.is_key) cells[each.reference_keys[key++]] = copy->at(rule.column);
      }
      if (each.order_column >= 0 && copy->contains(each.order_field))
        cells[each.order_column] = copy->at(each.order_field);
    }
    std::string pointer;
    follow(payload_, entity.rows, indices, &pointer);
    reading_.rows[table.name].push_back(text_of(table, cells, null_fields) + " pointer='" +
                                        pointer + "'");
  }

  void account() {
    std::string pointer;
    visit(payload_, pointer);
    if (!reading_.residue.empty()) reading_.residue += "}";
  }

  void visit(const Value& at, std::string& pointer) {
    const std::size_t size = pointer.size();
    for (const auto& [name, below] : at.members) {
      append_json_pointer_token(pointer, name);
      visit(below, pointer);
      pointer.resize(size);
    }
    for (std::size_t i = 0; i < at.items.size(); ++i) {
      pointer += "/" + std::to_string(i);
      visit(at.items[i], pointer);
      pointer.resize(size);
    }
    if (!at.is_leaf()) return;
    ++reading_.leaves;
    if (master_.contains(&at)) {
      ++reading_.master;
    } else if (mapped_.contains(&at)) {
      ++reading_.mapped;
    } else {
      reading_.residue +=
          fmt::format("{}\"{}\":{}", reading_.residue.empty() ? "{" : ",", pointer, at.raw);
    }
  }

  const plan::Plan& plan_;
  const Value& payload_;
  Reading reading_;
  int error_ = 0;
  int missing_ = 0;
  int row_missing_ = 0;
  std::set<const Value*> mapped_;
  std::set<const Value*> master_;
};

bool holds(const plan::MatchCondition& condition, const Value& payload) {
  const Value* found = follow(payload, condition.path, {});
  if (found == nullptr) return false;
  if (condition.equals.empty()) return true;
  const bool scalar = found->kind != Value::Kind::object && found->kind != Value::Kind::array;
  return scalar && std::count(condition.equals.begin(), condition.equals.end(), found->text) > 0;
}

}  // namespace

Value parse_valid(std::string_view text) { return Parser(text).value(); }

Reading read_plainly(const plan::Plan& plan, const Value& payload) {
  for (const plan::VersionPlan& version : plan.versions) {
    const bool matches =
        std::all_of(version.match.begin(), version.match.end(),
                    [&](const auto& condition) { return holds(condition, payload); });
    if (matches) return Interpreter(plan, payload).read(version);
  }
  Reading unknown;
  unknown.code = static_cast<int>(Code::shape_unknown);
  return unknown;
}

}  // namespace assay::refine::testing
