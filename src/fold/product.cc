#include "fold/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fold/rule_checks.h"

namespace assay::fold {
namespace {

using column::Type;
using Int128 = column::ColumnView::Int128;

constexpr int kDecimalPrecisionMax = 38;

Int128 power_of_ten(int exponent) {
  Int128 value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

bool is_number(Type type) {
  return type == Type::int32 || type == Type::int64 || type == Type::decimal ||
         type == Type::float64;
}

Int128 exact_value(const column::ColumnView& view, Type type, std::uint32_t row) {
  if (type == Type::int32) return view.int32(row);
  if (type == Type::int64) return view.int64(row);
  return view.decimal(row);
}

bool fits(Int128 value, const column::DataType& type) {
  if (type.type == Type::int64) {
    using Limits = std::numeric_limits<std::int64_t>;
    return value >= Limits::min() && value <= Limits::max();
  }
  const Int128 bound = power_of_ten(type.precision);
  return value > -bound && value < bound;
}

}  // namespace

Product::Product(std::vector<Factor> factors, column::DataType type)
    : factors_(std::move(factors)), type_(type) {}

Result<Product> Product::make(const plan::Plan& plan, const plan::OperatorRule& rule,
                              const plan::OperatorRule::Measure& measure) {
  const auto& input = plan.tables[static_cast<std::size_t>(rule.input)];
  const auto& output = plan.tables[static_cast<std::size_t>(rule.output)];
  const column::Field& field = output.fields[static_cast<std::size_t>(measure.output_column)];
  std::vector<Factor> factors;
  int scale = 0;
  bool real = false;
  for (const int index : measure.factors) {
    const column::Field& factor = input.fields[static_cast<std::size_t>(index)];
    if (!is_number(factor.type.type)) {
      return misfit(rule, fmt::format("factor \"{}\" is no number", factor.name));
    }
    scale += factor.type.scale;
    real |= factor.type.type == Type::float64;
    factors.push_back({index, factor.type});
  }
  const bool is_exact =
      !real && (field.type.type == Type::decimal ? field.type.scale == scale
                                                 : field.type.type == Type::int64 && scale == 0);
  if (is_exact || (real && field.type.type == Type::float64)) {
    return Product(std::move(factors), field.type);
  }
  const std::string expected =
      real         ? "float64"
      : scale == 0 ? "int64 or decimal(38,0)"
                   : column::to_string({Type::decimal, kDecimalPrecisionMax, scale});
  return misfit(rule, fmt::format("measure \"{}\" has type {} where {} is needed", field.name,
                                  column::to_string(field.type), expected));
}

Product::Value Product::of(const BoundBatch& batch, std::uint32_t row) const {
  const bool is_null = std::any_of(factors_.begin(), factors_.end(), [&](const Factor& factor) {
    return batch.column(factor.column).is_null(row);
  });
  if (is_null) return {};
  return type_.type == Type::float64 ? approximate(batch, row) : exact(batch, row);
}

Product::Value Product::exact(const BoundBatch& batch, std::uint32_t row) const {
  Int128 product = 1;
  bool overflow = false;
  for (const Factor& factor : factors_) {
    const Int128 value = exact_value(batch.column(factor.column), factor.type.type, row);
    // A zero among the factors makes the product zero, wherever it stands.
    if (value == 0)
      return {type_.type == Type::int64 ? MeasureValue(std::int64_t{0}) : MeasureValue(Int128{0})};
    overflow |= __builtin_mul_overflow(product, value, &product);
  }
  if (overflow || !fits(product, type_)) return {{}, true};
  if (type_.type == Type::int64) return {static_cast<std::int64_t>(product)};
  return {product};
}

Product::Value Product::approximate(const BoundBatch& batch, std::uint32_t row) const {
  double product = 1;
  for (const Factor& factor : factors_) {
    const column::ColumnView& view = batch.column(factor.column);
    if (factor.type.type == Type::float64) {
      product *= view.float64(row);
    } else {
      const auto value = static_cast<double>(exact_value(view, factor.type.type, row));
      product *= value / static_cast<double>(power_of_ten(factor.type.scale));
    }
  }
  if (std::isinf(product)) return {{}, true};
  return {product};
}

}  // namespace assay::fold
