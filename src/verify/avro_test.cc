#include "verify/avro.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace assay::verify {
namespace {

// A writer of the few forms that the tests need.
std::string number(std::int64_t value) {
  auto coded = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  std::string bytes;
  for (; coded >= 0x80; coded >>= 7) bytes += static_cast<char>((coded & 0x7f) | 0x80);
  return bytes + static_cast<char>(coded);
}

std::string text(const std::string& value) {
  return number(static_cast<std::int64_t>(value.size())) + value;
}

const std::string kSync(16, 's');

std::string container(const std::string& schema, const std::string& codec, std::int64_t count,
                      const std::string& block) {
  return std::string("Obj\x01", 4) + number(2) + text("avro.schema") + text(schema) +
         text("avro.codec") + text(codec) + number(0) + kSync + number(count) + text(block) + kSync;
}

std::string deflated(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(bytes.size() + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

const std::string kSchema = R"({"type":"record","name":"r","fields":[
  {"name":"path","type":"string","field-id":500},
  {"name":"size","type":["null","long"],"default":null,"field-id":501},
  {"name":"counts","type":["null",{"type":"array","logicalType":"map","items":
     {"type":"record","name":"k1_v2","fields":[{"name":"key","type":"int","field-id":1},{"name":"value","type":"long","field-id":2}]}}],
   "field-id":108},
  {"name":"more","type":["null",{"type":"array","items":"k1_v2"}],"field-id":109}]})";

const std::string kRow = text("file:///x") + number(1) + number(-300) + number(1) + number(-1) +
                         number(2) + number(7) + number(8) + number(0) + number(0);

TEST(Avro, ReadsRecordsByFieldId) {
  const auto file = read_avro(container(kSchema, "null", 1, kRow));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->rows.size(), 1U);
  const AvroValue& row = file->rows[0];
  EXPECT_EQ(row.field(500)->bytes, "file:///x");
  EXPECT_EQ(row.field(501)->integer, -300);
  ASSERT_NE(row.field(108), nullptr);
  EXPECT_EQ(row.field(108)->items[0].field(2)->integer, 8);
  EXPECT_EQ(row.field(109), nullptr);
  EXPECT_EQ(row.field(777), nullptr);
  EXPECT_EQ(file->metadata.at("avro.codec"), "null");
}

TEST(Avro, ReadsDeflateBlocks) {
  const auto file = read_avro(container(kSchema, "deflate", 2, deflated(kRow + kRow)));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->rows.size(), 2U);
}

TEST(Avro, EveryCutIsAnErrorAndNoneACrash) {
  const std::string whole = container(kSchema, "deflate", 2, deflated(kRow + kRow));
  const std::size_t header = whole.find(kSync) + kSync.size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto file = read_avro(std::string_view(whole).substr(0, size));
    EXPECT_EQ(file.has_value(), size == header) << size;  // a header alone is a file without rows
  }
}

TEST(Avro, EveryFlippedBitOfTheHeaderOrBlockIsReadOrRefused) {
  const std::string whole = container(kSchema, "null", 1, kRow);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    const auto file = read_avro(flipped);
    if (!file) {
      EXPECT_EQ(file.error().code, Code::lake_format);
    }
  }
}

}  // namespace
}  // namespace assay::verify
