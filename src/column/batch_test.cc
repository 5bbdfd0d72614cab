#include "column/batch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "column/row_encoder.h"

namespace assay::column {
namespace {

const TableSchema& all_types() {
  static const TableSchema schema{
      "silver.all",
      {{.id = 20, .name = "flag", .type = {Type::boolean}},
       {.id = 16, .name = "small", .type = {Type::int32}},
       {.id = 17, .name = "big", .type = {Type::int64}},
       {.id = 18, .name = "real", .type = {Type::float64}},
       {.id = 19, .name = "money", .type = {Type::decimal, 38, 3}},
       {.id = 21, .name = "day", .type = {Type::date}},
       {.id = 22, .name = "at", .type = {Type::timestamp}},
       {.id = 23, .name = "text", .type = {Type::string}},
       {.id = 24, .name = "blob", .type = {Type::binary}, .role = Role::provenance}},
      {}};
  return schema;
}

/// One generated row; nullopt = null.
struct Row {
  std::optional<bool> flag = {};
  std::optional<std::int32_t> small = {};
  std::optional<std::int64_t> big = {};
  std::optional<double> real = {};
  std::optional<std::int64_t> money = {};
  std::optional<std::int32_t> day = {};
  std::optional<std::int64_t> at = {};
  std::optional<std::string> text = {};
  std::optional<std::string> blob = {};
};

ColumnView::Int128 wide(std::int64_t value) { return ColumnView::Int128{value} << 40; }

void append(BatchBuilder& b, const Row& r) {
  r.flag ? b.boolean(0, *r.flag) : b.null(0);
  r.small ? b.int32(1, *r.small) : b.null(1);
  r.big ? b.int64(2, *r.big) : b.null(2);
  r.real ? b.float64(3, *r.real) : b.null(3);
  r.money ? b.decimal(4, wide(*r.money)) : b.null(4);
  r.day ? b.int32(5, *r.day) : b.null(5);
  r.at ? b.int64(6, *r.at) : b.null(6);
  r.text ? b.bytes(7, *r.text) : b.null(7);
  r.blob ? b.bytes(8, *r.blob) : b.null(8);
}

Row row_at(const Batch& batch, std::int64_t row) {
  Row r;
  const auto has = [&](int column) { return !ColumnView(batch, column).is_null(row); };
  if (has(0)) r.flag = ColumnView(batch, 0).boolean(row);
  if (has(1)) r.small = ColumnView(batch, 1).int32(row);
  if (has(2)) r.big = ColumnView(batch, 2).int64(row);
  if (has(3)) r.real = ColumnView(batch, 3).float64(row);
  if (has(4)) r.money = static_cast<std::int64_t>(ColumnView(batch, 4).decimal(row) >> 40);
  if (has(5)) r.day = ColumnView(batch, 5).int32(row);
  if (has(6)) r.at = ColumnView(batch, 6).int64(row);
  if (has(7)) r.text = std::string(ColumnView(batch, 7).bytes(row));
  if (has(8)) r.blob = std::string(ColumnView(batch, 8).bytes(row));
  return r;
}

bool same(const Row& a, const Row& b) {
  return a.flag == b.flag && a.small == b.small && a.big == b.big && a.real == b.real &&
         a.money == b.money && a.day == b.day && a.at == b.at && a.text == b.text &&
         a.blob == b.blob;
}

rc::Gen<Row> any_row() {
  using rc::gen::maybe;
  const auto as_optional = [](auto gen) {
    return rc::gen::map(maybe(std::move(gen)),
                        [](auto value) { return value ? std::optional(*value) : std::nullopt; });
  };
  return rc::gen::build<Row>(
      rc::gen::set(&Row::flag, as_optional(rc::gen::arbitrary<bool>())),
      rc::gen::set(&Row::small, as_optional(rc::gen::arbitrary<std::int32_t>())),
      rc::gen::set(&Row::big, as_optional(rc::gen::arbitrary<std::int64_t>())),
      rc::gen::set(&Row::real, as_optional(rc::gen::arbitrary<double>())),
      rc::gen::set(&Row::money, as_optional(rc::gen::arbitrary<std::int64_t>())),
      rc::gen::set(&Row::day, as_optional(rc::gen::arbitrary<std::int32_t>())),
      rc::gen::set(&Row::at, as_optional(rc::gen::arbitrary<std::int64_t>())),
      rc::gen::set(&Row::text, as_optional(rc::gen::string<std::string>())),
      rc::gen::set(&Row::blob, as_optional(rc::gen::arbitrary<std::string>())));
}

/// Independent of row_hashes: the content columns in ascending order of id, written out by hand.
Hash128 expected_hash(const Row& r) {
  RowEncoder e;
  if (r.small) e.integer(16, *r.small);
  if (r.big) e.integer(17, *r.big);
  if (r.real) e.float64(18, *r.real);
  if (r.money) e.decimal(19, 3, wide(*r.money));
  if (r.flag) e.boolean(20, *r.flag);
  if (r.day) e.date(21, *r.day);
  if (r.at) e.timestamp(22, *r.at);
  if (r.text) e.string(23, *r.text);
  return e.hash();
}

Batch build(const std::vector<Row>& rows) {
  BatchBuilder builder(all_types());
  for (const Row& row : rows) append(builder, row);
  return builder.finish();
}

RC_GTEST_PROP(Batch, RowsComeBackAsTheyWentIn, ()) {
  // Several batches from one builder, so that the start sizes of the second are those of the first.
  BatchBuilder builder(all_types());
  for (int round = 0; round < 3; ++round) {
    const auto rows = *rc::gen::container<std::vector<Row>>(any_row());
    for (const Row& row : rows) append(builder, row);
    RC_ASSERT(builder.rows() == static_cast<std::int64_t>(rows.size()));
    const Batch batch = builder.finish();
    RC_ASSERT(batch.rows() == static_cast<std::int64_t>(rows.size()));
    const auto hashes = row_hashes(batch, all_types());
    RC_ASSERT(hashes.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(same(row_at(batch, static_cast<std::int64_t>(i)), rows[i]));
      RC_ASSERT(hashes[i] == expected_hash(rows[i]));
    }
  }
}

RC_GTEST_PROP(Batch, FilterKeepsWhatItShould, ()) {
  const auto rows = *rc::gen::container<std::vector<Row>>(any_row());
  const auto keep = std::make_unique<bool[]>(rows.size() + 1);
  std::vector<Row> expected;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    keep[i] = *rc::gen::arbitrary<bool>();
    if (keep[i]) expected.push_back(rows[i]);
  }
  const Batch kept = filter(build(rows), all_types(), {keep.get(), rows.size()});
  RC_ASSERT(kept.rows() == static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    RC_ASSERT(same(row_at(kept, static_cast<std::int64_t>(i)), expected[i]));
  }
}

TEST(Batch, ManyRowsGrowAllBuffers) {
  BatchBuilder builder(all_types());
  constexpr std::int32_t kRows = 10'000;
  for (std::int32_t i = 0; i < kRows; ++i) {
    append(builder,
           {i % 3 == 0, i, std::int64_t{i} << 33, i / 7.0, i, i, i, std::string(i % 50, 'x'), {}});
  }
  const Batch batch = builder.finish();
  ASSERT_TRUE(validate(batch, all_types()));
  for (std::int32_t i = 0; i < kRows; ++i) {
    const Row row = row_at(batch, i);
    ASSERT_EQ(row.flag, i % 3 == 0);
    ASSERT_EQ(row.big, std::int64_t{i} << 33);
    ASSERT_EQ(row.text->size(), static_cast<std::size_t>(i % 50));
    ASSERT_FALSE(row.blob.has_value());
  }
}

TEST(Batch, MovesAndExports) {
  Batch batch = build({Row{.small = 7}});
  Batch moved = std::move(batch);
  EXPECT_EQ(batch.rows(), 0);  // NOLINT: a moved batch is empty by contract
  ArrowSchema schema;
  ArrowArray array;
  std::move(moved).export_to(&schema, &array);
  EXPECT_EQ(moved.rows(), 0);  // NOLINT
  EXPECT_EQ(moved.columns(), 0);
  // A consumer may take a child for itself; the parent's release must then leave it alone.
  ArrowArray child = *array.children[1];
  array.children[1]->release = nullptr;
  array.release(&array);
  EXPECT_EQ(array.release, nullptr);
  EXPECT_EQ(static_cast<const std::int32_t*>(child.buffers[1])[0], 7);
  child.release(&child);
  EXPECT_STREQ(schema.children[1]->name, "small");
  schema.release(&schema);
}

TEST(Batch, OffsetsOfParentAndChildAddUp) {
  Batch batch = build({Row{.flag = true, .small = 1, .text = "a"}, Row{.small = 2, .text = "bc"},
                       Row{.flag = true, .small = 3}, Row{.small = 4, .text = "d"}});
  ArrowSchema schema;
  ArrowArray array;
  std::move(batch).export_to(&schema, &array);
  array.offset = 1;
  array.length = 2;
  for (std::int64_t i = 0; i < array.n_children; ++i) {
    array.children[i]->offset = 1;
    array.children[i]->length = 3;
  }
  const Batch slice(&schema, &array);
  ASSERT_TRUE(validate(slice, all_types()));
  EXPECT_EQ(row_at(slice, 0).small, 3);
  EXPECT_EQ(row_at(slice, 0).flag, true);
  EXPECT_EQ(row_at(slice, 0).text, std::nullopt);
  EXPECT_EQ(row_at(slice, 1).text, "d");
  EXPECT_EQ(row_hashes(slice, all_types())[1], expected_hash(Row{.small = 4, .text = "d"}));
}

TEST(RowHashes, DependOnContentColumnsAndFieldIdsOnly) {
  const Row row{.small = 5, .text = "x"};
  const auto plain = row_hashes(build({row}), all_types());
  Row with_provenance = row;
  with_provenance.blob = "provenance";
  EXPECT_EQ(row_hashes(build({with_provenance}), all_types()), plain);

  // A new column that is null, and a type that was widened, change nothing.
  TableSchema wider{"silver.all",
                    {{.id = 23, .name = "renamed", .type = {Type::string}},
                     {.id = 16, .name = "small", .type = {Type::int64}},
                     {.id = 99, .name = "new", .type = {Type::date}}},
                    {}};
  BatchBuilder builder(wider);
  builder.bytes(0, "x");
  builder.int64(1, 5);
  builder.null(2);
  EXPECT_EQ(row_hashes(builder.finish(), wider), plain);
}

/// A batch whose structs `damage` may change before it is validated.
Status validate_damaged(void (*damage)(ArrowSchema&, ArrowArray&)) {
  Batch batch = build({Row{.flag = true, .small = 1, .text = "abc"}, Row{.text = "de"}});
  ArrowSchema schema;
  ArrowArray array;
  std::move(batch).export_to(&schema, &array);
  damage(schema, array);
  return validate(Batch(&schema, &array), all_types());
}

std::int32_t* offsets(ArrowArray& array, int column) {
  return static_cast<std::int32_t*>(const_cast<void*>(array.children[column]->buffers[1]));
}

TEST(Validate, AcceptsWhatTheBuilderMakes) {
  EXPECT_TRUE(validate_damaged([](ArrowSchema&, ArrowArray&) {}));
  EXPECT_TRUE(validate(build({}), all_types()));
}

TEST(Validate, RefusesWhatIsBroken) {
  using Damage = void (*)(ArrowSchema&, ArrowArray&);
  const std::array<std::pair<const char*, Damage>, 9> cases = {{
      {"format \"tts\"", [](ArrowSchema& s, ArrowArray&) { s.children[1]->format = "tts"; }},
      {"8 columns", [](ArrowSchema&, ArrowArray& a) { a.n_children = 8; }},
      {"length -1", [](ArrowSchema&, ArrowArray& a) { a.length = -1; }},
      {"length 1", [](ArrowSchema&, ArrowArray& a) { a.children[1]->length = 1; }},
      {"with offset -5", [](ArrowSchema&, ArrowArray& a) { a.children[1]->offset = -5; }},
      {"offsets 4 and 3",
       [](ArrowSchema&, ArrowArray& a) { offsets(a, 7)[1] = 4, offsets(a, 7)[2] = 3; }},
      {"offsets -1 and 3", [](ArrowSchema&, ArrowArray& a) { offsets(a, 7)[0] = -1; }},
      {"not UTF-8",
       [](ArrowSchema&, ArrowArray& a) {
         static_cast<char*>(const_cast<void*>(a.children[7]->buffers[2]))[1] = '\xff';
       }},
      {"counts 1 nulls but marks none",
       [](ArrowSchema&, ArrowArray& a) { a.children[7]->null_count = 1; }},
  }};
  for (const auto& [message, damage] : cases) {
    const Status status = validate_damaged(damage);
    ASSERT_FALSE(status) << message;
    EXPECT_EQ(status.error().code, Code::internal);
    EXPECT_NE(status.error().message.find(message), std::string::npos) << status.error().message;
  }
}

TEST(Validate, RefusesNullsOfRequiredColumns) {
  TableSchema schema = all_types();
  schema.fields[1].required = true;
  const Status status = validate(build({Row{}}), schema);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("required column \"small\""), std::string::npos);
}

TEST(Validate, KnowsUtf8) {
  const auto text_is_valid = [](std::string text) {
    return validate(build({Row{.text = std::move(text)}}), all_types()).has_value();
  };
  for (const char* good : {"", "a", "\u00e9", "\u20ac", "\U0001f600", "\ud7ff\ue000\U0010ffff"}) {
    EXPECT_TRUE(text_is_valid(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"}) {
    EXPECT_FALSE(text_is_valid(bad)) << to_hex(bad);
  }
}

}  // namespace
}  // namespace assay::column
