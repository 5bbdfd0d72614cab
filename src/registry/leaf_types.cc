#include "registry/leaf_types.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::registry {
namespace {

using column::DataType;
using column::Type;

constexpr double kMostly = 0.95;     ///< share of values from which on the others are dirt
constexpr int kScaleOfMoneyMax = 9;  ///< more digits behind the point than anybody writes by hand
constexpr int kScaleOfTextMax = 18;
constexpr int kDigitsOfInt64 = 18;

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Room for values that are larger than those of the sample.
DataType decimal_of(const PathFacts& facts, int scale_min) {
  const int scale = std::max(facts.fraction_digits, scale_min);
  const int precision = std::max(18, facts.whole_digits + scale + 3);
  return {Type::decimal, std::min(precision, 38), std::min(scale, 38)};
}

void take(InferredField& field, DataType type, std::int64_t fitting, std::int64_t values) {
  field.type = type;
  field.score = values == 0 ? 0.5 : share(fitting, values);
  field.null_on_error = fitting < values;
  if (field.null_on_error)
    field.note =
        fmt::format("{} of {} values do not fit and become null", values - fitting, values);
}

/// Seconds or milliseconds since 1970, where the name says so and all values are of this age.
std::string epoch_format(const PathFacts& facts, const Words& words) {
  if (!names_time(words)) return {};
  const auto within = [&](std::int64_t low, std::int64_t high) {
    return facts.lowest >= low && facts.highest <= high;
  };
  if (within(300'000'000, 4'200'000'000)) return "epoch_seconds";
  if (within(300'000'000'000, 4'200'000'000'000)) return "epoch_millis";
  if (within(300'000'000'000'000, 4'200'000'000'000'000)) return "epoch_micros";
  return {};
}

void take_numbers(InferredField& field, const PathFacts& facts, const Words& words) {
  const std::int64_t numbers = facts.integers + facts.decimals;
  const std::int64_t values = facts.scalars();
  const bool is_whole = facts.decimals == facts.whole;
  if (facts.decimals == 0) {
    if (const std::string format = epoch_format(facts, words); !format.empty()) {
      field.format = format;
      return take(field, {Type::timestamp}, numbers, values);
    }
    if (names_amount(words)) return take(field, decimal_of(facts, 2), numbers, values);
  }
  if (is_whole && facts.whole_digits > kDigitsOfInt64)
    return take(field, {Type::decimal, 38, 0}, numbers, values);
  // 17850.0 is how some programs write a key; a quantity written 20.0 may have a fraction tomorrow.
  const bool is_key = !words.empty() && is_key_word(words.back());
  if (is_whole && (facts.decimals == 0 || is_key))
    return take(field, {Type::int64}, numbers, values);
  const bool is_double = facts.fraction_digits > kScaleOfMoneyMax || facts.has_exponent ||
                         facts.whole_digits + facts.fraction_digits > 30;
  if (is_double) {
    take(field, {Type::float64}, numbers, values);
    return;
  }
  take(field, decimal_of(facts, is_whole || names_amount(words) ? 2 : 0), numbers, values);
}

/// False where the texts are no more than texts.
bool take_typed_texts(InferredField& field, const FamilyView& view, std::uint32_t leaf) {
  const PathFacts& facts = view.at(leaf);
  const Words words = view.own_words(leaf);
  const std::int64_t texts = facts.texts - facts.stand_ins;
  if (texts <= 0) return false;
  const auto mostly = [&](std::int64_t count) { return share(count, texts) >= kMostly; };
  const std::int64_t values = facts.scalars();
  if (mostly(facts.instants)) {
    field.zoneless = facts.zoneless > 0;
    take(field, {Type::timestamp}, facts.instants, values);
    return true;
  }
  const bool is_basic = facts.basic_days == texts && names_time(words);
  if (is_basic) {
    field.format = "iso8601_basic";
    field.zoneless = true;
    take(field, {Type::timestamp}, facts.basic_days, values);
    return true;
  }
  if (facts.boolean_texts == texts) {
    take(field, {Type::boolean}, facts.boolean_texts, values);
    return true;
  }
  const std::int64_t numbers = facts.decimal_texts + facts.integer_texts;
  const bool measured = facts.decimal_texts > 0 || names_amount(words) || names_count(words) ||
                        (view.family().is_csv && numbers == texts);
  if (!mostly(numbers) || !measured || names_code(words)) return false;
  if (facts.fraction_digits > kScaleOfTextMax || facts.has_exponent)
    take(field, {Type::float64}, numbers, values);
  else if (facts.decimal_texts == 0 && !names_amount(words))
    take(field, {Type::int64}, numbers, values);
  else
    take(field, decimal_of(facts, 2), numbers, values);
  return true;
}

}  // namespace

InferredField infer_leaf(const FamilyView& view, std::uint32_t leaf) {
  const PathFacts& facts = view.at(leaf);
  const Words words = view.own_words(leaf);
  InferredField field;
  field.path = facts.text;
  field.values = facts.scalars();
  const std::int64_t values = facts.scalars();
  const std::int64_t numbers = facts.integers + facts.decimals;
  if (values == 0) {
    take(field, {names_time(words) ? Type::timestamp : Type::string}, 0, 0);
    field.note = "never filled in the samples, so its type is a guess by its name";
  } else if (facts.booleans > 0 && share(facts.booleans, values) >= kMostly) {
    take(field, {Type::boolean}, facts.booleans, values);
  } else if (numbers > 0 && share(numbers, values) >= kMostly) {
    take_numbers(field, facts, words);
  } else if (numbers > 0 || facts.booleans > 0 || !take_typed_texts(field, view, leaf)) {
    take(field, {Type::string}, values, values);
  }
  if (facts.objects + facts.arrays > 0) {
    field.null_on_error = true;
    field.note = "an object or an array in some records, which becomes null";
  }
  return field;
}

DataType common_type(const DataType& a, const DataType& b) {
  if (a == b) return a;
  const auto is_exact = [](const DataType& type) {
    return type.type == Type::int64 || type.type == Type::decimal;
  };
  if (is_exact(a) && is_exact(b)) {
    const int scale = std::max(a.scale, b.scale);
    const auto whole = [](const DataType& type) {
      return type.type == Type::int64 ? 18 : type.precision - type.scale;
    };
    return {Type::decimal, std::min(38, std::max(whole(a), whole(b)) + scale), scale};
  }
  const auto is_number = [&](const DataType& type) {
    return is_exact(type) || type.type == Type::float64;
  };
  if (is_number(a) && is_number(b)) return {Type::float64};
  return {Type::string};
}

}  // namespace assay::registry
