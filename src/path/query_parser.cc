#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/limits.h"
#include "path/scanner.h"
#include "path/syntax.h"

namespace assay::path {
namespace {

enum class Parameter : std::uint8_t { none, value, nodes };

/// A function extension of RFC 9535 section 2.4. None of them takes a condition.
struct FunctionRow {
  std::string_view name;
  Function function;
  std::array<Parameter, 2> parameters;
  bool gives_logical;  ///< else a value
};
constexpr auto kFunctions = std::to_array<FunctionRow>({
    {"length", Function::length, {Parameter::value, Parameter::none}, false},
    {"count", Function::count, {Parameter::nodes, Parameter::none}, false},
    {"match", Function::match, {Parameter::value, Parameter::value}, true},
    {"search", Function::search, {Parameter::value, Parameter::value}, true},
    {"value", Function::value, {Parameter::nodes, Parameter::none}, false},
});

std::size_t parameter_count(const FunctionRow& row) {
  return row.parameters[1] == Parameter::none ? 1 : 2;
}

const FunctionRow& row_of(Function function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

using Comparator = Expression::Comparator;
struct ComparatorRow {
  std::string_view text;
  Comparator comparator;
};
// The longer ones first: "<=" begins with "<".
constexpr auto kComparators = std::to_array<ComparatorRow>({{"==", Comparator::equal},
                                                            {"!=", Comparator::not_equal},
                                                            {"<=", Comparator::less_or_equal},
                                                            {">=", Comparator::greater_or_equal},
                                                            {"<", Comparator::less},
                                                            {">", Comparator::greater}});

/// Recursive descent over the text, one method a rule of the grammar. Stops at the first mistake.
/// Types are judged where the grammar meets them, so that the error names the byte.
class QueryParser {
 public:
  explicit QueryParser(std::string_view text) : scan_(text) {}

  Result<ParsedQuery> parse(RootsTaken roots, std::size_t begin) {
    scan_.move_to(begin);
    if (scan_.text().size() > kPathSizeMax) {
      return make_error(Code::path_invalid, fmt::format("the path has {} bytes, the limit is {}",
                                                        scan_.text().size(), kPathSizeMax));
    }
    const bool takes_row = roots == RootsTaken::payload_and_row;
    takes_row_ = takes_row;
    if (!scan_.at('$') && !(takes_row && scan_.at('@'))) {
      return takes_row ? scan_.expected("\"$\" (the payload) or \"@\" (the row)")
                       : scan_.expected("\"$\"");
    }
    ParsedQuery parsed;
    ASSAY_TRY(parsed.syntax, query());
    if (!scan_.at_end()) return behind_the_path();
    parsed.notices = std::move(notices_);
    return parsed;
  }

 private:
  /// Counts one level of nesting while it lives.
  class Level {
   public:
    explicit Level(int& depth) : depth_(++depth) {}
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    bool is_too_deep() const { return depth_ > kPathNestingMax; }

   private:
    int& depth_;
  };
  Error too_deep() const {
    return scan_.failure(fmt::format("expected at most {} levels of nesting", kPathNestingMax));
  }

  Error behind_the_path() {
    const std::size_t before_blanks = scan_.position();
    scan_.skip_blanks();
    if (scan_.at_end()) {
      scan_.move_to(before_blanks);
      return scan_.expected("nothing behind the path, not even blanks");
    }
    return scan_.expected("\".\" or \"[\"", "A name with other characters is written ['name'].");
  }

  // -------------------------------------------------------------------- segments and selectors

  /// REQUIRES: "$" or "@" stands here. Stops, before blanks, where no segment follows.
  Result<QuerySyntax> query() {
    QuerySyntax made;
    made.from_row = takes_row_ && depth_ > 0 && scan_.take("@@");
    if (!made.from_row) {
      made.is_relative = scan_.at('@');
      scan_.move_to(scan_.position() + 1);
    }
    for (;;) {
      const std::size_t before_blanks = scan_.position();
      scan_.skip_blanks();
      if (!scan_.at('.') && !scan_.at('[')) {
        scan_.move_to(before_blanks);
        return made;
      }
      ASSAY_TRY(Segment next, segment());
      made.segments.push_back(std::move(next));
    }
  }

  Result<Segment> segment() {
    Segment made;
    made.offset = scan_.position();
    if (scan_.take('.')) {
      made.is_descendant = scan_.at('.');
      if (made.is_descendant) {
        made.offset = scan_.position();
        scan_.take('.');
      }
      if (!made.is_descendant || !scan_.at('[')) {
        ASSAY_TRY(Selector only, dotted());
        made.selectors.push_back(std::move(only));
        return made;
      }
    }
    ASSAY_TRY_VOID(bracketed(made));
    return made;
  }

  Result<Selector> dotted() {
    Selector made;
    made.offset = scan_.position();
    if (scan_.take('*')) {
      made.kind = Selector::Kind::wildcard;
      return made;
    }
    ASSAY_TRY(made.name, scan_.shorthand());
    return made;
  }

  Status bracketed(Segment& segment) {
    scan_.take('[');
    for (;;) {
      scan_.skip_blanks();
      ASSAY_TRY(Selector next, selector());
      segment.selectors.push_back(std::move(next));
      scan_.skip_blanks();
      if (scan_.take(']')) return {};
      if (!scan_.at(',')) return scan_.expected("\",\" or \"]\"");
      if (segment.selectors.size() == 1) segment.list_offset = scan_.position();
      scan_.take(',');
    }
  }

  Result<Selector> selector() {
    Selector made;
    made.offset = scan_.position();
    if (scan_.at('\'') || scan_.at('"')) {
      ASSAY_TRY(made.name, scan_.quoted());
      return made;
    }
    if (scan_.take('*')) {
      made.kind = Selector::Kind::wildcard;
      return made;
    }
    if (scan_.take('?')) {
      made.kind = Selector::Kind::filter;
      scan_.skip_blanks();
      ASSAY_TRY(Expression condition, any_of());
      made.filter = std::make_shared<const Expression>(std::move(condition));
      return made;
    }
    if (scan_.at(':') || scan_.at_number()) return index_or_slice();
    return scan_.expected("a quoted name, an index, a slice, a filter or \"*\"",
                          "A name within brackets stands in quotes: ['name'].");
  }

  Result<Selector> index_or_slice() {
    Selector made;
    made.kind = Selector::Kind::index;
    made.offset = scan_.position();
    if (!scan_.at(':')) {
      ASSAY_TRY(made.index, scan_.integer());
      scan_.skip_blanks();
      if (!scan_.at(':')) return made;
      made.slice.begin = made.index;
    }
    made.kind = Selector::Kind::slice;
    made.offset = scan_.position();
    scan_.take(':');
    ASSAY_TRY(made.slice.end, bound());
    if (scan_.take(':')) {
      ASSAY_TRY(const auto step, bound());
      made.slice.step = step.value_or(1);
    }
    return made;
  }

  Result<std::optional<std::int64_t>> bound() {
    scan_.skip_blanks();
    if (!scan_.at_number()) return std::optional<std::int64_t>();
    ASSAY_TRY(const std::int64_t value, scan_.integer());
    scan_.skip_blanks();
    return std::optional<std::int64_t>(value);
  }

  // ------------------------------------------------------------------------------- conditions

  Result<Expression> any_of() {
    const Level level(depth_);
    if (level.is_too_deep()) return too_deep();
    return joined(Expression::Kind::any_of, "||", &QueryParser::all_of);
  }
  Result<Expression> all_of() {
    return joined(Expression::Kind::all_of, "&&", &QueryParser::basic);
  }

  /// One part, or several with the sign between them. Blanks behind the last one are taken.
  Result<Expression> joined(Expression::Kind kind, std::string_view sign,
                            Result<Expression> (QueryParser::*part)()) {
    ASSAY_TRY(Expression first, (this->*part)());
    scan_.skip_blanks();
    if (!scan_.at(sign[0])) return first;
    Expression made;
    made.kind = kind;
    made.parts.push_back(std::move(first));
    while (scan_.at(sign[0])) {
      if (!scan_.take(sign)) {
        return scan_.expected(fmt::format("\"{}\"", sign), "Conditions are joined by && and ||.");
      }
      scan_.skip_blanks();
      ASSAY_TRY(Expression next, (this->*part)());
      made.parts.push_back(std::move(next));
      scan_.skip_blanks();
    }
    return made;
  }

  Result<Expression> basic() {
    const bool is_negated = scan_.take('!');
    if (is_negated) scan_.skip_blanks();
    if (!scan_.at('(')) {
      ASSAY_TRY(Operand left, operand());
      scan_.skip_blanks();
      if (!is_negated && at_comparator()) return comparison(std::move(left));
      ASSAY_TRY(Expression made, test(std::move(left)));
      if (!is_negated) return made;
      if (at_comparator()) {
        return scan_.expected("no comparison right behind \"!\"",
                              "Write !(...) around the comparison, or the opposite sign.");
      }
      return negation(std::move(made));
    }
    scan_.take('(');
    scan_.skip_blanks();
    ASSAY_TRY(Expression inner, any_of());
    if (!scan_.take(')')) return scan_.expected("\")\"");
    if (!is_negated) return inner;
    return negation(std::move(inner));
  }

  static Expression negation(Expression inner) {
    Expression made;
    made.kind = Expression::Kind::negation;
    made.parts.push_back(std::move(inner));
    return made;
  }

  bool at_comparator() const {
    return scan_.at('=') || scan_.at('!') || scan_.at('<') || scan_.at('>');
  }

  Result<Expression> comparison(Operand left) {
    Expression made;
    made.kind = Expression::Kind::comparison;
    const std::size_t sign = scan_.position();
    bool is_known = false;
    for (const ComparatorRow& row : kComparators) {
      is_known = scan_.take(row.text);
      made.comparator = row.comparator;
      if (is_known) break;
    }
    if (!is_known || scan_.at('=') || scan_.at('~')) {
      return scan_.failure_at(sign, "expected one of == != < <= > >=",
                              "Equality is written ==; patterns are match() and search().");
    }
    scan_.skip_blanks();
    ASSAY_TRY(Operand right, operand());
    ASSAY_TRY_VOID(check_value(left));
    ASSAY_TRY_VOID(check_value(right));
    made.operands.push_back(std::move(left));
    made.operands.push_back(std::move(right));
    return made;
  }

  Result<Expression> test(Operand operand) {
    if (operand.kind == Operand::Kind::literal) {
      return scan_.failure_at(operand.offset, "expected a condition, not a literal",
                              "Compare it with something: @.a == 1.");
    }
    if (operand.kind == Operand::Kind::call) {
      const FunctionRow& row = row_of(operand.call->function);
      if (!row.gives_logical) {
        return scan_.failure_at(operand.offset,
                                fmt::format("expected a comparison: {}() gives a value", row.name),
                                fmt::format("Compare it with something: {}(...) > 0.", row.name));
      }
    }
    Expression made;
    made.kind = Expression::Kind::test;
    made.operands.push_back(std::move(operand));
    return made;
  }

  /// What gives one value: a literal, a query for one node, a function that gives one.
  Status check_value(const Operand& operand) const {
    if (operand.kind == Operand::Kind::query && !operand.query->is_singular()) {
      return scan_.failure_at(operand.offset, "expected a query for one node: names and indices",
                              "value(...) takes the value of a query that finds one node.");
    }
    if (operand.kind == Operand::Kind::call && row_of(operand.call->function).gives_logical) {
      return scan_.failure_at(operand.offset,
                              fmt::format("expected a value, and {}() is a condition",
                                          row_of(operand.call->function).name),
                              "A condition stands alone, or behind \"!\".");
    }
    return {};
  }

  // --------------------------------------------------------------------------------- operands

  Result<Operand> operand() {
    Operand made;
    made.offset = scan_.position();
    if (scan_.at('$') || scan_.at('@')) {
      made.kind = Operand::Kind::query;
      const Level level(depth_);
      if (level.is_too_deep()) return too_deep();
      ASSAY_TRY(QuerySyntax inner, query());
      made.query = std::make_shared<const QuerySyntax>(std::move(inner));
      return made;
    }
    if (scan_.at('\'') || scan_.at('"')) {
      made.literal.kind = Literal::Kind::string;
      ASSAY_TRY(made.literal.string, scan_.quoted());
      return made;
    }
    if (scan_.at_number()) {
      made.literal.kind = Literal::Kind::number;
      ASSAY_TRY(const std::string_view token, scan_.number());
      made.literal.number = Decimal(token);
      return made;
    }
    return word(std::move(made));
  }

  Result<Operand> word(Operand made) {
    const std::string_view word = scan_.word();
    if (!word.empty() && scan_.at('(')) {
      made.kind = Operand::Kind::call;
      ASSAY_TRY(Call made_call, call(word, made.offset));
      made.call = std::make_shared<const Call>(std::move(made_call));
      return made;
    }
    if (word == "null") return made;
    if (word == "true" || word == "false") {
      made.literal.kind = Literal::Kind::boolean;
      made.literal.boolean = word == "true";
      return made;
    }
    return scan_.failure_at(made.offset, "expected a query, a literal or a function",
                            "A member of the node at hand is written @.name, a text 'text'.");
  }

  Result<Call> call(std::string_view name, std::size_t offset) {
    const Level level(depth_);
    if (level.is_too_deep()) return too_deep();
    const FunctionRow* row = nullptr;
    for (const FunctionRow& known : kFunctions) {
      if (known.name == name) row = &known;
    }
    if (row == nullptr) {
      return scan_.failure_at(offset,
                              fmt::format("expected a function that exists, not {}()", name),
                              "There are length(), count(), match(), search() and value().");
    }
    Call made;
    made.function = row->function;
    ASSAY_TRY(made.arguments, arguments());
    const std::size_t count = parameter_count(*row);
    if (made.arguments.size() != count) {
      return scan_.failure_at(offset,
                              fmt::format("expected {} argument{} of {}(), not {}", count,
                                          count == 1 ? "" : "s", name, made.arguments.size()));
    }
    for (std::size_t i = 0; i < count; ++i) {
      ASSAY_TRY_VOID(check_argument(*row, i, made.arguments[i]));
    }
    ASSAY_TRY_VOID(fix_pattern(made));
    return made;
  }

  Result<std::vector<Operand>> arguments() {
    std::vector<Operand> made;
    scan_.take('(');
    scan_.skip_blanks();
    while (!scan_.take(')')) {
      if (!made.empty()) {
        if (!scan_.take(',')) return scan_.expected("\",\" or \")\"");
        scan_.skip_blanks();
      }
      const std::size_t begin = scan_.position();
      const bool is_condition = scan_.at('!') || scan_.at('(');
      if (!is_condition) {
        ASSAY_TRY(Operand next, operand());
        made.push_back(std::move(next));
        scan_.skip_blanks();
      }
      if (is_condition || at_comparator() || scan_.at('&') || scan_.at('|')) {
        return scan_.failure_at(begin, "expected an argument that is no condition",
                                "Functions take queries, literals and values of functions.");
      }
    }
    return made;
  }

  Status check_argument(const FunctionRow& row, std::size_t index, const Operand& argument) const {
    if (row.parameters[index] == Parameter::value) return check_value(argument);
    if (argument.kind == Operand::Kind::query) return {};
    return scan_.failure_at(argument.offset,
                            fmt::format("expected a query, which {}() takes", row.name),
                            fmt::format("For example {}(@.*).", row.name));
  }

  /// Compiles a pattern that is a literal, once and for all nodes.
  Status fix_pattern(Call& call) {
    if (call.function != Function::match && call.function != Function::search) return {};
    const Operand& pattern = call.arguments[1];
    if (pattern.kind != Operand::Kind::literal) return {};
    call.has_fixed_pattern = true;
    if (pattern.literal.kind != Literal::Kind::string) return {};
    auto compiled = IRegexp::compile(pattern.literal.string);
    if (!compiled) {
      return scan_.failure_at(pattern.offset, compiled.error().message, compiled.error().hint);
    }
    call.pattern = std::move(compiled).value();
    if (!call.pattern) {
      notices_.push_back(fmt::format(
          "The pattern at byte {} is no I-Regexp (RFC 9485) and matches nothing.", pattern.offset));
    }
    return {};
  }

  Scanner scan_;
  int depth_ = 0;
  bool takes_row_ = false;
  std::vector<std::string> notices_;
};

}  // namespace

bool QuerySyntax::is_singular() const {
  for (const Segment& segment : segments) {
    if (segment.is_descendant || segment.selectors.size() != 1) return false;
    const Selector::Kind kind = segment.selectors[0].kind;
    if (kind != Selector::Kind::name && kind != Selector::Kind::index) return false;
  }
  return true;
}

Result<ParsedQuery> parse_query(std::string_view text, RootsTaken roots, std::size_t begin) {
  return QueryParser(text).parse(roots, begin);
}

}  // namespace assay::path
