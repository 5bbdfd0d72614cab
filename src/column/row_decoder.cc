#include "column/row_decoder.h"

#include <bit>
#include <limits>

namespace assay::column {
namespace {

char class_of(Type type) {
  switch (type) {
    case Type::boolean: return type_class::kBoolean;
    case Type::int32:
    case Type::int64: return type_class::kInteger;
    case Type::float64: return type_class::kFloat64;
    case Type::decimal: return type_class::kDecimal;
    case Type::date: return type_class::kDate;
    case Type::timestamp: return type_class::kTimestamp;
    case Type::string: return type_class::kString;
    case Type::binary: return type_class::kBinary;
  }
  return 0;
}

bool fits_int32(std::int64_t number) {
  using Limits = std::numeric_limits<std::int32_t>;
  return number >= Limits::min() && number <= Limits::max();
}

}  // namespace

std::optional<DecodedValue> RowDecoder::next() {
  if (reader_.at_end() || !reader_.ok()) return std::nullopt;
  DecodedValue value;
  value.id = static_cast<int>(reader_.varint());
  value.type_class = static_cast<char>(reader_.byte());
  switch (value.type_class) {
    case type_class::kBoolean: value.number = reader_.byte(); break;
    case type_class::kInteger:
    case type_class::kDate:
    case type_class::kTimestamp: value.number = reader_.zigzag(); break;
    case type_class::kFloat64: {
      std::uint64_t bits = 0;
      for (int i = 0; i < 8; ++i) bits |= std::uint64_t{reader_.byte()} << (8 * i);
      value.real = std::bit_cast<double>(bits);
      break;
    }
    case type_class::kDecimal:
      value.scale = reader_.byte();
      value.unscaled = reader_.zigzag128();
      break;
    case type_class::kString:
    case type_class::kBinary: value.text = reader_.bytes(reader_.varint()); break;
    default: reader_.bytes(std::numeric_limits<std::size_t>::max());  // an unknown class is a fault
  }
  if (!reader_.ok()) return std::nullopt;
  return value;
}

bool append_value(BatchBuilder& builder, int column, const DataType& type,
                  const DecodedValue& value) {
  if (value.type_class != class_of(type.type)) return false;
  switch (type.type) {
    case Type::boolean: builder.boolean(column, value.number != 0); break;
    case Type::int32:
    case Type::date:
      if (!fits_int32(value.number)) return false;
      builder.int32(column, static_cast<std::int32_t>(value.number));
      break;
    case Type::int64:
    case Type::timestamp: builder.int64(column, value.number); break;
    case Type::float64: builder.float64(column, value.real); break;
    case Type::decimal:
      if (value.scale != type.scale) return false;
      builder.decimal(column, value.unscaled);
      break;
    case Type::string:
    case Type::binary: builder.bytes(column, value.text); break;
  }
  return true;
}

}  // namespace assay::column
