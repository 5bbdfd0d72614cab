#pragma once
// Which types go together, and what an operation gives. One place for the texts of people and for
// trees from documents.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "expression/expression.h"

namespace assay::expression {

inline constexpr int kPrecision = 38;     ///< of every decimal on the way
inline constexpr int kQuotientScale = 6;  ///< digits of fraction that a quotient has at least

inline column::DataType of(column::Type type) { return {type, 0, 0}; }
inline column::DataType decimal_of(int scale) { return {column::Type::decimal, kPrecision, scale}; }
/// The type that a column of a row has inside of an expression.
column::DataType type_inside(const column::DataType& column);
/// "a number", "a text" ...
std::string spoken(const column::DataType& type);
bool is_number(const column::DataType& type);

/// A literal of the type, where the text is a value of it.
std::optional<Node> literal_of(const column::DataType& type, std::string text);

/// Gives all nodes one type: null takes that of the others, integers widen, texts that are written
/// out become dates and instants. The message of the error has no place.
Status unify(std::vector<Node*> nodes);

/// + - * / of two numbers.
Result<Node> arithmetic(Op op, Node left, Node right);
/// = < <= of two values of a kind.
Result<Node> comparison(Op op, Node left, Node right);
/// A call by the name that a person writes, in lower case.
Result<Node> call(const std::string& function, std::vector<Node> arguments);
/// All names of functions, for a hint.
std::string function_names();

/// Whether the value may go to a field of that type; the message names what to do.
Status fits(const Node& root, const column::DataType& wanted);

}  // namespace assay::expression
