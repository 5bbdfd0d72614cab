#include "engine/input.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "engine/decompress.h"

namespace assay::engine {
namespace {

const Destination kDestination{.source = "files", .tenant = "acme", .application = "shop"};

class InputTest : public ::testing::Test {
 protected:
  void put(const std::string& path, std::string_view bytes) {
    ASSERT_TRUE(files_->remove(path));
    ASSERT_TRUE(files_->create(path, bytes));
  }
  control::SourceFile taken(const std::string& path, std::string_view content) const {
    return {.source = "files",
            .source_id = to_hex(sha256(content)),
            .tenant_id = "acme",
            .application = "shop",
            .path = path,
            .length = static_cast<std::int64_t>(content.size()),
            .prefix_sha256 = to_hex(sha256(content)),
            .stored_size = 0,
            .modified = 0};
  }
  std::unique_ptr<io::FileSystem> files_ = io::memory_file_system();
};

std::string gzipped(std::string text) {
  std::string out(text.size() + 100, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstded(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

TEST_F(InputTest, KnowsFreshGrownUnchangedRenamedAndOverwritten) {
  const std::vector known{taken("/a", "one\n")};
  put("/a", "one\n");
  EXPECT_EQ(identify(*files_, "/a", kDestination, {})->news, Input::News::fresh);
  EXPECT_EQ(identify(*files_, "/a", kDestination, known)->news, Input::News::unchanged);
  put("/a", "one\ntwo\n");
  const auto grown = identify(*files_, "/a", kDestination, known);
  EXPECT_EQ(grown->news, Input::News::grown);
  EXPECT_EQ(grown->begin, 4);
  EXPECT_EQ(grown->source_id, known[0].source_id);
  put("/renamed", "one\n");
  const auto renamed = identify(*files_, "/renamed", kDestination, known);
  EXPECT_EQ(renamed->news, Input::News::unchanged);
  EXPECT_EQ(renamed->first_path, "/a");
  put("/a", "ONE\ntwo\n");
  EXPECT_EQ(identify(*files_, "/a", kDestination, known).error().code, Code::source_overwritten);
}

TEST_F(InputTest, OnlyOneFileGoesOnWithASource) {
  const std::string id = to_hex(sha256("one\n"));
  auto grown = taken("/b", "one\ntwo\n");
  grown.source_id = id;
  const std::vector known{taken("/a", "one\n"), grown};
  put("/c", "one\nthree\n");
  const auto fork = identify(*files_, "/c", kDestination, known);
  EXPECT_EQ(fork->news, Input::News::fresh);
  EXPECT_NE(fork->source_id, id);
  put("/a", "one\n");
  EXPECT_EQ(identify(*files_, "/a", kDestination, known)->news, Input::News::unchanged);
}

TEST_F(InputTest, TheIdentityIsThatOfTheDecompressedContent) {
  put("/plain", "one\ntwo\n");
  put("/gzip", gzipped("one\n") + gzipped("two\n"));
  put("/zstd", zstded("one\n") + zstded("two\n"));
  const auto plain = identify(*files_, "/plain", kDestination, {});
  for (const char* path : {"/gzip", "/zstd"}) {
    const auto other = identify(*files_, path, kDestination, {});
    ASSERT_TRUE(other.has_value()) << path;
    EXPECT_EQ(other->source_id, plain->source_id);
    EXPECT_EQ(other->size, 8);
  }
}

TEST_F(InputTest, ADamagedStreamIsAClearError) {
  std::string bytes = gzipped(std::string(1000, 'x'));
  put("/cut.gz", bytes.substr(0, bytes.size() - 12));
  EXPECT_EQ(identify(*files_, "/cut.gz", kDestination, {}).error().code, Code::source_compressed);
  bytes = zstded(std::string(1000, 'x'));
  put("/cut.zst", bytes.substr(0, bytes.size() - 3));
  EXPECT_EQ(identify(*files_, "/cut.zst", kDestination, {}).error().code, Code::source_compressed);
  EXPECT_EQ(identify(*files_, "/none", kDestination, {}).error().code, Code::source_unreadable);
}

}  // namespace
}  // namespace assay::engine
