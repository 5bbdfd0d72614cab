#include "engine/record_stream.h"

#include <gtest/gtest.h>

#include "engine/chunk_reader_test.h"
#include "engine/csv_splitter.h"

namespace assay::engine {
namespace {

using namespace std::string_literals;

struct Cut {
  std::vector<std::string> records;
  std::vector<std::int64_t> offsets;
  std::vector<std::string> headers;
  bool torn = false;
  std::int64_t position = 0;
};

class RecordStreamTest : public ::testing::Test {
 protected:
  struct Reading {
    std::size_t chunk = 3;
    std::int64_t begin = 0;
    std::size_t size_max = 1000;
    std::optional<DeclaredCsv> csv;
    bool is_named_csv = false;
    bool may_grow = false;
  };
  Cut cut(const std::string& text) { return cut(text, Reading()); }
  Cut cut(const std::string& text, const Reading& reading) {
    auto stream = open_records(*files_, std::make_unique<ChunkReader>(text, reading.chunk),
                               {.begin = reading.begin,
                                .record_size_max = reading.size_max,
                                .spill_folder = "/spill",
                                .head_bytes = 4,
                                .csv = reading.csv,
                                .is_named_csv = reading.is_named_csv,
                                .may_grow = reading.may_grow});
    Cut result;
    while (stream) {
      const auto record = (*stream)->next();
      EXPECT_TRUE(record.has_value());
      if (!record.has_value() || !record->has_value()) break;
      result.torn = (*record)->torn;
      if (result.torn) break;
      result.records.emplace_back((*record)->oversized ? files_->read((*record)->spilled).value()
                                                       : std::string((*record)->bytes));
      result.offsets.push_back((*record)->offset);
      result.headers.emplace_back((*record)->headers);
    }
    result.position = (*stream)->position();
    return result;
  }

  std::unique_ptr<io::FileSystem> files_ = io::memory_file_system();
};

const std::string kSync = "0123456789abcdef";
const std::string kAvroHead =
    "Obj\1\2\x16"
    "avro.schema\x10\"string\"\0"s +
    kSync;

std::string block(const std::vector<std::string>& texts) {
  std::string data;
  for (const std::string& text : texts) (data += static_cast<char>(2 * text.size())) += text;
  return std::string(1, static_cast<char>(2 * texts.size())) + static_cast<char>(2 * data.size()) +
         data + kSync;
}

TEST_F(RecordStreamTest, AvroValuesAreRecordsByTheirNumber) {
  const std::string file = kAvroHead + block({"a", "bc"}) + block({}) + block({"d"});
  for (const std::size_t chunk : {1U, 7U, 1000U}) {
    const Cut whole = cut(file, {.chunk = chunk});
    EXPECT_EQ(whole.records, (std::vector<std::string>{"\2a", "\4bc", "\2d"}));
    EXPECT_EQ(whole.offsets, (std::vector<std::int64_t>{0, 1, 2}));
    EXPECT_EQ(whole.headers[0], R"({"assay.format":"avro","assay.schema":"\"string\""})");
    EXPECT_EQ(whole.position, static_cast<std::int64_t>(file.size()));
  }
  const auto begin = static_cast<std::int64_t>((kAvroHead + block({"a", "bc"})).size());
  EXPECT_EQ(cut(file, {.begin = begin}).offsets, std::vector<std::int64_t>{2});
}

TEST_F(RecordStreamTest, AvroThatEndsWithinABlockWaits) {
  const std::string before = kAvroHead + block({"a"});
  const std::string file = before + block({"bc"});
  for (std::size_t size = before.size() + 1; size < file.size(); ++size) {
    const Cut part = cut(file.substr(0, size));
    EXPECT_EQ(part.records, std::vector<std::string>{"\2a"}) << size;
    EXPECT_TRUE(part.torn) << size;
    EXPECT_EQ(part.position, static_cast<std::int64_t>(before.size()));
  }
  EXPECT_TRUE(cut(kAvroHead.substr(0, 20)).torn);
}

TEST_F(RecordStreamTest, ADamagedAvroBlockIsOneRecord) {
  std::string wrong = block({"bc"});
  wrong[wrong.size() - 3] = '!';
  const Cut lost = cut(kAvroHead + block({"a"}) + wrong + block({"d"}) + block({"e"}));
  EXPECT_EQ(lost.records, (std::vector<std::string>{"\2a", wrong + block({"d"}), "\2e"}));
  EXPECT_EQ(lost.offsets, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_NE(lost.headers[1].find("damaged"), std::string::npos);
  // Within a block: what stands before the fault, and the rest.
  const Cut part = cut(kAvroHead + "\6\x08\2a\x12z" + kSync + block({"e"}));
  EXPECT_EQ(part.records, (std::vector<std::string>{"\2a", "\x12z", "\2e"}));
  // More than fits into memory goes to a file, up to the next marker.
  const std::string junk = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" + std::string(50, 'x');
  const Cut large = cut(kAvroHead + junk + kSync + block({"e"}), {.size_max = 20});
  EXPECT_EQ(large.records, (std::vector<std::string>{junk + kSync, "\2e"}));
  EXPECT_EQ(cut(kAvroHead + junk, {.size_max = 20}).records, std::vector<std::string>{junk});
}

TEST_F(RecordStreamTest, CsvIsKnownByItsHeaderLineAndOneRow) {
  EXPECT_EQ(detect_csv("a,b\n1,2\n", true), ',');
  EXPECT_EQ(detect_csv("a;b,c\n1;2\n", true), ';');
  EXPECT_EQ(detect_csv("\xef\xbb\xbf\"a\"\tb\r\n1\t2\r\n", true), '\t');
  EXPECT_EQ(detect_csv("a|b\n1|2", true), '|');
  EXPECT_EQ(detect_csv("a|b\n1|2", false), std::nullopt);
  for (const char* const other :
       {"", "a\n1\n", "a,b\n", "a,b\n1\n", "1,2\n3,4\n", "a,a\n1,2\n",
        "{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":2}\n", "[1,2]\n[1,2]\n", "a,\n1,2\n", "<a,b\n1,2\n"})
    EXPECT_EQ(detect_csv(other, true), std::nullopt) << other;
}

TEST_F(RecordStreamTest, RowsOfCsvAreRecords) {
  const std::string file =
      "\xef\xbb\xbf"
      "a,b\r\n1,\"x\ny\"\r\n\r\n2,z";
  for (const std::size_t chunk : {1U, 1000U}) {
    const Cut whole = cut(file, {.chunk = chunk});
    EXPECT_EQ(whole.records, (std::vector<std::string>{"1,\"x\ny\"", "2,z"}));
    EXPECT_EQ(whole.offsets, (std::vector<std::int64_t>{8, 19}));
    EXPECT_EQ(whole.headers[0],
              R"({"assay.csv.delimiter":",","assay.csv.header":"a,b","assay.format":"csv"})");
    EXPECT_EQ(whole.position, static_cast<std::int64_t>(file.size()));
  }
  EXPECT_EQ(cut(file, {.begin = 17}).records, std::vector<std::string>{"2,z"});
}

TEST_F(RecordStreamTest, ABadFirstRowDoesNotHideCsv) {
  EXPECT_EQ(detect_csv("a,b\n1\n2,3\n", true), ',');
  EXPECT_EQ(detect_csv("a;b\n\"1\"x;2\n\n3;4\n", false), ';');
  EXPECT_EQ(detect_csv("a,b\n{\"x\":1,2\n[1,2]\n", true), std::nullopt);
  EXPECT_EQ(detect_csv("some words, and more\nthen a line\n", true), std::nullopt);
}

TEST_F(RecordStreamTest, TheNameDecidesWhereTheContentDoesNot) {
  EXPECT_TRUE(is_csv_name("/data/x.csv") && is_csv_name("x.tsv.gz") && is_csv_name("X.CSV.zst"));
  EXPECT_FALSE(is_csv_name("x.json") || is_csv_name("csv") || is_csv_name("x.csv.json"));
  EXPECT_EQ(cut("a,b\n", {.is_named_csv = true}).records.size(), 0U);
  EXPECT_EQ(cut("a;b\n1\n", {.is_named_csv = true}).records, std::vector<std::string>{"1"});
  EXPECT_NE(cut("a;b\n1\n", {.is_named_csv = true}).headers.at(0).find("\";\""), std::string::npos);
  EXPECT_EQ(cut("{\"a\":1}\n", {.is_named_csv = true}).headers.at(0), "");
}

TEST_F(RecordStreamTest, TheLastRowOfAFileThatMayGrowWaitsForItsLineBreak) {
  const Cut half = cut("a,b\n1,x\n2,y", {.may_grow = true});
  EXPECT_TRUE(half.torn);
  EXPECT_EQ(half.records, std::vector<std::string>{"1,x"});
  EXPECT_TRUE(cut("a,b\n1,x\n2,\"y\"z", {.may_grow = true}).torn);
  EXPECT_FALSE(cut("a,b\n1,x\n2,y\n", {.may_grow = true}).torn);
  EXPECT_EQ(cut("a,b\n1,x\n2,y").records, (std::vector<std::string>{"1,x", "2,y"}));
}

TEST_F(RecordStreamTest, AStrayQuoteCostsOneRowOfCsv) {
  const Cut misquoted = cut("a,b\n0,v\n1,\"x\n2,y\n3,\"z\"\n4,w\n");
  EXPECT_EQ(misquoted.records, (std::vector<std::string>{"0,v", "1,\"x", "2,y", "3,\"z\"", "4,w"}));
  EXPECT_TRUE(cut("a,b\n1,2\n3").torn);
  EXPECT_TRUE(cut("a,b\n1,2\n3,\"x\n").torn);
  const std::string tail = "3,\"x\n" + std::string(70'000, 'y') + "\n4,5\n";
  const Cut stray = cut("a,b\n1,2\n" + tail, {.chunk = 1000, .size_max = 1 << 20});
  EXPECT_EQ(stray.records.size(), 4U);
  EXPECT_EQ(stray.records.back(), "4,5");
}

TEST_F(RecordStreamTest, ADeclaredCsvNeedsNoProof) {
  EXPECT_EQ(cut("a\n1\n{\n", {.csv = DeclaredCsv{}}).records, (std::vector<std::string>{"1", "{"}));
  EXPECT_EQ(cut("a,b\n", {.csv = DeclaredCsv{}}).records.size(), 0U);
  const Cut pipes = cut("a|b\n1|2\n", {.csv = DeclaredCsv{.delimiter = '|'}});
  EXPECT_NE(pipes.headers.at(0).find("\"|\""), std::string::npos);
  const Cut long_row =
      cut("a,b\n" + std::string(40, 'x') + ",1\n2,3\n", {.size_max = 20, .csv = DeclaredCsv{}});
  EXPECT_EQ(long_row.records, (std::vector<std::string>{std::string(40, 'x') + ",1", "2,3"}));
}

}  // namespace
}  // namespace assay::engine
