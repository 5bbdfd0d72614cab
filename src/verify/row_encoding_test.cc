#include "verify/row_encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace assay::verify {
namespace {

std::string encoded(int field_id, const Cell& cell) {
  RowEncoding row;
  row.append(field_id, cell);
  return to_hex(row.bytes());
}

TEST(Cell, DecimalsReadAsPeopleWriteThem) {
  EXPECT_EQ(decimal_text(0, 0), "0");
  EXPECT_EQ(decimal_text(0, 2), "0.00");
  EXPECT_EQ(decimal_text(5, 3), "0.005");
  EXPECT_EQ(decimal_text(-5, 3), "-0.005");
  EXPECT_EQ(decimal_text(1250, 2), "12.50");
  EXPECT_EQ(decimal_text(-120, 1), "-12.0");
  const auto smallest = static_cast<Int128>(static_cast<UInt128>(1) << 127);
  EXPECT_EQ(decimal_text(smallest, 0), "-170141183460469231731687303715884105728");
}

TEST(RowEncoding, EveryClassHasItsMinimalBytes) {
  EXPECT_EQ(encoded(16, {CellKind::boolean, 0, 1, 0, {}}), "100101");
  EXPECT_EQ(encoded(16, integer_cell(0)), "100200");
  EXPECT_EQ(encoded(16, integer_cell(-1)), "100201");
  EXPECT_EQ(encoded(16, integer_cell(64)), "10028001");
  EXPECT_EQ(encoded(16, integer_cell(std::numeric_limits<std::int64_t>::min())),
            "1002ffffffffffffffffff01");
  EXPECT_EQ(encoded(16, {CellKind::float64, 0, 0, 1.5, {}}), "1003000000000000f83f");
  EXPECT_EQ(encoded(16, {CellKind::float64, 0, 0, -0.0, {}}), "10030000000000000080");
  EXPECT_EQ(encoded(16, {CellKind::float64, 0, 0, -std::nan("7"), {}}), "1003000000000000f87f");
  EXPECT_EQ(encoded(16, {CellKind::decimal, 3, -2550, 0, {}}), "100403eb27");
  EXPECT_EQ(encoded(16, {CellKind::date, 0, 1, 0, {}}), "100502");
  EXPECT_EQ(encoded(16, timestamp_cell(-2)), "100603");
  EXPECT_EQ(encoded(16, string_cell("caf\xc3\xa9")), "100705636166c3a9");
  EXPECT_EQ(encoded(16, binary_cell({"\0\xff", 2})), "10080200ff");
}

// The vectors of docs/formats/row-encoding.md, by hand: this side shares no reader with the write
// path.
struct Vector {
  const char* bytes;
  const char* hash;
};

TEST(RowEncoding, TheVectorsOfThePageHold) {
  const std::string zoe = "Zo\xc3\xab";
  Int128 large = 1;
  for (int i = 0; i < 38; ++i) large *= 10;
  const std::vector<std::pair<std::vector<std::pair<int, Cell>>, Vector>> vectors = {
      {{}, {"", "99aa06d3014798d86001c324468d497f"}},
      {{{16, {CellKind::boolean, 0, 1, 0, {}}}}, {"100101", "be4d90537a4db684f118b7950fc22c4c"}},
      {{{16, integer_cell(0)}}, {"100200", "5f04965d9983b4b918f7fa523284ea72"}},
      {{{16, integer_cell(-1)}}, {"100201", "437e4a5cc3a477307d8c54e4662cedde"}},
      {{{200, integer_cell(64)}}, {"c801028001", "9f1c43c53eb478ca0d317ac63b1b67e9"}},
      {{{16, integer_cell(INT64_MIN)}},
       {"1002ffffffffffffffffff01", "ed0684333fdcdc7eda27a24b815ec3d5"}},
      {{{16, {CellKind::float64, 0, 0, 1.5, {}}}},
       {"1003000000000000f83f", "cd5b83e8a78ccd2b006dee7ecf8d0af0"}},
      {{{16, {CellKind::float64, 0, 0, -0.0, {}}}},
       {"10030000000000000080", "cd0df58aeea80581472b392d6c24efa3"}},
      {{{16, {CellKind::float64, 0, 0, std::nan("1"), {}}}},
       {"1003000000000000f87f", "d58c48818a3d100f8b27a7a6d16161dd"}},
      {{{17, {CellKind::decimal, 3, 12340, 0, {}}}},
       {"110403e8c001", "06531a25b264b6725e92594b4fdb52ab"}},
      {{{17, {CellKind::decimal, 0, 1 - large, 0, {}}}},
       {"110400fdffffffff8f918a93e8a3ecd096d4ccf6ac02", "cfad2761f352bb6b8b2632b632a69493"}},
      {{{18, {CellKind::date, 0, 15317, 0, {}}}},
       {"1205aaef01", "5eaec97f210803729e2ef72a8c607cd0"}},
      {{{19, timestamp_cell(1323435000000000)}},
       {"130680b8f79087ead904", "b9f055047701f3a9696a6f7a83aa41bc"}},
      {{{20, string_cell("")}}, {"140700", "55f537ef0d4c274796007b2856f46b11"}},
      {{{20, string_cell(zoe)}}, {"1407045a6fc3ab", "bad75323d125bdd4a94383561b0ad913"}},
      {{{21, binary_cell({"\0\xff", 2})}}, {"15080200ff", "153857b455598e923db21b67d9bcfa2f"}},
      {{{16, string_cell("536365")},
        {17, integer_cell(6)},
        {18, {CellKind::decimal, 3, 2550, 0, {}}},
        {19, {}}},
       {"10070635333633363511020c120403ec27", "8b0a08d511d7183abfeea2e8976a71f3"}},
  };
  for (const auto& [cells, expected] : vectors) {
    RowEncoding row;
    for (const auto& [id, cell] : cells) row.append(id, cell);
    EXPECT_EQ(to_hex(row.bytes()), expected.bytes);
    EXPECT_EQ(row.hash().to_hex(), expected.hash) << expected.bytes;
  }
}

TEST(RowEncoding, AFieldIdAbove127TakesTwoBytes) {
  EXPECT_EQ(encoded(300, integer_cell(1)), "ac020202");
}

TEST(RowEncoding, NullLeavesNothing) { EXPECT_EQ(encoded(16, Cell{}), ""); }

TEST(RowEncoding, TheLargestDecimalTakesTheWidthOf128Bits) {
  const auto smallest = static_cast<Int128>(static_cast<UInt128>(1) << 127);
  EXPECT_EQ(encoded(16, {CellKind::decimal, 0, smallest, 0, {}}),
            "100400ffffffffffffffffffffffffffffffffffff03");
}

// A decoder written from the page alone: what was appended comes back, and nothing is left over.
struct Decoded {
  std::uint64_t id = 0;
  int kind = 0;
  int scale = 0;
  Int128 number = 0;
  std::string text;
};

UInt128 take_varint(std::string_view& bytes) {
  UInt128 value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<UInt128>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

Decoded take(std::string_view& bytes) {
  Decoded value;
  value.id = static_cast<std::uint64_t>(take_varint(bytes));
  value.kind = bytes.front();
  bytes.remove_prefix(1);
  if (value.kind == 4) {
    value.scale = bytes.front();
    bytes.remove_prefix(1);
  }
  if (value.kind == 7 || value.kind == 8) {
    const auto size = static_cast<std::size_t>(take_varint(bytes));
    value.text = bytes.substr(0, size);
    bytes.remove_prefix(size);
  } else {
    const UInt128 coded = take_varint(bytes);
    value.number = static_cast<Int128>((coded >> 1) ^ (~(coded & 1) + 1));
  }
  return value;
}

RC_GTEST_PROP(RowEncoding, WhatIsAppendedCanBeReadBack,
              (std::int64_t number, std::int64_t high, std::string text, std::uint8_t scale)) {
  const Int128 wide =
      static_cast<Int128>(static_cast<UInt128>(static_cast<std::uint64_t>(high)) << 64) + number;
  const int digits = scale % 39;
  RowEncoding row;
  row.append(16, integer_cell(number));
  row.append(17, {CellKind::decimal, digits, wide, 0, {}});
  row.append(18, string_cell(text));
  row.append(2000, timestamp_cell(high));
  std::string_view rest = row.bytes();
  const Decoded first = take(rest), second = take(rest), third = take(rest), fourth = take(rest);
  RC_ASSERT(rest.empty());
  RC_ASSERT(first.id == 16U);
  RC_ASSERT(first.number == number);
  RC_ASSERT(second.scale == digits);
  RC_ASSERT(second.number == wide);
  RC_ASSERT(third.text == text);
  RC_ASSERT(fourth.id == 2000U);
  RC_ASSERT(fourth.number == high);
}

}  // namespace
}  // namespace assay::verify
