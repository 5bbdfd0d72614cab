// Operations on numbers, conditions and times.

#include <chrono>
#include <cmath>
#include <limits>

#include "base/time.h"
#include "refine/computation.h"
#include "refine/exact_number.h"

namespace assay::refine {
namespace {

using column::Type;
using expression::Op;
using Step = ComputationStep;

constexpr int kDigitsMax = 38;
constexpr std::uint8_t kValue = Rows::kValue;

std::uint8_t keep_int(Int128 value, Cell& out) {
  constexpr Int128 kMax = std::numeric_limits<std::int64_t>::max();
  if (value > kMax || value < -kMax - 1) return kTooLarge;
  out = Cell::of_int(static_cast<std::int64_t>(value));
  return kValue;
}

bool has_too_many_digits(Int128 value) {
  const auto bound = static_cast<Int128>(power10(kDigitsMax));
  return value >= bound || value <= -bound;
}

std::uint8_t keep_decimal(Int128 value, Cell& out) {
  if (has_too_many_digits(value)) return kTooLarge;
  out = Cell::of_decimal(value);
  return kValue;
}

std::uint8_t keep_real(double value, Cell& out) {
  if (!std::isfinite(value)) return kTooLarge;
  out = Cell::of_float(value);
  return kValue;
}

std::uint8_t keep_condition(bool holds, Cell& out) {
  out = Cell::of_int(holds ? 1 : 0);
  return kValue;
}

/// Either kind of exact number: an integer has the scale 0.
Int128 exact(const Cell& cell, const column::DataType& type) {
  return type.type == Type::decimal ? cell.decimal() : Int128{cell.integer()};
}

std::uint8_t keep_exact(const Step& step, Int128 value, Cell& out) {
  return step.type.type == Type::decimal ? keep_decimal(value, out) : keep_int(value, out);
}

/// The nearest whole quotient; halves go away from zero. REQUIRES: by is not 0.
Int128 rounded_quotient(Int128 value, Int128 by) {
  const Int128 quotient = value / by;
  const Int128 rest = value % by;
  const UInt128 twice = static_cast<UInt128>(rest < 0 ? -rest : rest) * 2;
  if (twice < static_cast<UInt128>(by < 0 ? -by : by)) return quotient;
  return quotient + ((value < 0) == (by < 0) ? 1 : -1);
}

template <Op op>
std::uint8_t of_exact(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const Int128 left = exact(a[0], step.from);
  if constexpr (op == Op::negate) return keep_exact(step, -left, out);
  if constexpr (op == Op::absolute) return keep_exact(step, left < 0 ? -left : left, out);
  Int128 made = 0;
  const Int128 right = exact(a[1], step.second);
  const bool overflow = op == Op::add        ? __builtin_add_overflow(left, right, &made)
                        : op == Op::subtract ? __builtin_sub_overflow(left, right, &made)
                                             : __builtin_mul_overflow(left, right, &made);
  return overflow ? kTooLarge : keep_exact(step, made, out);
}

std::uint8_t divide_exact(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const Int128 by = exact(a[1], step.second);
  if (by == 0) return kDividedByZero;
  Int128 scaled = 0;
  if (scale_up(exact(a[0], step.from), step.shift, scaled) != kValue) return kTooLarge;
  return keep_decimal(rounded_quotient(scaled, by), out);
}

template <Op op>
std::uint8_t of_reals(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const double left = a[0].real();
  if constexpr (op == Op::negate) return keep_real(-left, out);
  if constexpr (op == Op::absolute) return keep_real(std::abs(left), out);
  const double right = a[1].real();
  if constexpr (op == Op::add) return keep_real(left + right, out);
  if constexpr (op == Op::subtract) return keep_real(left - right, out);
  if constexpr (op == Op::multiply) return keep_real(left * right, out);
  return right == 0 ? kDividedByZero : keep_real(left / right, out);
}

std::uint8_t to_real(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  return keep_real(static_cast<double>(a[0].integer()), out);
}

/// More digits of fraction, or fewer.
std::uint8_t rescale(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const Int128 value = exact(a[0], step.from);
  if (step.shift < 0) {
    const auto by = static_cast<Int128>(power10(-step.shift));
    return keep_decimal(rounded_quotient(value, by), out);
  }
  Int128 scaled = 0;
  if (scale_up(value, step.shift, scaled) != kValue) return kTooLarge;
  return keep_decimal(scaled, out);
}

template <Op op, typename Value>
bool holds(const Value& left, const Value& right) {
  if constexpr (op == Op::equal) return left == right;
  return op == Op::less ? left < right : left <= right;
}

template <Op op>
std::uint8_t compare(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  switch (step.from.type) {
    case Type::string: return keep_condition(holds<op>(a[0].bytes(), a[1].bytes()), out);
    case Type::float64: return keep_condition(holds<op>(a[0].real(), a[1].real()), out);
    case Type::decimal: return keep_condition(holds<op>(a[0].decimal(), a[1].decimal()), out);
    default: return keep_condition(holds<op>(a[0].integer(), a[1].integer()), out);
  }
}

std::uint8_t invert(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  return keep_condition(a[0].integer() == 0, out);
}

template <Op op>
std::uint8_t of_time(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const std::int64_t days = step.from.type == Type::date ? a[0].integer() : day_of(a[0].integer());
  if constexpr (op == Op::date) {
    out = Cell::of_int(days);
    return kValue;
  }
  if (!has_written_year(days)) return kTooLarge;
  const std::chrono::year_month_day civil{std::chrono::sys_days(std::chrono::days(days))};
  out = Cell::of_int(op == Op::year    ? static_cast<int>(civil.year())
                     : op == Op::month ? static_cast<int>(static_cast<unsigned>(civil.month()))
                                       : static_cast<int>(static_cast<unsigned>(civil.day())));
  return kValue;
}

template <Op op>
Step::Scalar calculation(const column::DataType& type) {
  return type.type == Type::float64 ? &of_reals<op> : &of_exact<op>;
}

}  // namespace

std::uint8_t scale_up(Int128 value, int digits, Int128& out) {
  out = value;
  for (; digits > 0 && out != 0; digits -= kDigitsMax) {
    const auto power = static_cast<Int128>(power10(std::min(digits, kDigitsMax)));
    if (__builtin_mul_overflow(out, power, &out)) return kTooLarge;
  }
  return has_too_many_digits(out) ? kTooLarge : kValue;
}

Step::Scalar number_operation(const expression::Node& node) {
  switch (node.op) {
    case Op::add: return calculation<Op::add>(node.type);
    case Op::subtract: return calculation<Op::subtract>(node.type);
    case Op::multiply: return calculation<Op::multiply>(node.type);
    case Op::divide: return node.type.type == Type::float64 ? &of_reals<Op::divide> : &divide_exact;
    case Op::negate: return calculation<Op::negate>(node.type);
    case Op::absolute: return calculation<Op::absolute>(node.type);
    case Op::round: return &rescale;
    case Op::widen: return node.type.type == Type::float64 ? &to_real : &rescale;
    case Op::equal: return &compare<Op::equal>;
    case Op::less: return &compare<Op::less>;
    case Op::less_equal: return &compare<Op::less_equal>;
    case Op::logical_not: return &invert;
    case Op::date: return &of_time<Op::date>;
    case Op::year: return &of_time<Op::year>;
    case Op::month: return &of_time<Op::month>;
    case Op::day: return &of_time<Op::day>;
    default: return nullptr;
  }
}

}  // namespace assay::refine
