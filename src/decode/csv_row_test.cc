#include "decode/csv_row.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assay::decode {
namespace {

using Kind = CsvRowEnd::Kind;

std::vector<std::string> fields(std::string_view row, char delimiter = ',') {
  const auto read = read_csv_row(row, delimiter);
  if (!read) return {"refused"};
  std::vector<std::string> texts;
  for (const CsvField& field : *read)
    texts.push_back(field.quoted ? "q:" + field.text : field.text);
  return texts;
}

TEST(CsvRow, FieldsAreQuotedAsRfc4180Says) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(fields("a,b"), (Texts{"a", "b"}));
  EXPECT_EQ(fields(",,"), (Texts{"", "", ""}));
  EXPECT_EQ(fields("\"a,\"\"b\"\"\n\",\"\""), (Texts{"q:a,\"b\"\n", "q:"}));
  EXPECT_EQ(fields("5\" pipe, x "), (Texts{"5\" pipe", " x "}));
  EXPECT_EQ(fields("a|b", '|'), (Texts{"a", "b"}));
  EXPECT_EQ(fields("\"a"), Texts{"refused"});
  EXPECT_EQ(fields("\"a\"b"), Texts{"refused"});
}

TEST(CsvRow, RowsEndAtLineBreaksOutsideOfQuotes) {
  const auto end = [](std::string_view bytes) { return find_csv_row_end(bytes, ','); };
  EXPECT_EQ(end("a,b\nc").size, 3U);
  EXPECT_EQ(end("a,b\r\nc").size, 3U);
  EXPECT_EQ(end("a,b\r\nc").after, 5U);
  EXPECT_EQ(end("\"a\nb\"\r\nc").size, 5U);
  EXPECT_EQ(end("a,\"b\nc").kind, Kind::in_quotes);
  EXPECT_EQ(end("a,\"b\"x\n").kind, Kind::misquoted);
  EXPECT_EQ(end("a,\"b\"\r").kind, Kind::open);
  EXPECT_EQ(end("a,b").kind, Kind::open);
  EXPECT_EQ(end("").kind, Kind::open);
}

RC_GTEST_PROP(CsvRow, WhatAWriterQuotesIsReadBack, (const std::vector<std::string>& texts)) {
  RC_PRE(!texts.empty());
  std::string row;
  for (const std::string& text : texts) {
    row += row.empty() ? "\"" : ",\"";
    for (const char c : text) row += c == '"' ? "\"\"" : std::string(1, c);
    row += '"';
  }
  const CsvRowEnd end = find_csv_row_end(row + "\nnext", ',');
  RC_ASSERT(end.kind == Kind::line_break && end.size == row.size());
  const auto read = read_csv_row(row, ',');
  RC_ASSERT(read.has_value() && read->size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) RC_ASSERT((*read)[i].text == texts[i]);
}

}  // namespace
}  // namespace assay::decode
