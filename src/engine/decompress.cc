#include "engine/decompress.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay::engine {
namespace {

constexpr std::size_t kChunk = std::size_t{256} << 10;

/// Compressed bytes of a file, with the first ones looked at before they are given out.
class Peeked {
 public:
  static Result<Peeked> open(std::unique_ptr<io::Reader> reader, const std::string& path) {
    Peeked peeked(std::move(reader), path);
    ASSAY_TRY_VOID(peeked.fill());
    return peeked;
  }

  std::string_view unread() const {
    return std::string_view(chunk_).substr(position_, size_ - position_);
  }
  void consume(std::size_t count) { position_ += count; }
  const std::string& path() const { return path_; }

  /// Reads the next chunk once this one is consumed; leaves `unread` empty at the end.
  Status fill() {
    if (position_ < size_) return {};
    position_ = 0;
    ASSAY_TRY(size_, reader_->read(chunk_.data(), chunk_.size()));
    return {};
  }

 private:
  Peeked(std::unique_ptr<io::Reader> reader, std::string path)
      : reader_(std::move(reader)), path_(std::move(path)), chunk_(kChunk, '\0') {}
  std::unique_ptr<io::Reader> reader_;
  std::string path_;
  std::string chunk_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;
};

Error damaged(const std::string& path, std::string_view what) {
  return make_error(
      Code::source_compressed, fmt::format("input \"{}\": {}", path, what),
      "Check the file with gzip -t or zstd -t and transfer it again; nothing of it was committed.");
}

class PlainReader final : public io::Reader {
 public:
  explicit PlainReader(Peeked input) : input_(std::move(input)) {}
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    ASSAY_TRY_VOID(input_.fill());
    const std::size_t count = std::min(capacity, input_.unread().size());
    std::memcpy(buffer, input_.unread().data(), count);
    input_.consume(count);
    return count;
  }

 private:
  Peeked input_;
};

class GzipReader final : public io::Reader {
 public:
  explicit GzipReader(Peeked input) : input_(std::move(input)) { inflateInit2(&stream_, 15 + 32); }
  ~GzipReader() override { inflateEnd(&stream_); }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(capacity);
    while (stream_.avail_out == capacity) {
      ASSAY_TRY_VOID(input_.fill());
      const std::string_view unread = input_.unread();
      if (unread.empty()) {
        if (in_member_) return damaged(input_.path(), "the gzip stream ends too early");
        return std::size_t{0};
      }
      ASSAY_TRY_VOID(inflate_some(unread));
    }
    return capacity - stream_.avail_out;
  }

 private:
  Status inflate_some(std::string_view unread) {
    if (!in_member_) inflateReset(&stream_);
    in_member_ = true;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(unread.data()));
    stream_.avail_in = static_cast<uInt>(unread.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    input_.consume(unread.size() - stream_.avail_in);
    if (code == Z_STREAM_END)
      in_member_ = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
      return damaged(input_.path(), "the gzip stream is damaged");
    return {};
  }

  Peeked input_;
  z_stream stream_{};
  bool in_member_ = false;
};

class ZstdReader final : public io::Reader {
 public:
  explicit ZstdReader(Peeked input) : input_(std::move(input)), context_(ZSTD_createDCtx()) {}
  ~ZstdReader() override { ZSTD_freeDCtx(context_); }
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    ZSTD_outBuffer out{buffer, capacity, 0};
    while (out.pos == 0) {
      ASSAY_TRY_VOID(input_.fill());
      const std::string_view unread = input_.unread();
      if (unread.empty() && !pending_) return std::size_t{0};
      ZSTD_inBuffer in{unread.data(), unread.size(), 0};
      const std::size_t code = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(code) != 0) return damaged(input_.path(), "the zstd stream is damaged");
      input_.consume(in.pos);
      pending_ = code != 0;
      if (unread.empty() && out.pos == 0 && pending_) {
        return damaged(input_.path(), "the zstd stream ends too early");
      }
    }
    return out.pos;
  }

 private:
  Peeked input_;
  ZSTD_DCtx* context_;
  bool pending_ = false;  // inside a frame
};

std::unique_ptr<io::Reader> plain_reader(Peeked input) {
  const std::string_view head = input.unread();
  if (head.starts_with("\x1f\x8b")) return std::make_unique<GzipReader>(std::move(input));
  if (head.starts_with("\x28\xb5\x2f\xfd")) return std::make_unique<ZstdReader>(std::move(input));
  return std::make_unique<PlainReader>(std::move(input));
}

}  // namespace

Result<std::unique_ptr<io::Reader>> decompressed(std::unique_ptr<io::Reader> reader,
                                                 const std::string& name) {
  ASSAY_TRY(auto opened, Peeked::open(std::move(reader), name));
  return plain_reader(std::move(opened));
}

Result<std::unique_ptr<io::Reader>> open_decompressed(io::FileSystem& files,
                                                      const std::string& path) {
  auto file = files.open(path);
  auto opened = file ? Peeked::open(*std::move(file), path)
                     : Result<Peeked>(unexpected(std::move(file).error()));
  if (!opened) {
    return make_error(Code::source_unreadable, fmt::format("input \"{}\" cannot be read", path),
                      "Check the path and the permissions.", opened.error().message);
  }
  return plain_reader(*std::move(opened));
}

}  // namespace assay::engine
