#include "parquet/parquet.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "base/time.h"
#include "parquet/single_value.h"

namespace assay::parquet {
namespace {

using column::Batch;
using column::BatchBuilder;
using column::DataType;
using column::Field;
using column::TableSchema;
using column::Transform;
using column::Type;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A folder that ends with the test.
class ParquetTest : public ::testing::Test {
 protected:
  ParquetTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "assay-parquet-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~ParquetTest() override { std::filesystem::remove_all(folder_); }

  Database open() {
    auto database = Database::open({.temp_directory = folder_ + "/tmp"});
    EXPECT_TRUE(database) << database.error().to_text();
    return std::move(*database);
  }
  std::string folder_;
};

Field field(int id, std::string name, DataType type) {
  return {.id = id,
          .name = std::move(name),
          .type = type,
          .required = false,
          .role = column::Role::content,
          .doc = {}};
}

TableSchema all_types() {
  return {
      .name = "silver.everything",
      .fields =
          {field(1, "tenant_id", {.type = Type::string}),
           field(16, "flag", {.type = Type::boolean}), field(17, "small", {.type = Type::int32}),
           field(18, "large", {.type = Type::int64}), field(19, "ratio", {.type = Type::float64}),
           field(20, "money", {Type::decimal, 9, 2}), field(21, "mass", {Type::decimal, 18, 3}),
           field(22, "huge", {Type::decimal, 38, 10}), field(23, "tiny", {Type::decimal, 4, 1}),
           field(24, "day", {.type = Type::date}), field(25, "at", {.type = Type::timestamp}),
           field(26, "text", {.type = Type::string}), field(27, "raw", {.type = Type::binary})},
      .partition = {{.source = "tenant_id"}, {.source = "at", .transform = Transform::day}}};
}

constexpr Int128 kHuge = static_cast<Int128>(1) << 120;
const std::string kLong(5000, 'z');

/// Rows: 0 ordinary, 1 extreme and negative, 2 all null, 3 as 0 on another day.
Batch everything() {
  const TableSchema schema = all_types();
  BatchBuilder builder(schema);
  const auto row = [&](std::string_view tenant, bool flag, int sign, Micros at,
                       std::string_view text) {
    builder.bytes(0, tenant);
    builder.boolean(1, flag);
    builder.int32(2, sign * 7);
    builder.int64(3, sign * (std::int64_t{1} << 60));
    builder.float64(4, sign > 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN());
    builder.decimal(5, sign * 123456789);
    builder.decimal(6, sign * Int128{999999999999999999});
    builder.decimal(7, sign * kHuge);
    builder.decimal(8, sign * 128);
    builder.int32(9, sign * 20000);
    builder.int64(10, at);
    builder.bytes(11, text);
    builder.bytes(12, std::string_view("\0\xff\1", 3));
  };
  row("uk", true, 1, 86'400'000'000, "a");
  row("uk", false, -1, -1, kLong);
  for (int column = 0; column < 13; ++column) builder.null(column);
  row("uk", true, 1, 86'400'000'001, "");
  return builder.finish();
}

/// All cells of a batch as text, to compare two of them.
std::vector<std::string> cells(const Batch& batch, const TableSchema& schema) {
  std::vector<std::string> out;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    for (int column = 0; column < batch.columns(); ++column) {
      const column::ColumnView view(batch, column);
      std::string text = "null";
      if (!view.is_null(row)) {
        switch (schema.fields[static_cast<std::size_t>(column)].type.type) {
          case Type::boolean: text = view.boolean(row) ? "true" : "false"; break;
          case Type::int32:
          case Type::date: text = std::to_string(view.int32(row)); break;
          case Type::int64:
          case Type::timestamp: text = std::to_string(view.int64(row)); break;
          case Type::float64: text = fmt::format("{}", view.float64(row)); break;
          case Type::decimal: text = to_hex(decimal_single_value(view.decimal(row))); break;
          case Type::string:
          case Type::binary: text = to_hex(view.bytes(row)); break;
        }
      }
      out.push_back(schema.fields[static_cast<std::size_t>(column)].name + "=" + text);
    }
  }
  return out;
}

std::vector<std::string> query_cells(Database& database, const TableSchema& schema,
                                     const std::string& sql) {
  std::vector<std::string> all;
  const Status status = database.query(sql, [&](const Batch& batch) -> Status {
    EXPECT_LE(batch.rows(), 2048);
    for (std::string& cell : cells(batch, schema)) all.push_back(std::move(cell));
    return {};
  });
  EXPECT_TRUE(status) << status.error().to_text();
  return all;
}

std::vector<std::string> paths_of(const std::vector<StagedFile>& files) {
  std::vector<std::string> paths;
  for (const StagedFile& file : files) paths.push_back(file.path);
  return paths;
}

TEST_F(ParquetTest, EveryTypeComesBackAsItWasWritten) {
  Database database = open();
  TableSchema schema = all_types();
  schema.partition.clear();
  const Batch batch = everything();
  const Batch* batches[] = {&batch};
  const auto files = database.write(schema, batches, folder_ + "/out");
  ASSERT_TRUE(files) << files.error().to_text();
  ASSERT_THAT(*files, SizeIs(1));
  EXPECT_EQ(query_cells(database, schema, scan_sql(schema, paths_of(*files))),
            cells(batch, schema));
  const auto physical =
      database.rows(fmt::format("SELECT name, type, converted_type, field_id FROM "
                                "parquet_schema({}) WHERE num_children IS NULL "
                                "AND name IN ('huge', 'mass', 'money', 'at')",
                                sql_literal(files->front().path)));
  ASSERT_TRUE(physical) << physical.error().to_text();
  using Row = std::vector<std::optional<std::string>>;
  EXPECT_THAT(*physical, ElementsAre(Row{"money", "INT32", "DECIMAL", "20"},
                                     Row{"mass", "INT64", "DECIMAL", "21"},
                                     Row{"huge", "FIXED_LEN_BYTE_ARRAY", "DECIMAL", "22"},
                                     Row{"at", "INT64", "TIMESTAMP_MICROS", "25"}));
}

TEST_F(ParquetTest, OneFileAPartitionValueWithItsOwnExactMetrics) {
  Database database = open();
  const TableSchema schema = all_types();
  const Batch batch = everything();
  const Batch* batches[] = {&batch};
  const auto files = database.write(schema, batches, folder_ + "/out");
  ASSERT_TRUE(files) << files.error().to_text();
  ASSERT_THAT(*files, SizeIs(3));  // (null, null), (uk, day -1), (uk, day 1)
  EXPECT_TRUE((*files)[0].partition[0].is_null());
  EXPECT_TRUE((*files)[0].partition[1].is_null());
  EXPECT_EQ((*files)[1].partition[1].number, -1);
  const StagedFile& last = (*files)[2];
  EXPECT_EQ(last.partition[0].text, "uk");
  EXPECT_EQ(last.partition[1].number, 1);
  EXPECT_EQ(last.record_count, 2);
  EXPECT_EQ(static_cast<std::uintmax_t>(last.size_bytes), std::filesystem::file_size(last.path));
  EXPECT_EQ(last.metrics.at(26).lower, "");
  EXPECT_EQ(last.metrics.at(26).upper, "a");
  EXPECT_EQ(last.metrics.at(25).lower, single_value(std::int64_t{86'400'000'000}));
  EXPECT_EQ(last.metrics.at(25).upper, single_value(std::int64_t{86'400'000'001}));
  EXPECT_EQ(last.metrics.at(19).lower, single_value(-0.0));
  EXPECT_EQ(last.metrics.at(19).upper, single_value(0.0));
  EXPECT_EQ(last.metrics.at(19).nan_count, 0);
  EXPECT_FALSE(last.metrics.at(27).lower);
  const StagedFile& extreme = (*files)[1];
  EXPECT_EQ(extreme.metrics.at(26).upper, kLong);
  EXPECT_EQ(extreme.metrics.at(19).nan_count, 1);
  EXPECT_FALSE(extreme.metrics.at(19).lower);
  EXPECT_EQ(extreme.metrics.at(22).lower, decimal_single_value(-kHuge));
  EXPECT_EQ((*files)[0].metrics.at(18).null_count, 1);
  EXPECT_FALSE((*files)[0].metrics.at(18).lower);
  EXPECT_FALSE(last.metrics.at(18).nan_count);
}

/// `rows` rows in the tenants "a" and "b" over `days` days, numbered by `number`.
Batch numbered(const TableSchema& schema, int rows, int days) {
  BatchBuilder builder(schema);
  for (int i = 0; i < rows; ++i) {
    builder.bytes(0, i % 2 == 0 ? "a" : "b");
    builder.int64(1, (i % days) * kMicrosPerDay + i);
    builder.int64(2, i);
    builder.bytes(3, fmt::format("a text of row {}", i));
  }
  return builder.finish();
}

TableSchema numbered_schema() {
  return {.name = "silver.numbered",
          .fields = {field(1, "tenant_id", {.type = Type::string}),
                     field(16, "at", {.type = Type::timestamp}),
                     field(17, "number", {.type = Type::int64}),
                     field(18, "text", {.type = Type::string})},
          .partition = {{.source = "tenant_id"}, {.source = "at", .transform = Transform::month}}};
}

TEST_F(ParquetTest, RowsKeepTheirOrderAndBoundsAgreeWithTheWritersOwn) {
  Database database = open();
  const TableSchema schema = numbered_schema();
  const Batch first = numbered(schema, 5000, 100);
  const Batch second = numbered(schema, 3001, 7);
  const Batch empty;
  const Batch* batches[] = {&first, &empty, &second};
  const auto files = database.write(schema, batches, folder_ + "/out");
  ASSERT_TRUE(files) << files.error().to_text();
  ASSERT_THAT(*files, SizeIs(2 * 4));
  std::int64_t rows = 0;
  for (const StagedFile& file : *files) {
    rows += file.record_count;
    const std::string path = sql_literal(file.path);
    // Each batch numbers from 0 up, so a file may step back once: where the second batch begins.
    const auto steps =
        database.rows(fmt::format("SELECT count(*) FROM (SELECT number < lag(number) OVER (ORDER "
                                  "BY file_row_number) AS back FROM "
                                  "read_parquet({}, file_row_number = true)) WHERE back",
                                  path));
    ASSERT_TRUE(steps) << steps.error().to_text();
    EXPECT_LE(std::stoi(*(*steps)[0][0]), 1);
    const auto writers =
        database.rows(fmt::format("SELECT min(stats_min_value::BIGINT), "
                                  "max(stats_max_value::BIGINT), sum(total_compressed_size), "
                                  "min(coalesce(dictionary_page_offset, data_page_offset)) FILTER "
                                  "(column_id = 0) FROM parquet_metadata({}) "
                                  "WHERE path_in_schema = 'number'",
                                  path));
    ASSERT_TRUE(writers) << writers.error().to_text();
    const ColumnMetrics& metrics = file.metrics.at(17);
    EXPECT_EQ(metrics.lower,
              single_value(static_cast<std::int64_t>(std::stoll(*(*writers)[0][0]))));
    EXPECT_EQ(metrics.upper,
              single_value(static_cast<std::int64_t>(std::stoll(*(*writers)[0][1]))));
    EXPECT_EQ(metrics.size_bytes, std::stoll(*(*writers)[0][2]));
  }
  EXPECT_EQ(rows, 8001);
}

TEST_F(ParquetTest, SplitOffsetsAreTheStartsOfAllRowGroups) {
  Database database = open();
  TableSchema schema = numbered_schema();
  schema.partition.clear();
  const Batch batch = numbered(schema, 130'000, 9);
  const Batch* batches[] = {&batch};
  const auto files = database.write(schema, batches, folder_ + "/out");
  ASSERT_TRUE(files) << files.error().to_text();
  const auto starts =
      database.rows(fmt::format("SELECT least(dictionary_page_offset, data_page_offset) FROM "
                                "parquet_metadata({}) WHERE column_id = 0 ORDER BY 1",
                                sql_literal(files->front().path)));
  ASSERT_TRUE(starts) << starts.error().to_text();
  std::vector<std::int64_t> expected;
  for (const auto& row : *starts) expected.push_back(std::stoll(*row[0]));
  EXPECT_EQ(files->front().split_offsets, expected);
  EXPECT_THAT(expected, SizeIs(2));
}

TEST_F(ParquetTest, AScanReadsByFieldIdThroughRenamesPromotionsAndMissingColumns) {
  Database database = open();
  TableSchema old_schema = numbered_schema();
  old_schema.partition.clear();
  old_schema.fields[2].type = {.type = Type::int32};
  BatchBuilder builder(old_schema);
  builder.bytes(0, "a");
  builder.int64(1, 5);
  builder.int32(2, -42);
  builder.bytes(3, "kept");
  const Batch batch = builder.finish();
  const Batch* batches[] = {&batch};
  // A folder whose name looks like a partition must not become a column.
  const auto files = database.write(old_schema, batches, folder_ + "/out/number=9");
  ASSERT_TRUE(files) << files.error().to_text();
  TableSchema now = numbered_schema();
  now.fields[3].name = "comment";
  now.fields.push_back(field(40, "added", {Type::decimal, 18, 3}));
  EXPECT_THAT(query_cells(database, now, scan_sql(now, paths_of(*files))),
              ElementsAre("tenant_id=61", "at=5", "number=-42", "comment=6b657074", "added=null"));
  EXPECT_THAT(query_cells(database, now, scan_sql(now, {})), ElementsAre());
}

TEST_F(ParquetTest, AFolderWhoseNameIsAPatternIsReadAsItIs) {
  Database database = open();
  TableSchema schema = numbered_schema();
  schema.partition.clear();
  const Batch batch = numbered(schema, 10, 1);
  const Batch* batches[] = {&batch};
  ASSERT_TRUE(database.write(schema, batches, folder_ + "/other"));
  for (const std::string name : {"/o*", "/o?her", "/[o]ther"}) {
    const auto files = database.write(schema, batches, folder_ + name);
    ASSERT_TRUE(files) << files.error().to_text();
    const auto count =
        database.rows("SELECT count(*) FROM (" + scan_sql(schema, paths_of(*files)) + ")");
    ASSERT_TRUE(count) << count.error().to_text();
    EXPECT_EQ((*count)[0][0], "10") << name;
  }
}

TEST_F(ParquetTest, AQueryIsWrittenAsTheSchemaSays) {
  Database database = open();
  TableSchema schema = numbered_schema();
  schema.partition = {{.source = "tenant_id"}};
  const auto files =
      database.write_query(schema,
                           "SELECT 'a', TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_days(i), "
                           "i::INTEGER, NULL::VARCHAR FROM range(5000) r(i) -- end",
                           folder_ + "/out");
  ASSERT_TRUE(files) << files.error().to_text();
  ASSERT_THAT(*files, SizeIs(1));
  EXPECT_EQ(files->front().record_count, 5000);
  EXPECT_EQ(files->front().metrics.at(18).null_count, 5000);
  EXPECT_EQ(files->front().metrics.at(17).upper, single_value(std::int64_t{4999}));
  const auto wrong =
      database.write_query(schema, "SELECT 'a', now(), 1.5::DOUBLE, 'x'", folder_ + "/two");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("\"number\""));
}

TEST_F(ParquetTest, RegisteredTablesAnswerSqlUntilDropped) {
  Database database = open();
  const TableSchema schema = numbered_schema();
  const Batch batch = numbered(schema, 3000, 3);
  const Batch* batches[] = {&batch};
  ASSERT_TRUE(database.register_table("silver.numbered", schema, batches));
  ASSERT_TRUE(
      database.register_table("silver.numbered", schema, batches));  // replaced, not doubled
  const auto rows = database.rows(R"(SELECT count(*), max("at"), [1, 2] FROM "silver.numbered")");
  ASSERT_TRUE(rows) << rows.error().to_text();
  EXPECT_EQ((*rows)[0][0], "3000");
  EXPECT_EQ((*rows)[0][1], "1970-01-03 00:00:00.002999+00");
  EXPECT_EQ((*rows)[0][2], "[1, 2]");
  ASSERT_TRUE(database.drop_table("silver.numbered"));
  const auto gone = database.rows(R"(SELECT 1 FROM "silver.numbered")");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::sql_invalid);
}

TEST_F(ParquetTest, TypesThatBatchesLackComeAsText) {
  Database database = open();
  std::vector<std::string> formats;
  std::string cell;
  ASSERT_TRUE(database.query("SELECT [1, 2] AS \"a b\", 3::UTINYINT AS n, 4::HUGEINT AS h",
                             [&](const Batch& batch) -> Status {
                               for (int i = 0; i < batch.columns(); ++i)
                                 formats.emplace_back(batch.schema().children[i]->format);
                               EXPECT_STREQ(batch.schema().children[0]->name, "a b");
                               cell = column::ColumnView(batch, 0).bytes(0);
                               return {};
                             }));
  EXPECT_THAT(formats, ElementsAre("u", "i", "d:38,0"));
  EXPECT_EQ(cell, "[1, 2]");
}

TEST_F(ParquetTest, FailuresAreErrorsThatNameTheirCause) {
  Database database = open();
  const TableSchema schema = numbered_schema();
  const Batch batch = numbered(schema, 10, 1);
  const Batch* batches[] = {&batch};
  ASSERT_TRUE(database.write(schema, batches, folder_ + "/out"));
  const auto again = database.write(schema, batches, folder_ + "/out");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::file_exists);
  const auto narrow = database.write(all_types(), batches, folder_ + "/narrow");
  ASSERT_FALSE(narrow);
  EXPECT_EQ(narrow.error().code, Code::internal);
  const Status stopped = database.query("SELECT * FROM range(100000)", [](const Batch&) -> Status {
    return make_error(Code::cancelled, "enough");
  });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "enough");
  const auto division = database.rows("SELECT error('stop here')");
  ASSERT_FALSE(division);
  EXPECT_THAT(division.error().message, HasSubstr("stop here"));
  const auto missing =
      database.rows(scan_sql(schema, std::vector<std::string>{folder_ + "/none.parquet"}));
  ASSERT_FALSE(missing);
}

TEST(SingleValue, IsTheFewestBytesOfTheFormat) {
  EXPECT_EQ(to_hex(decimal_single_value(1420)), "058c");
  EXPECT_EQ(to_hex(decimal_single_value(0)), "00");
  EXPECT_EQ(to_hex(decimal_single_value(127)), "7f");
  EXPECT_EQ(to_hex(decimal_single_value(128)), "0080");
  EXPECT_EQ(to_hex(decimal_single_value(-128)), "80");
  EXPECT_EQ(to_hex(decimal_single_value(-129)), "ff7f");
  EXPECT_EQ(to_hex(single_value(std::int32_t{17486})), "4e440000");
  EXPECT_EQ(to_hex(single_value(std::int64_t{-1})), "ffffffffffffffff");
  EXPECT_EQ(to_hex(single_value(true)), "01");
}

}  // namespace
}  // namespace assay::parquet
