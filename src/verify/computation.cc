#include "verify/computation.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>

#include "verify/conversion.h"

namespace assay::verify {
namespace {

using State = Computed::State;
using Arguments = std::vector<Computed>;

constexpr int kDigits = 38;

Computed null() { return {}; }
Computed fault() {
  Computed made;
  made.state = State::fault;
  return made;
}
Computed value_of(CellKind kind) {
  Computed made;
  made.state = State::value;
  made.kind = kind;
  return made;
}
Computed condition(bool holds) {
  Computed made = value_of(CellKind::boolean);
  made.number = holds ? 1 : 0;
  return made;
}
Computed text_value(std::string text) {
  Computed made = value_of(CellKind::string);
  made.text = std::move(text);
  return made;
}
Computed integer(Int128 number) {
  const Int128 limit = static_cast<Int128>(1) << 63;
  if (number >= limit || number < -limit) return fault();
  Computed made = value_of(CellKind::integer);
  made.number = number;
  return made;
}
Computed real(double number) {
  if (!std::isfinite(number)) return fault();
  Computed made = value_of(CellKind::float64);
  made.real = number;
  return made;
}

Int128 ten_to(int exponent) {
  Int128 power = 1;
  while (exponent-- > 0) power *= 10;
  return power;
}
Computed decimal(Int128 number, int scale) {
  if (number >= ten_to(kDigits) || number <= -ten_to(kDigits)) return fault();
  Computed made = value_of(CellKind::decimal);
  made.number = number;
  made.scale = scale;
  return made;
}

/// number * 10^digits, digit by digit; nothing beyond 38 digits.
std::optional<Int128> moved_left(Int128 number, int digits) {
  for (; digits > 0 && number != 0; --digits) {
    if (number >= ten_to(kDigits - 1) || number <= -ten_to(kDigits - 1)) return std::nullopt;
    number *= 10;
  }
  return number;
}

/// Halves go away from zero.
Int128 quotient(Int128 number, Int128 by) {
  const bool negative = (number < 0) != (by < 0);
  const UInt128 size = number < 0 ? -static_cast<UInt128>(number) : static_cast<UInt128>(number);
  const UInt128 part = by < 0 ? -static_cast<UInt128>(by) : static_cast<UInt128>(by);
  UInt128 whole = size / part;
  if (size % part >= part - size % part) ++whole;
  return negative ? -static_cast<Int128>(whole) : static_cast<Int128>(whole);
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// The characters of a text, each with its bytes.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80)
      characters.emplace_back(1, c);
    else if (!characters.empty())
      characters.back() += c;
  }
  return characters;
}

std::chrono::sys_days day_of(const Computed& time) {
  if (time.kind == CellKind::date)
    return std::chrono::sys_days(std::chrono::days(static_cast<int>(time.number)));
  const std::chrono::sys_time<std::chrono::microseconds> instant{
      std::chrono::microseconds(static_cast<std::int64_t>(time.number))};
  return std::chrono::floor<std::chrono::days>(instant);
}

/// The parts of a day whose year has four digits.
std::optional<std::chrono::year_month_day> civil(std::chrono::sys_days day) {
  using namespace std::chrono;
  const sys_days first = year(0) / January / 1;
  const sys_days last = year(9999) / December / 31;
  if (day < first || day > last) return std::nullopt;
  return year_month_day(day);
}

std::string two_digits(unsigned number) {
  return std::string(number < 10 ? "0" : "") + std::to_string(number);
}

Computed written(const Computed& a) {
  switch (a.kind) {
    case CellKind::boolean: return text_value(a.number == 1 ? "true" : "false");
    case CellKind::decimal: return text_value(decimal_text(a.number, a.scale));
    case CellKind::date: {
      const auto parts = civil(day_of(a));
      if (!parts) return fault();
      std::string year = std::to_string(static_cast<int>(parts->year()));
      year.insert(0, 4 - year.size(), '0');
      return text_value(year + "-" + two_digits(static_cast<unsigned>(parts->month())) + "-" +
                        two_digits(static_cast<unsigned>(parts->day())));
    }
    default: return text_value(decimal_text(a.number, 0));
  }
}

Computed calculated(const std::string& op, const Computed& a, const Computed& b,
                    const ColumnType& type) {
  if (type.kind == CellKind::float64) {
    if (op == "add") return real(a.real + b.real);
    if (op == "subtract") return real(a.real - b.real);
    if (op == "multiply") return real(a.real * b.real);
    return b.real == 0 ? fault() : real(a.real / b.real);
  }
  if (op == "divide") {
    if (b.number == 0) return fault();
    const auto scaled = moved_left(a.number, type.scale - a.scale + b.scale);
    return scaled ? decimal(quotient(*scaled, b.number), type.scale) : fault();
  }
  Int128 made = 0;
  const bool lost = op == "add"        ? __builtin_add_overflow(a.number, b.number, &made)
                    : op == "subtract" ? __builtin_sub_overflow(a.number, b.number, &made)
                                       : __builtin_mul_overflow(a.number, b.number, &made);
  if (lost) return fault();
  return type.kind == CellKind::decimal ? decimal(made, type.scale) : integer(made);
}

/// Another sign, or another scale.
Computed moved(const std::string& op, Computed a, const ColumnType& type) {
  if (op == "negate" || (op == "abs" && (a.number < 0 || std::signbit(a.real)))) {
    a.real = -a.real;
    a.number = -a.number;
    return a.kind == CellKind::integer ? integer(a.number) : a;
  }
  if (op == "abs") return a;
  if (type.kind == CellKind::float64) return real(static_cast<double>(a.number));
  if (type.scale < a.scale)
    return decimal(quotient(a.number, ten_to(a.scale - type.scale)), type.scale);
  const auto scaled = moved_left(a.number, type.scale - a.scale);
  return scaled ? decimal(*scaled, type.scale) : fault();
}

int order_of(const Computed& a, const Computed& b) {
  if (a.kind == CellKind::string) return a.text.compare(b.text);
  if (a.kind == CellKind::float64) return a.real < b.real ? -1 : a.real > b.real ? 1 : 0;
  return a.number < b.number ? -1 : a.number > b.number ? 1 : 0;
}

Computed part_of(const Arguments& a) {
  const std::string& separator = a[1].text;
  const Int128 wanted = a[2].number;
  if (wanted < 1 || (separator.empty() && wanted > 1)) return null();
  std::string rest = a[0].text;
  for (Int128 part = 1; part < wanted; ++part) {
    const auto at = rest.find(separator);
    if (at == std::string::npos) return null();
    rest.erase(0, at + separator.size());
  }
  return text_value(separator.empty() ? rest : rest.substr(0, rest.find(separator)));
}

Computed cut(const Arguments& a) {
  const std::vector<std::string> characters = characters_of(a[0].text);
  std::string kept;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    const Int128 number = static_cast<Int128>(i) + 1;
    if (number < a[1].number || (a.size() > 2 && number >= a[1].number + a[2].number)) continue;
    kept += characters[i];
  }
  return text_value(kept);
}

std::string with_case(std::string text, bool upper) {
  for (char& c : text) {
    if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

class Evaluation {
 public:
  Evaluation(const std::vector<Cell>& cells, TextAllowance& allowance)
      : cells_(cells), allowance_(allowance) {}

  Computed of(const PlanExpression& node) {
    if (node.op == "null") return null();
    if (node.op == "literal") return literal(node);
    if (node.op == "column") return column(cells_[static_cast<std::size_t>(node.index)]);
    Arguments arguments;
    for (const PlanExpression& argument : node.arguments) arguments.push_back(of(argument));
    if (auto decided = decide(node.op, arguments)) return *decided;
    for (const Computed& argument : arguments) {
      if (argument.state == State::fault) return argument;
      if (argument.state == State::null) return null();
    }
    return apply(node, arguments);
  }

 private:
  static Computed literal(const PlanExpression& node) {
    const Converted converted = convert_constant(node.literal, node.type, {});
    Computed made = column(converted.cell);
    if (made.kind == CellKind::string) made.text = converted.text;
    return made;
  }

  static Computed column(const Cell& cell) {
    if (cell.is_null()) return null();
    Computed made = value_of(cell.kind);
    made.scale = cell.scale;
    made.number = cell.number;
    made.real = cell.real;
    made.text = cell.text;
    return made;
  }

  /// Operations that look at null and faults themselves.
  static std::optional<Computed> decide(const std::string& op, const Arguments& a) {
    if (op == "and" || op == "or") return connected(a[0], a[1], op == "or");
    if (op == "is_null")
      return a[0].state == State::fault ? a[0] : condition(a[0].state == State::null);
    if (op == "choose") {
      if (a[0].state == State::fault) return a[0];
      return a[0].state == State::value && a[0].number == 1 ? a[1] : a[2];
    }
    if (op != "coalesce") return std::nullopt;
    for (const Computed& argument : a) {
      if (argument.state != State::null) return argument;
    }
    return null();
  }

  static Computed connected(const Computed& left, const Computed& right, bool decisive) {
    const auto decides = [&](const Computed& side) {
      return side.state == State::value && (side.number == 1) == decisive;
    };
    if (decides(left)) return condition(decisive);
    if (left.state == State::fault) return left;
    if (decides(right)) return condition(decisive);
    if (right.state == State::fault) return right;
    if (left.state == State::null || right.state == State::null) return null();
    return condition(!decisive);
  }

  Computed apply(const PlanExpression& node, const Arguments& a) {
    const std::string& op = node.op;
    if (op == "add" || op == "subtract" || op == "multiply" || op == "divide")
      return calculated(op, a[0], a[1], node.type);
    if (op == "negate" || op == "abs" || op == "round" || op == "widen")
      return moved(op, a[0], node.type);
    if (op == "equal") return condition(order_of(a[0], a[1]) == 0);
    if (op == "less") return condition(order_of(a[0], a[1]) < 0);
    if (op == "less_equal") return condition(order_of(a[0], a[1]) <= 0);
    if (op == "not") return condition(a[0].number == 0);
    if (op == "date" || op == "year" || op == "month" || op == "day") return of_day(op, a[0]);
    return of_text(op, a);
  }

  static Computed of_day(const std::string& op, const Computed& time) {
    if (op == "date") {
      Computed made = value_of(CellKind::date);
      made.number = day_of(time).time_since_epoch().count();
      return made;
    }
    const auto parts = civil(day_of(time));
    if (!parts) return fault();
    if (op == "year") return integer(static_cast<int>(parts->year()));
    return integer(op == "month" ? static_cast<unsigned>(parts->month())
                                 : static_cast<unsigned>(parts->day()));
  }

  Computed of_text(const std::string& op, const Arguments& a) {
    const std::string& text = a[0].text;
    if (op == "length") return integer(static_cast<Int128>(characters_of(text).size()));
    if (op == "starts_with") return condition(text.rfind(a[1].text, 0) == 0);
    if (op == "ends_with") {
      return condition(text.size() >= a[1].text.size() &&
                       text.substr(text.size() - a[1].text.size()) == a[1].text);
    }
    if (op == "contains") return condition(text.find(a[1].text) != std::string::npos);
    if (op == "split_part") return part_of(a);
    if (op == "substring") return cut(a);
    if (op == "trim") {
      const auto begin = std::find_if_not(text.begin(), text.end(), is_blank);
      const auto end = std::find_if_not(text.rbegin(), text.rend(), is_blank).base();
      return text_value(begin < end ? std::string(begin, end) : std::string());
    }
    if (op == "upper" || op == "lower")
      return allowed(text.size(), [&] { return with_case(text, op == "upper"); });
    if (op == "replace") return replaced(text, a[1].text, a[2].text);
    if (op == "text") {
      Computed made = written(a[0]);
      return made.state == State::value ? allowed(made.text.size(), [&] { return made.text; })
                                        : made;
    }
    std::size_t size = 0;
    for (const Computed& part : a) size += part.text.size();
    return allowed(size, [&] {
      std::string joined;
      for (const Computed& part : a) joined += part.text;
      return joined;
    });
  }

  Computed replaced(const std::string& text, const std::string& from, const std::string& to) {
    std::size_t found = 0;
    for (std::size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos;
         at += from.size())
      ++found;
    if (found == 0) return text_value(text);
    return allowed(text.size() + found * to.size() - found * from.size(), [&] {
      std::string made = text;
      for (std::size_t at = 0; (at = made.find(from, at)) != std::string::npos; at += to.size())
        made.replace(at, from.size(), to);
      return made;
    });
  }

  /// A new text counts against what the record may make.
  Computed allowed(std::size_t size, const std::function<std::string()>& make) {
    allowance_.made += size;
    return allowance_.made > allowance_.most ? null() : text_value(make());
  }

  const std::vector<Cell>& cells_;
  TextAllowance& allowance_;
};

}  // namespace

Computed compute(const PlanExpression& expression, const std::vector<Cell>& cells,
                 TextAllowance& allowance) {
  return Evaluation(cells, allowance).of(expression);
}

Computed fitted(Computed value, const ColumnType& type) {
  if (value.state != State::value) return value;
  const bool exact = value.kind == CellKind::integer || value.kind == CellKind::decimal;
  if (!exact) return value;
  if (type.kind == CellKind::float64) return real(static_cast<double>(value.number));
  if (type.kind == CellKind::integer) {
    const Int128 limit = static_cast<Int128>(1) << (type.narrow ? 31 : 63);
    return value.number >= limit || value.number < -limit ? fault() : value;
  }
  Int128 number = value.number;
  if (type.scale < value.scale) {
    const Int128 by = ten_to(value.scale - type.scale);
    if (number % by != 0) return fault();
    number /= by;
  } else {
    const auto scaled = moved_left(number, type.scale - value.scale);
    if (!scaled) return fault();
    number = *scaled;
  }
  if (number >= ten_to(type.precision) || number <= -ten_to(type.precision)) return fault();
  return decimal(number, type.scale);
}

}  // namespace assay::verify
