// From the text of an expression to its tree, in one pass.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "expression/expression.h"
#include "expression/token.h"
#include "expression/typing.h"

namespace assay::expression {
namespace {

using column::Type;

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

/// From the weakest to the strongest: or, and, not, comparisons, ||, + -, * /, minus.
class Parser {
 public:
  Parser(std::string_view text, std::span<const Name> names) : lexer_(text), names_(names) {}

  Result<Node> parse() {
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node root, condition());
    if (token_.kind != Token::Kind::end) return unexpected_word();
    return root;
  }

 private:
  Status advance() {
    ASSAY_TRY(token_, lexer_.next());
    return {};
  }
  bool at_symbol(std::string_view symbol) const {
    return token_.kind == Token::Kind::symbol && token_.text == symbol;
  }
  bool at_word(std::string_view word) const {
    return token_.kind == Token::Kind::name && lower(token_.text) == word;
  }
  Error unexpected_word() const {
    if (token_.kind == Token::Kind::end) return mistake(token_.column, "the expression ends early");
    return mistake(token_.column, fmt::format("\"{}\" was not expected", token_.text));
  }
  Status expect(std::string_view symbol) {
    if (!at_symbol(symbol)) {
      const Error wrong = unexpected_word();
      return make_error(wrong.code, wrong.message, fmt::format("\"{}\" was expected.", symbol));
    }
    return advance();
  }
  Status expect_word(std::string_view word) {
    if (!at_word(word)) {
      const Error wrong = unexpected_word();
      return make_error(wrong.code, wrong.message, fmt::format("\"{}\" was expected.", word));
    }
    return advance();
  }

  /// Puts the place on what typing.h found, and counts the node.
  Result<Node> placed(Result<Node> made, std::size_t column) {
    if (!made) return mistake(column, made.error().message, made.error().hint);
    if (++nodes_ > kNodesMax)
      return mistake(column, fmt::format("more than {} operations", kNodesMax));
    return made;
  }

  Result<Node> condition();
  Result<Node> conjunction();
  Result<Node> negation();
  Result<Node> compared();
  Result<Node> null_test(Node value, std::size_t column);
  Result<Node> membership(Node value, std::size_t column);
  Result<Node> joined();
  Result<Node> sum();
  Result<Node> product();
  Result<Node> signed_value();
  Result<Node> primary();
  Result<Node> number();
  Result<Node> word();
  Result<Node> cases();
  Result<Node> function_call(const Token& name);
  Result<std::vector<Node>> arguments();

  Result<Node> logical(Op op, Node left, Node right, std::size_t column) {
    for (Node* side : {&left, &right}) {
      if (side->op == Op::null) side->type = of(Type::boolean);
      if (side->type.type != Type::boolean)
        return mistake(column, spoken(side->type) + " is no condition");
    }
    return placed(Node{op, of(Type::boolean), {std::move(left), std::move(right)}, {}, -1}, column);
  }
  Result<Node> inverted(Node value, std::size_t column) {
    if (value.op == Op::null) value.type = of(Type::boolean);
    if (value.type.type != Type::boolean)
      return mistake(column, spoken(value.type) + " is no condition");
    Node made{Op::logical_not, of(Type::boolean), {}, {}, -1};
    made.arguments.push_back(std::move(value));
    return placed(std::move(made), column);
  }

  Lexer lexer_;
  std::span<const Name> names_;
  Token token_;
  std::size_t nodes_ = 0;
  int depth_ = 0;
};

Result<Node> Parser::condition() {
  const std::size_t begin = token_.column;
  if (++depth_ > kDepthMax) return mistake(begin, fmt::format("nested deeper than {}", kDepthMax));
  ASSAY_TRY(Node left, conjunction());
  while (at_word("or")) {
    const std::size_t column = token_.column;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, conjunction());
    ASSAY_TRY(left, logical(Op::logical_or, std::move(left), std::move(right), column));
  }
  --depth_;
  return left;
}

Result<Node> Parser::conjunction() {
  ASSAY_TRY(Node left, negation());
  while (at_word("and")) {
    const std::size_t column = token_.column;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, negation());
    ASSAY_TRY(left, logical(Op::logical_and, std::move(left), std::move(right), column));
  }
  return left;
}

Result<Node> Parser::negation() {
  if (!at_word("not")) return compared();
  const std::size_t column = token_.column;
  int times = 0;
  for (; at_word("not"); ++times) ASSAY_TRY_VOID(advance());
  ASSAY_TRY(Node value, compared());
  if (times % 2 == 0) {
    ASSAY_TRY(value, inverted(std::move(value), column));
  }
  return inverted(std::move(value), column);
}

struct Relation {
  std::string_view symbol;
  Op op;
  bool swaps;
  bool inverts;
};
constexpr Relation kRelations[] = {
    {"=", Op::equal, false, false},       {"<>", Op::equal, false, true},
    {"!=", Op::equal, false, true},       {"<", Op::less, false, false},
    {"<=", Op::less_equal, false, false}, {">", Op::less, true, false},
    {">=", Op::less_equal, true, false},
};

Result<Node> Parser::compared() {
  ASSAY_TRY(Node left, joined());
  const std::size_t column = token_.column;
  if (at_word("is")) return null_test(std::move(left), column);
  if (at_word("in") || at_word("not")) return membership(std::move(left), column);
  for (const Relation& relation : kRelations) {
    if (!at_symbol(relation.symbol)) continue;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, joined());
    ASSAY_TRY(Node made,
              placed(comparison(relation.op, std::move(left), std::move(right)), column));
    if (relation.swaps) std::swap(made.arguments[0], made.arguments[1]);
    if (!relation.inverts) return made;
    return inverted(std::move(made), column);
  }
  return left;
}

/// x is null, x is not null
Result<Node> Parser::null_test(Node value, std::size_t column) {
  ASSAY_TRY_VOID(advance());
  const bool inverts = at_word("not");
  if (inverts) ASSAY_TRY_VOID(advance());
  ASSAY_TRY_VOID(expect_word("null"));
  if (value.op == Op::null) return mistake(column, "null is always null");
  Node test{Op::is_null, of(Type::boolean), {}, {}, -1};
  test.arguments.push_back(std::move(value));
  ASSAY_TRY(Node made, placed(std::move(test), column));
  if (!inverts) return made;
  return inverted(std::move(made), column);
}

/// x in (a, b), x not in (a, b)
Result<Node> Parser::membership(Node value, std::size_t column) {
  const bool inverts = at_word("not");
  if (inverts) ASSAY_TRY_VOID(advance());
  ASSAY_TRY_VOID(expect_word("in"));
  ASSAY_TRY(std::vector<Node> list, arguments());
  if (list.empty()) return mistake(column, "an empty list");
  std::optional<Node> any;
  for (Node& item : list) {
    ASSAY_TRY(Node same, placed(comparison(Op::equal, value, std::move(item)), column));
    if (any) {
      ASSAY_TRY(same, logical(Op::logical_or, std::move(*any), std::move(same), column));
    }
    any = std::move(same);
  }
  if (!inverts) return std::move(*any);
  return inverted(std::move(*any), column);
}

Result<Node> Parser::joined() {
  ASSAY_TRY(Node left, sum());
  while (at_symbol("||")) {
    const std::size_t column = token_.column;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, sum());
    std::vector<Node> both;
    both.push_back(std::move(left));
    both.push_back(std::move(right));
    ASSAY_TRY(left, placed(call("concat", std::move(both)), column));
  }
  return left;
}

Result<Node> Parser::sum() {
  ASSAY_TRY(Node left, product());
  while (at_symbol("+") || at_symbol("-")) {
    const Op op = at_symbol("+") ? Op::add : Op::subtract;
    const std::size_t column = token_.column;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, product());
    ASSAY_TRY(left, placed(arithmetic(op, std::move(left), std::move(right)), column));
  }
  return left;
}

Result<Node> Parser::product() {
  ASSAY_TRY(Node left, signed_value());
  while (at_symbol("*") || at_symbol("/")) {
    const Op op = at_symbol("*") ? Op::multiply : Op::divide;
    const std::size_t column = token_.column;
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node right, signed_value());
    ASSAY_TRY(left, placed(arithmetic(op, std::move(left), std::move(right)), column));
  }
  return left;
}

Result<Node> Parser::signed_value() {
  if (!at_symbol("-")) return primary();
  const std::size_t column = token_.column;
  ASSAY_TRY_VOID(advance());
  ASSAY_TRY(Node value, primary());
  if (value.op == Op::literal && is_number(value.type)) {
    value.literal.insert(0, "-");
    return value;
  }
  if (!is_number(value.type) || value.op == Op::null)
    return mistake(column, "what follows the minus is no number");
  Node made{Op::negate, value.type, {}, {}, -1};
  made.arguments.push_back(std::move(value));
  return placed(std::move(made), column);
}

Result<Node> Parser::primary() {
  const Token token = token_;
  if (token.kind == Token::Kind::number) return number();
  if (token.kind == Token::Kind::name) return word();
  if (token.kind == Token::Kind::text) {
    ASSAY_TRY_VOID(advance());
    return placed(Node{Op::literal, of(Type::string), {}, token.text, -1}, token.column);
  }
  if (!at_symbol("(")) return unexpected_word();
  ASSAY_TRY_VOID(advance());
  ASSAY_TRY(Node inner, condition());
  ASSAY_TRY_VOID(expect(")"));
  return inner;
}

Result<Node> Parser::number() {
  const Token token = token_;
  ASSAY_TRY_VOID(advance());
  const std::size_t point = token.text.find('.');
  const auto type = point == std::string::npos ? of(Type::int64)
                                               : decimal_of(static_cast<int>(std::min<std::size_t>(
                                                     token.text.size() - point - 1, kPrecision)));
  auto literal = literal_of(type, token.text);
  if (!literal)
    return mistake(token.column,
                   fmt::format("{} is no number, or has too many digits", token.text));
  return placed(std::move(*literal), token.column);
}

Result<Node> Parser::word() {
  const Token token = token_;
  const std::string word = lower(token.text);
  if (word == "case") return cases();
  ASSAY_TRY_VOID(advance());
  if (at_symbol("(")) return function_call(token);
  if (word == "null") return placed(Node{}, token.column);
  if (word == "true" || word == "false")
    return placed(Node{Op::literal, of(Type::boolean), {}, word, -1}, token.column);
  const auto found = std::find_if(names_.begin(), names_.end(),
                                  [&](const Name& name) { return name.name == token.text; });
  if (found == names_.end()) {
    std::string known = "Known here:";
    for (const Name& name : names_) known += " " + name.name;
    return mistake(token.column, fmt::format("nothing is called \"{}\"", token.text),
                   names_.empty() ? "" : known + ".");
  }
  if (found->type.type == Type::binary)
    return mistake(token.column, fmt::format("\"{}\" is binary", token.text));
  return placed(Node{Op::column, type_inside(found->type), {}, {}, found->index}, token.column);
}

Result<Node> Parser::function_call(const Token& name) {
  ASSAY_TRY(std::vector<Node> list, arguments());
  return placed(call(lower(name.text), std::move(list)), name.column);
}

/// (a, b, c)
Result<std::vector<Node>> Parser::arguments() {
  ASSAY_TRY_VOID(expect("("));
  std::vector<Node> list;
  while (!at_symbol(")")) {
    if (!list.empty()) ASSAY_TRY_VOID(expect(","));
    ASSAY_TRY(Node argument, condition());
    list.push_back(std::move(argument));
  }
  ASSAY_TRY_VOID(advance());
  return list;
}

/// case when a then b when c then d else e end
Result<Node> Parser::cases() {
  const std::size_t column = token_.column;
  ASSAY_TRY_VOID(advance());
  std::vector<std::pair<Node, Node>> whens;
  while (at_word("when")) {
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(Node test, condition());
    ASSAY_TRY_VOID(expect_word("then"));
    ASSAY_TRY(Node value, condition());
    whens.emplace_back(std::move(test), std::move(value));
  }
  if (whens.empty()) {
    ASSAY_TRY_VOID(expect_word("when"));
  }
  Node otherwise;
  if (at_word("else")) {
    ASSAY_TRY_VOID(advance());
    ASSAY_TRY(otherwise, condition());
  }
  ASSAY_TRY_VOID(expect_word("end"));
  // All branches get one type before the first two meet: the last ones may be null.
  std::vector<Node*> branches{&otherwise};
  for (auto& when : whens) branches.push_back(&when.second);
  if (auto unified = unify(branches); !unified)
    return mistake(column, unified.error().message, unified.error().hint);
  for (; !whens.empty(); whens.pop_back()) {
    std::vector<Node> parts;
    parts.push_back(std::move(whens.back().first));
    parts.push_back(std::move(whens.back().second));
    parts.push_back(std::move(otherwise));
    ASSAY_TRY(otherwise, placed(call("if", std::move(parts)), column));
  }
  return otherwise;
}

}  // namespace

Result<Expression> compile(std::string_view text, std::span<const Name> names,
                           const column::DataType& wanted) {
  if (text.size() > kTextMax) {
    return make_error(
        Code::expression_invalid,
        fmt::format("an expression of {} bytes, more than {}", text.size(), kTextMax));
  }
  ASSAY_TRY(Node root, Parser(text, names).parse());
  ASSAY_TRY_VOID(fits(root, wanted));
  return Expression{std::string(text), std::move(root)};
}

}  // namespace assay::expression
