#include "engine/record_splitter.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "engine/chunk_reader_test.h"

namespace assay::engine {
namespace {

struct Cut {
  std::vector<std::string> records;
  std::vector<std::int64_t> offsets;
  std::vector<bool> terminated;
  std::int64_t position = 0;
  Sha256 prefix{};
};

class RecordSplitterTest : public ::testing::Test {
 protected:
  Cut cut(const std::string& text, std::size_t chunk = 3, std::int64_t begin = 0,
          std::size_t size_max = 1000) {
    RecordSplitter splitter(
        *files_, std::make_unique<ChunkReader>(text, chunk),
        {.begin = begin, .record_size_max = size_max, .spill_folder = "/spill", .head_bytes = 4});
    Cut result;
    for (;;) {
      const auto record = splitter.next();
      EXPECT_TRUE(record.has_value());
      if (!record.has_value() || !record->has_value()) break;
      result.records.emplace_back((*record)->oversized ? files_->read((*record)->spilled).value()
                                                       : std::string((*record)->bytes));
      result.offsets.push_back((*record)->offset);
      result.terminated.push_back((*record)->terminated);
    }
    result.position = splitter.position();
    result.prefix = splitter.prefix_sha256();
    return result;
  }

  std::unique_ptr<io::FileSystem> files_ = io::memory_file_system();
};

TEST_F(RecordSplitterTest, AnXmlDocumentIsOneRecord) {
  const Cut cut_document = cut("\xef\xbb\xbf\n<a>\n  <b/>\n</a>\n");
  EXPECT_EQ(cut_document.records, std::vector<std::string>{"<a>\n  <b/>\n</a>\n"});
  EXPECT_EQ(cut_document.offsets, std::vector<std::int64_t>{4});
  EXPECT_EQ(cut_document.terminated, std::vector<bool>{true});
  EXPECT_EQ(cut_document.position, 20);
  EXPECT_EQ(cut("<a>").terminated, std::vector<bool>{true}) << "a truncated one does not wait";
  const std::string wide("\xff\xfe<\0a\0/\0>\0", 10);
  EXPECT_EQ(cut(wide).records, std::vector<std::string>{wide});
}

using Texts = std::vector<std::string>;

TEST_F(RecordSplitterTest, ADocumentOverSeveralLinesIsOneRecord) {
  const std::string one = "{\n  \"a\": \"}\\\"\",\n  \"b\": [\n    {}\n  ]\n}";
  for (const std::size_t chunk : {1U, 3U, 1000U}) {
    const Cut result = cut("\n" + one + "\n" + one + "{}\nno value {\n" + one, chunk);
    EXPECT_EQ(result.records, (Texts{one, one, "{}", "no value {\n" + one}));
    EXPECT_EQ(result.terminated, std::vector<bool>(4, true));
  }
  EXPECT_EQ(cut("{\"a\":1,\n\"b\":2}\n").records, Texts{"{\"a\":1,\n\"b\":2}"});
  EXPECT_EQ(cut("{\"a\": [\n1]}").records, Texts{"{\"a\": [\n1]}"});
}

TEST_F(RecordSplitterTest, ATruncatedDocumentOverSeveralLinesIsARecord) {
  const Cut result = cut("{\n  \"a\": 1,\n  \"b");
  EXPECT_EQ(result.records, Texts{"{\n  \"a\": 1,\n  \"b"});
  EXPECT_EQ(result.terminated, std::vector<bool>{true});
}

TEST_F(RecordSplitterTest, ALineThatIsCutOffStaysALine) {
  const std::string next = "{\"a\":2}";
  for (const std::string first : {"{\"a\":1,", "{\"a\":{", "{\"a\"", "{\"a\":\"x"})
    EXPECT_EQ(cut(first + "\n" + next + "\n").records, (Texts{first, next}));
}

TEST_F(RecordSplitterTest, CutsLinesAndSkipsBlankOnes) {
  const Cut result = cut("{\"a\":1}\n\n  \n{\"b\":2}\r\n");
  EXPECT_EQ(result.records, (Texts{"{\"a\":1}", "{\"b\":2}\r"}));
  EXPECT_EQ(result.offsets, (std::vector<std::int64_t>{0, 12}));
  EXPECT_EQ(result.position, 21);
}

TEST_F(RecordSplitterTest, CutsElementsOfArraysWhereverBracketsStandInStrings) {
  const Cut result = cut("[ {\"a\":\"],\\\"\"} , [1,2],\n 3 ]");
  EXPECT_EQ(result.records, (Texts{"{\"a\":\"],\\\"\"}", "[1,2]", "3"}));
  EXPECT_EQ(result.offsets, (std::vector<std::int64_t>{2, 17, 25}));
}

TEST_F(RecordSplitterTest, GoesOnAtAnOffset) {
  const std::string text = "{\"a\":1}\n{\"b\":2}\n";
  const Cut whole = cut(text);
  const Cut rest = cut(text, 3, 8);
  EXPECT_EQ(rest.records, (Texts{"{\"b\":2}"}));
  EXPECT_EQ(rest.prefix, whole.prefix);
  EXPECT_EQ(whole.prefix, sha256(text));
}

TEST_F(RecordSplitterTest, GoesOnInsideAnArray) {
  EXPECT_EQ(cut("[{\"a\":1},{\"b\":2}]", 3, 8).records, (Texts{"{\"b\":2}"}));
}

TEST_F(RecordSplitterTest, SaysThatTheLastRecordIsNotTerminated) {
  const Cut result = cut("{\"a\":1}\n{\"b\"");
  EXPECT_EQ(result.terminated, (std::vector<bool>{true, false}));
}

TEST_F(RecordSplitterTest, SpillsWhatIsTooLargeAndGoesOn) {
  const std::string large = "{\"x\":\"" + std::string(50, 'x') + "\"}";
  EXPECT_EQ(cut(large + "\n{}\n", 7, 0, 20).records, (Texts{large, "{}"}));
  EXPECT_EQ(cut("[" + large + ",{}]", 7, 0, 20).records, (Texts{large, "{}"}));
}

TEST_F(RecordSplitterTest, SkipsAByteOrderMarkAndTakesAnEmptyFile) {
  EXPECT_EQ(cut("\xef\xbb\xbf{}\n").records, (Texts{"{}"}));
  EXPECT_TRUE(cut("").records.empty());
  EXPECT_TRUE(cut(" \n\n").records.empty());
}

RC_GTEST_FIXTURE_PROP(RecordSplitterTest, LinesComeBackWhateverTheChunk, ()) {
  const auto lines = *rc::gen::container<Texts>(rc::gen::nonEmpty(
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab{}\",1")))));
  // An object that the first line leaves open is a document over several lines.
  const bool is_open = !lines.empty() && lines[0].front() == '{' &&
                       (lines[0].back() == '{' || lines[0].back() == ',');
  RC_PRE(!is_open);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const Cut result = cut(text, *rc::gen::inRange<std::size_t>(1, 9));
  RC_ASSERT(result.records == lines);
  RC_ASSERT(result.position == static_cast<std::int64_t>(text.size()));
}

}  // namespace
}  // namespace assay::engine
