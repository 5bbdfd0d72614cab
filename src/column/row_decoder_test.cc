#include "column/row_decoder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace assay::column {
namespace {

RC_GTEST_PROP(RowDecoder, ReadsWhatTheEncoderWrote, ()) {
  const auto number = *rc::gen::arbitrary<std::int64_t>();
  const auto real = *rc::gen::arbitrary<double>();
  const auto text = *rc::gen::arbitrary<std::string>();
  const auto high = *rc::gen::arbitrary<std::int64_t>();
  const auto unscaled = ByteReader::Int128{high} * number;
  const auto id = *rc::gen::inRange(1, 100'000);
  RowEncoder encoder;
  encoder.integer(id, number);
  encoder.float64(id + 1, real);
  encoder.string(id + 2, text);
  encoder.decimal(id + 3, 7, unscaled);
  encoder.boolean(id + 4, number % 2 == 0);
  encoder.timestamp(id + 5, high);

  RowDecoder decoder(encoder.bytes());
  RC_ASSERT(decoder.next()->number == number);
  RC_ASSERT(decoder.next()->real == real);
  RC_ASSERT(decoder.next()->text == text);
  const auto decimal = decoder.next();
  RC_ASSERT((decimal->unscaled == unscaled && decimal->scale == 7 && decimal->id == id + 3));
  RC_ASSERT(decoder.next()->number == (number % 2 == 0 ? 1 : 0));
  RC_ASSERT(decoder.next()->number == high);
  RC_ASSERT(!decoder.next().has_value());
  RC_ASSERT(decoder.ok());
}

RC_GTEST_PROP(RowDecoder, SurvivesAnyBytes, ()) {
  const auto bytes = *rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::arbitrary<char>(), rc::gen::inRange<char>(0, 12)));
  RowDecoder decoder(bytes);
  std::size_t values = 0;
  while (decoder.next()) ++values;
  RC_ASSERT(values <= bytes.size());
}

TEST(RowDecoder, NamesTruncationAndUnknownClasses) {
  for (const std::string_view bytes :
       {std::string_view("\x10", 1), std::string_view("\x10\x02\x80", 3),
        std::string_view("\x10\x09\x01", 3),
        std::string_view("\x10\x07\x05"
                         "ab",
                         5),
        std::string_view("\x10\x00\x00", 3)}) {
    RowDecoder decoder(bytes);
    EXPECT_FALSE(decoder.next());
    EXPECT_FALSE(decoder.ok());
  }
}

TEST(AppendValue, TakesWhatFitsTheColumn) {
  const TableSchema schema{"t.t", {{.id = 1, .name = "n", .type = {Type::int32}}}, {}};
  BatchBuilder builder(schema);
  const DecodedValue small{.id = 1, .type_class = type_class::kInteger, .number = 5};
  DecodedValue large = small;
  large.number = std::int64_t{1} << 40;
  DecodedValue text = small;
  text.type_class = type_class::kString;
  EXPECT_TRUE(append_value(builder, 0, {Type::int32}, small));
  EXPECT_FALSE(append_value(builder, 0, {Type::int32}, large));
  EXPECT_FALSE(append_value(builder, 0, {Type::int32}, text));
  const Batch batch = builder.finish();
  ASSERT_EQ(batch.rows(), 1);
  EXPECT_EQ(ColumnView(batch, 0).int32(0), 5);
}

}  // namespace
}  // namespace assay::column
