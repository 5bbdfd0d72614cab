#pragma once
// The syntax tree of a JSONPath, as the grammar of RFC 9535 has it. Immutable once parsed.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "path/decimal.h"
#include "path/i_regexp.h"

namespace assay::path {

struct Expression;

struct Slice {
  std::optional<std::int64_t> begin;  ///< from 0, or from the end where negative
  std::optional<std::int64_t> end;    ///< the first one that is left out
  std::int64_t step = 1;
};

struct Selector {
  enum class Kind : std::uint8_t { name, wildcard, index, slice, filter };
  Kind kind = Kind::name;
  std::size_t offset = 0;  ///< the byte in the text that shows the kind
  std::string name;
  std::int64_t index = 0;
  Slice slice;
  std::shared_ptr<const Expression> filter;
};

struct Segment {
  bool is_descendant = false;
  std::size_t offset = 0;       ///< of the second dot, or of what begins the segment
  std::size_t list_offset = 0;  ///< of the first comma, where there are several selectors
  std::vector<Selector> selectors;
};

struct QuerySyntax {
  bool is_relative = false;  ///< begins at "@"
  bool from_row = false;     ///< begins at "@@": the row, within the filters of a mapping
  std::vector<Segment> segments;
  /// Selects one node at most: each segment is one name or one index.
  bool is_singular() const;
};

struct Literal {
  enum class Kind : std::uint8_t { null, boolean, number, string };
  Kind kind = Kind::null;
  bool boolean = false;
  Decimal number;
  std::string string;
};

enum class Function : std::uint8_t { length, count, match, search, value };

struct Call;

/// What stands at one side of a comparison, as an argument, or alone as a test.
struct Operand {
  enum class Kind : std::uint8_t { literal, query, call };
  Kind kind = Kind::literal;
  std::size_t offset = 0;
  Literal literal;
  std::shared_ptr<const QuerySyntax> query;
  std::shared_ptr<const Call> call;
};

struct Call {
  Function function = Function::length;
  std::vector<Operand> arguments;
  bool has_fixed_pattern = false;  ///< of match() and search(): the pattern is a literal
  std::optional<IRegexp> pattern;  ///< then this one; without it, it is none and matches nothing
};

struct Expression {
  enum class Kind : std::uint8_t { any_of, all_of, negation, comparison, test };
  enum class Comparator : std::uint8_t {
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal
  };
  Kind kind = Kind::test;
  std::vector<Expression> parts;  ///< of any_of, all_of, negation
  Comparator comparator = Comparator::equal;
  std::vector<Operand> operands;  ///< of comparison (2) and test (1)
};

struct ParsedQuery {
  QuerySyntax syntax;
  std::vector<std::string> notices;  ///< what is allowed and surely not meant, as sentences
};

/// The whole text, from a byte on, as one query, well-formed and valid (types of functions
/// included), or Code::path_invalid with the byte and a hint. "@" in front is taken where a row is
/// at hand.
enum class RootsTaken : std::uint8_t { payload, payload_and_row };
Result<ParsedQuery> parse_query(std::string_view text, RootsTaken roots, std::size_t begin = 0);

}  // namespace assay::path
