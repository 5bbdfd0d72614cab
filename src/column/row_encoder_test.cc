// Holds the encoder to the test vectors of docs/formats/row-encoding.md.

#include "column/row_encoder.h"

#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string>

#include "base/hash.h"

namespace assay::column {
namespace {

using Int128 = RowEncoder::Int128;
using Encode = void (*)(RowEncoder&);

Int128 power_of_ten(int exponent) {
  Int128 value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

constexpr double kOtherNan = std::bit_cast<double>(0xfff0'0000'0000'0001U);

/// What the first column of the page's table means.
const std::map<std::string, Encode> kRows = {
    {"empty row", [](RowEncoder&) {}},
    {"boolean true, id 16", [](RowEncoder& e) { e.boolean(16, true); }},
    {"integer 0, id 16", [](RowEncoder& e) { e.integer(16, 0); }},
    {"integer -1, id 16", [](RowEncoder& e) { e.integer(16, -1); }},
    {"integer 64, id 200", [](RowEncoder& e) { e.integer(200, 64); }},
    {"integer -2^63, id 16",
     [](RowEncoder& e) { e.integer(16, std::numeric_limits<std::int64_t>::min()); }},
    {"float64 1.5, id 16", [](RowEncoder& e) { e.float64(16, 1.5); }},
    {"float64 -0.0, id 16", [](RowEncoder& e) { e.float64(16, -0.0); }},
    {"float64 NaN, id 16", [](RowEncoder& e) { e.float64(16, kOtherNan); }},
    {"decimal 12.340 (scale 3), id 17", [](RowEncoder& e) { e.decimal(17, 3, 12340); }},
    {"decimal -(10^38 - 1) (scale 0), id 17",
     [](RowEncoder& e) { e.decimal(17, 0, 1 - power_of_ten(38)); }},
    {"date 2011-12-09, id 18", [](RowEncoder& e) { e.date(18, 15317); }},
    {"timestamp 2011-12-09T12:50:00Z, id 19",
     [](RowEncoder& e) { e.timestamp(19, 1'323'435'000'000'000); }},
    {"string \"\", id 20", [](RowEncoder& e) { e.string(20, ""); }},
    {"string \"Zo\u00eb\", id 20", [](RowEncoder& e) { e.string(20, "Zo\u00eb"); }},
    {"binary 00 ff, id 21", [](RowEncoder& e) { e.binary(21, std::string_view("\0\xff", 2)); }},
    {"row: 16 string \"536365\", 17 integer 6, 18 decimal 2.55 (scale 3)",
     [](RowEncoder& e) {
       e.string(16, "536365");
       e.integer(17, 6);
       e.decimal(18, 3, 2550);
     }},
};

std::string page() {
  const auto path = std::filesystem::path(ASSAY_SOURCE_DIR) / "docs/formats/row-encoding.md";
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The cells of one line of a Markdown table, without their backquotes.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> result;
  std::stringstream rest(line.substr(1));
  for (std::string cell; std::getline(rest, cell, '|');) {
    std::erase(cell, '`');
    const auto begin = cell.find_first_not_of(' ');
    const auto end = cell.find_last_not_of(' ');
    result.push_back(begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1));
  }
  return result;
}

TEST(RowEncoder, GivesTheVectorsOfTheFormatPage) {
  std::stringstream lines(page());
  std::size_t checked = 0;
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) in_table = line.starts_with("## 6. Test vectors");
    if (!in_table || !line.starts_with("| ") || line.starts_with("| row |") ||
        line.starts_with("| ---")) {
      continue;
    }
    const auto parts = cells(line);
    ASSERT_EQ(parts.size(), 3U) << line;
    const auto row = kRows.find(parts[0]);
    ASSERT_NE(row, kRows.end()) << "no row of this test is called: " << parts[0];
    RowEncoder encoder;
    row->second(encoder);
    EXPECT_EQ(to_hex(encoder.bytes()), parts[1]) << parts[0];
    EXPECT_EQ(encoder.hash().to_hex(), parts[2]) << parts[0];
    ++checked;
  }
  EXPECT_EQ(checked, kRows.size());
}

TEST(RowEncoder, ClearStartsANewRow) {
  RowEncoder encoder;
  encoder.string(16, std::string(100'000, 'x'));
  encoder.clear();
  encoder.boolean(16, false);
  EXPECT_EQ(to_hex(encoder.bytes()), "100100");
}

TEST(RowEncoder, NullFieldsAreAValueLikeAnyOther) {
  RowEncoder encoder;
  encoder.binary(8, "\x11\xc8\x01");
  EXPECT_EQ(to_hex(encoder.bytes()), "08080311c801");
}

TEST(Checksum, IsTheSumModulo2To128) {
  Checksum checksum = Checksum::from_hex("ffffffffffffffffffffffffffffffff");
  checksum.add(Hash128{0, 2});
  EXPECT_EQ(checksum.to_hex(), "00000000000000000000000000000001");
}

}  // namespace
}  // namespace assay::column
