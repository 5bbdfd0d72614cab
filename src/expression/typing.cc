#include "expression/typing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/time.h"

namespace assay::expression {
namespace {

using column::DataType;
using column::Type;

Error mistyped(std::string message, std::string hint = {}) {
  return make_error(Code::expression_invalid, std::move(message), std::move(hint));
}

bool is_decimal_text(std::string_view text, int scale) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::size_t fraction = point == std::string_view::npos ? 0 : text.size() - point - 1;
  const std::size_t whole = text.size() - (point == std::string_view::npos ? 0 : fraction + 1);
  return fraction <= static_cast<std::size_t>(scale) &&
         whole + static_cast<std::size_t>(scale) <= kPrecision;
}

template <typename Number>
bool is_whole(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// As JSON writes numbers: no zeros in front.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] != '.';
}

bool is_value_of(const DataType& type, std::string_view text) {
  if (is_number(type) && has_leading_zero(text)) return false;
  switch (type.type) {
    case Type::boolean: return text == "true" || text == "false";
    case Type::int32:
    case Type::int64: return is_whole<std::int64_t>(text);
    case Type::float64: return is_whole<double>(text);
    case Type::decimal: return is_decimal_text(text, type.scale);
    case Type::date: return parse_day(text).has_value();
    case Type::timestamp: return parse_instant(text).has_value();
    case Type::string: return true;
    case Type::binary: return false;
  }
  return false;
}

bool is_time(const DataType& type) {
  return type.type == Type::date || type.type == Type::timestamp;
}

Node made(Op op, DataType type, std::vector<Node> arguments) {
  return {op, type, std::move(arguments), {}, -1};
}

/// The type to which all nodes can be brought; nothing where they differ in kind.
std::optional<DataType> common_type(const std::vector<Node*>& nodes) {
  std::optional<DataType> common;
  for (const Node* node : nodes) {
    if (node->op == Op::null) continue;
    const DataType& type = node->type;
    if (!common || (common->type == Type::string && is_time(type))) {
      common = type;
      continue;
    }
    if (type == *common || (is_time(*common) && type.type == Type::string)) continue;
    if (!is_number(type) || !is_number(*common)) return std::nullopt;
    const bool real = type.type == Type::float64 || common->type == Type::float64;
    if (real)
      common = of(Type::float64);
    else
      common = decimal_of(std::max(type.scale, common->scale));
  }
  return common;
}

/// Brings one node to a type that `common_type` gave.
Status bring(Node& node, const DataType& type) {
  if (node.op == Op::null) {
    node.type = type;
    return {};
  }
  if (node.type == type) return {};
  if (node.op == Op::literal) {
    auto literal = literal_of(type, node.literal);
    if (!literal)
      return mistyped(
          fmt::format("\"{}\" is no value of type {}", node.literal, column::to_string(type)));
    node = std::move(*literal);
    return {};
  }
  if (is_time(type)) {
    return mistyped("a text and a " + column::to_string(type) + " do not go together",
                    "Declare the text as an input of type " + column::to_string(type) + ".");
  }
  if (node.type.type == Type::decimal && type.type == Type::float64) {
    return mistyped("a decimal and a float64 do not go together",
                    "Declare both as inputs of one type; decimals are exact.");
  }
  Node inner = std::move(node);
  node = made(Op::widen, type, {});
  node.arguments.push_back(std::move(inner));
  return {};
}

struct Function {
  std::string_view name;
  std::size_t least = 1;
  std::size_t most = 1;
  /// Builds the node, or says what the arguments must be.
  Result<Node> (*build)(std::vector<Node> arguments);
};

/// Arguments of these types, in their order; the last type holds for all that follow.
Status expect(const std::vector<Node>& arguments, std::initializer_list<Type> types) {
  auto wanted = types.begin();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool right = arguments[i].type.type == *wanted || arguments[i].op == Op::null;
    if (!right) {
      return mistyped(fmt::format("argument {} is {}, expected {}", i + 1,
                                  spoken(arguments[i].type), spoken(of(*wanted))));
    }
    if (wanted + 1 != types.end()) ++wanted;
  }
  return {};
}

template <Op op, Type result, Type... types>
Result<Node> build(std::vector<Node> arguments) {
  ASSAY_TRY_VOID(expect(arguments, {types...}));
  std::size_t i = 0;
  for (const Type type : {types...}) {
    if (i < arguments.size() && arguments[i].op == Op::null) arguments[i].type = of(type);
    ++i;
  }
  return made(op, of(result), std::move(arguments));
}

Result<Node> build_number(Op op, std::vector<Node> arguments) {
  if (!is_number(arguments[0].type))
    return mistyped("argument 1 is " + spoken(arguments[0].type) + ", expected a number");
  const DataType type = arguments[0].type;
  return made(op, type, std::move(arguments));
}

Result<Node> build_round(std::vector<Node> arguments) {
  const DataType from = arguments[0].type;
  if (from.type == Type::float64) {
    return mistyped("round takes a decimal, not a float64",
                    "Declare the number as an input of type decimal(38,n).");
  }
  if (from.type != Type::decimal && from.type != Type::int64)
    return mistyped("argument 1 is " + spoken(from) + ", expected a number");
  int digits = 0;
  if (arguments.size() == 2) {
    const Node& second = arguments[1];
    const bool whole = second.op == Op::literal && second.type.type == Type::int64;
    if (!whole || second.literal.size() > 2 || std::stoi(second.literal) > kPrecision)
      return mistyped("argument 2 is no number of digits", "A number from 0 to 38: round(x, 2).");
    digits = std::stoi(second.literal);
  }
  arguments.resize(1);
  if (from.type == Type::int64) return std::move(arguments[0]);
  return made(Op::round, decimal_of(digits), std::move(arguments));
}

Result<Node> build_choose(std::vector<Node> arguments) {
  if (arguments[0].type.type != Type::boolean && arguments[0].op != Op::null)
    return mistyped("argument 1 is " + spoken(arguments[0].type) + ", expected a condition");
  arguments[0].type = of(Type::boolean);
  ASSAY_TRY_VOID(unify({&arguments[1], &arguments[2]}));
  const DataType type = arguments[1].type;
  return made(Op::choose, type, std::move(arguments));
}

Result<Node> build_coalesce(std::vector<Node> arguments) {
  std::vector<Node*> all;
  for (Node& argument : arguments) all.push_back(&argument);
  ASSAY_TRY_VOID(unify(all));
  const DataType type = arguments[0].type;
  return made(Op::coalesce, type, std::move(arguments));
}

/// nullif(a, b): null where a equals b, else a.
Result<Node> build_nullif(std::vector<Node> arguments) {
  Node value = arguments[0];
  ASSAY_TRY(Node same, comparison(Op::equal, std::move(arguments[0]), std::move(arguments[1])));
  const DataType type = value.type;
  std::vector<Node> parts;
  parts.push_back(std::move(same));
  parts.push_back(made(Op::null, type, {}));
  parts.push_back(std::move(value));
  return made(Op::choose, type, std::move(parts));
}

Result<Node> build_text(std::vector<Node> arguments) {
  const Type from = arguments[0].type.type;
  if (from == Type::string) return std::move(arguments[0]);
  if (from == Type::float64 || from == Type::timestamp) {
    return mistyped(fmt::format("text() does not write a {}", column::to_string(arguments[0].type)),
                    "It writes whole numbers, decimals, dates, true and false.");
  }
  return made(Op::text, of(Type::string), std::move(arguments));
}

template <Op op, Type result>
Result<Node> build_of_time(std::vector<Node> arguments) {
  if (!is_time(arguments[0].type)) {
    return mistyped("argument 1 is " + spoken(arguments[0].type) +
                    ", expected a date or a timestamp");
  }
  if (op == Op::date && arguments[0].type.type == Type::date) return std::move(arguments[0]);
  return made(op, of(result), std::move(arguments));
}

constexpr std::array kFunctions = {
    Function{"abs", 1, 1,
             [](std::vector<Node> a) { return build_number(Op::absolute, std::move(a)); }},
    Function{"coalesce", 1, kArgumentsMax, build_coalesce},
    Function{"concat", 1, kArgumentsMax, build<Op::concat, Type::string, Type::string>},
    Function{"contains", 2, 2, build<Op::contains, Type::boolean, Type::string, Type::string>},
    Function{"date", 1, 1, build_of_time<Op::date, Type::date>},
    Function{"day", 1, 1, build_of_time<Op::day, Type::int64>},
    Function{"ends_with", 2, 2, build<Op::ends_with, Type::boolean, Type::string, Type::string>},
    Function{"if", 3, 3, build_choose},
    Function{"length", 1, 1, build<Op::length, Type::int64, Type::string>},
    Function{"lower", 1, 1, build<Op::lower, Type::string, Type::string>},
    Function{"month", 1, 1, build_of_time<Op::month, Type::int64>},
    Function{"nullif", 2, 2, build_nullif},
    Function{"replace", 3, 3,
             build<Op::replace, Type::string, Type::string, Type::string, Type::string>},
    Function{"round", 1, 2, build_round},
    Function{"split_part", 3, 3,
             build<Op::split_part, Type::string, Type::string, Type::string, Type::int64>},
    Function{"starts_with", 2, 2,
             build<Op::starts_with, Type::boolean, Type::string, Type::string>},
    Function{"substring", 2, 3,
             build<Op::substring, Type::string, Type::string, Type::int64, Type::int64>},
    Function{"text", 1, 1, build_text},
    Function{"trim", 1, 1, build<Op::trim, Type::string, Type::string>},
    Function{"upper", 1, 1, build<Op::upper, Type::string, Type::string>},
    Function{"year", 1, 1, build_of_time<Op::year, Type::int64>},
};

}  // namespace

DataType type_inside(const DataType& column) {
  if (column.type == Type::int32) return of(Type::int64);
  return column.type == Type::decimal ? decimal_of(column.scale) : column;
}

bool is_number(const DataType& type) {
  return type.type == Type::int64 || type.type == Type::decimal || type.type == Type::float64;
}

std::string spoken(const DataType& type) {
  switch (type.type) {
    case Type::boolean: return "a condition";
    case Type::int32:
    case Type::int64: return "a whole number";
    case Type::float64: return "a float64";
    case Type::decimal: return "a decimal";
    case Type::date: return "a date";
    case Type::timestamp: return "a timestamp";
    case Type::string: return "a text";
    case Type::binary: return "binary";
  }
  return "a value";
}

std::optional<Node> literal_of(const DataType& type, std::string text) {
  if (!is_value_of(type, text)) return std::nullopt;
  return Node{Op::literal, type, {}, std::move(text), -1};
}

Status unify(std::vector<Node*> nodes) {
  const auto type = common_type(nodes);
  if (!type) {
    const bool all_null = std::all_of(nodes.begin(), nodes.end(),
                                      [](const Node* node) { return node->op == Op::null; });
    if (all_null) return mistyped("nothing but null stands there, which has no type");
    std::string kinds;
    for (const Node* node : nodes) {
      if (node->op != Op::null) kinds += (kinds.empty() ? "" : ", ") + spoken(node->type);
    }
    return mistyped(kinds + " do not go together",
                    "text(x) makes a text; an input declares its own type.");
  }
  for (Node* node : nodes) ASSAY_TRY_VOID(bring(*node, *type));
  return {};
}

Result<Node> arithmetic(Op op, Node left, Node right) {
  for (const Node* side : {&left, &right}) {
    if (is_number(side->type) && side->op != Op::null) continue;
    return mistyped(fmt::format("{} is no number to calculate with",
                                side->op == Op::null ? "null" : spoken(side->type)),
                    side->type.type == Type::string ? "Texts are joined by ||." : "");
  }
  const bool real = left.type.type == Type::float64 || right.type.type == Type::float64;
  if (real || op == Op::add || op == Op::subtract) {
    ASSAY_TRY_VOID(unify({&left, &right}));
    const DataType type = left.type;
    return made(op, type, {std::move(left), std::move(right)});
  }
  DataType type = of(Type::int64);
  const int scales = left.type.scale + right.type.scale;
  if (op == Op::divide) {
    type = decimal_of(std::max({kQuotientScale, left.type.scale, right.type.scale}));
  } else if (left.type.type == Type::decimal || right.type.type == Type::decimal) {
    if (scales > kPrecision) {
      return mistyped(fmt::format("the product would have {} digits of fraction", scales),
                      "Round its factors first: round(x, 2).");
    }
    type = decimal_of(scales);
  }
  return made(op, type, {std::move(left), std::move(right)});
}

Result<Node> comparison(Op op, Node left, Node right) {
  ASSAY_TRY_VOID(unify({&left, &right}));
  if (op != Op::equal && left.type.type == Type::boolean)
    return mistyped("conditions have no order");
  return made(op, of(Type::boolean), {std::move(left), std::move(right)});
}

Result<Node> call(const std::string& function, std::vector<Node> arguments) {
  const auto known = std::find_if(kFunctions.begin(), kFunctions.end(),
                                  [&](const Function& row) { return row.name == function; });
  if (known == kFunctions.end())
    return mistyped(fmt::format("no function is called \"{}\"", function), function_names());
  if (arguments.size() < known->least || arguments.size() > known->most) {
    const std::string wanted = known->least == known->most
                                   ? std::to_string(known->least)
                                   : fmt::format("{} to {}", known->least, known->most);
    return mistyped(
        fmt::format("{} takes {} arguments, not {}", function, wanted, arguments.size()));
  }
  auto built = known->build(std::move(arguments));
  if (!built) return mistyped(function + ": " + built.error().message, built.error().hint);
  return built;
}

std::string function_names() {
  std::string names = "Functions: ";
  for (const Function& row : kFunctions) {
    if (&row != kFunctions.data()) names += ", ";
    names += row.name;
  }
  return names + ".";
}

Status fits(const Node& root, const DataType& wanted) {
  if (root.op == Op::null) return mistyped("the expression is always null");
  const Type have = root.type.type;
  const DataType want = type_inside(wanted);
  const bool widens = have == Type::int64 && is_number(want);
  if (have == Type::string || have == want.type || widens) return {};
  return mistyped(fmt::format("the expression gives {}, the field has type {}", spoken(root.type),
                              column::to_string(wanted)),
                  want.type == Type::string ? "text(x) makes a text." : "");
}

}  // namespace assay::expression
