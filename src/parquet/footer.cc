#include "parquet/footer.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace assay::parquet {

namespace {

constexpr std::uint64_t kTailBytes = 64 << 10;  ///< read first; covers almost every footer
constexpr std::uint64_t kTrailerBytes = 8;      ///< length and "PAR1"
constexpr int kDepthMax = 16;                   ///< the structures of a footer nest six deep

enum class Wire : std::uint8_t {
  stop = 0,
  yes = 1,
  no = 2,
  byte = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  real = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  structure = 12
};

/// Reads Thrift's compact protocol. After a fault `failed()` stays true and all values are 0 or
/// empty.
class Compact {
 public:
  explicit Compact(std::string_view bytes) : rest_(bytes) {}
  bool failed() const { return failed_; }

  std::uint8_t byte() {
    if (rest_.empty()) return fail();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
      if ((part & 0x80) == 0) return value;
    }
    return fail();
  }
  std::int64_t integer() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string_view binary() { return take(varint()); }

  /// Calls on_field(id, wire type) for each field; it returns false to have the field skipped.
  template <typename OnField>
  void structure(const OnField& on_field) {
    std::int64_t id = 0;
    while (!failed_) {
      const std::uint8_t header = byte();
      const auto type = static_cast<Wire>(header & 0x0f);
      if (type == Wire::stop) return;
      id = (header >> 4) != 0 ? id + (header >> 4) : integer();
      if (!on_field(id, type)) skip(type, 0);
    }
  }
  /// Calls on_item() for each item of a list.
  template <typename OnItem>
  void list(const OnItem& on_item) {
    for (std::uint64_t left = list_header().first; left > 0 && !failed_; --left) on_item();
  }

 private:
  std::uint8_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::pair<std::uint64_t, Wire> list_header() {
    const std::uint8_t header = byte();
    const std::uint64_t size = (header >> 4) == 15 ? varint() : header >> 4;
    if (size > rest_.size()) fail();  // an item takes at least a byte
    return {failed_ ? 0 : size, static_cast<Wire>(header & 0x0f)};
  }
  void skip_items(std::uint64_t count, Wire type, int depth) {
    for (; count > 0 && !failed_; --count) {
      if (type == Wire::yes || type == Wire::no)
        byte();
      else
        skip(type, depth);
    }
  }
  void skip(Wire type, int depth) {
    if (depth > kDepthMax) return void(fail());
    switch (type) {
      case Wire::yes:
      case Wire::no: return;
      case Wire::byte: return void(byte());
      case Wire::i16:
      case Wire::i32:
      case Wire::i64: return void(varint());
      case Wire::real: return void(take(8));
      case Wire::binary: return void(binary());
      case Wire::list:
      case Wire::set: {
        const auto [count, item] = list_header();
        return skip_items(count, item, depth + 1);
      }
      case Wire::map: {
        const std::uint64_t count = varint();
        if (count == 0) return;
        const std::uint8_t types = byte();
        for (std::uint64_t left = count; left > 0 && !failed_; --left) {
          skip_items(1, static_cast<Wire>(types >> 4), depth + 1);
          skip_items(1, static_cast<Wire>(types & 0x0f), depth + 1);
        }
        return;
      }
      case Wire::structure:
        while (!failed_) {
          const std::uint8_t header = byte();
          if (static_cast<Wire>(header & 0x0f) == Wire::stop) return;
          if ((header >> 4) == 0) integer();
          skip(static_cast<Wire>(header & 0x0f), depth + 1);
        }
        return;
      case Wire::stop: break;
    }
    fail();
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// Field numbers below are those of parquet.thrift (apache/parquet-format).

struct SchemaElement {
  Footer::Column column;
  bool group = false;
};

SchemaElement read_schema_element(Compact& in) {
  SchemaElement element;
  in.structure([&](std::int64_t id, Wire type) {
    if (id == 4 && type == Wire::binary)
      element.column.name = in.binary();
    else if (id == 5 && type == Wire::i32)
      element.group = in.integer() > 0;
    else if (id == 9 && type == Wire::i32)
      element.column.field_id = static_cast<int>(in.integer());
    else
      return false;
    return true;
  });
  return element;
}

struct ColumnChunk {
  std::int64_t size_bytes = 0;
  std::int64_t data_offset = 0;
  std::int64_t dictionary_offset = 0;  ///< 0 where there is no dictionary
};

ColumnChunk read_column_chunk(Compact& in) {
  ColumnChunk chunk;
  const auto on_metadata = [&](std::int64_t id, Wire type) {
    if (type != Wire::i64) return false;
    if (id == 7)
      chunk.size_bytes = in.integer();
    else if (id == 9)
      chunk.data_offset = in.integer();
    else if (id == 11)
      chunk.dictionary_offset = in.integer();
    else
      return false;
    return true;
  };
  in.structure([&](std::int64_t id, Wire type) {
    if (id != 3 || type != Wire::structure) return false;
    in.structure(on_metadata);
    return true;
  });
  return chunk;
}

void read_row_group(Compact& in, Footer& footer) {
  std::size_t index = 0;
  in.structure([&](std::int64_t id, Wire type) {
    if (id != 1 || type != Wire::list) return false;
    in.list([&] {
      const ColumnChunk chunk = read_column_chunk(in);
      if (index == 0) {
        footer.split_offsets.push_back(chunk.dictionary_offset > 0
                                           ? std::min(chunk.dictionary_offset, chunk.data_offset)
                                           : chunk.data_offset);
      }
      if (index < footer.columns.size()) footer.columns[index].size_bytes += chunk.size_bytes;
      ++index;
    });
    return true;
  });
}

Error malformed(std::string detail) {
  return make_error(Code::parquet_read, "the footer is malformed", {}, std::move(detail));
}

}  // namespace

Result<Footer> parse_footer(std::string_view bytes) {
  Footer footer;
  Compact in(bytes);
  int groups = 0;
  in.structure([&](std::int64_t id, Wire type) {
    if (id == 2 && type == Wire::list) {
      in.list([&] {
        SchemaElement element = read_schema_element(in);
        if (element.group)
          ++groups;
        else
          footer.columns.push_back(std::move(element.column));
      });
    } else if (id == 3 && type == Wire::i64) {
      footer.rows = in.integer();
    } else if (id == 4 && type == Wire::list) {
      in.list([&] { read_row_group(in, footer); });
    } else {
      return false;
    }
    return true;
  });
  if (in.failed())
    return malformed("The Thrift structure ends early or holds a type that does not exist.");
  if (groups > 1) return malformed("It has nested columns; Assay's tables have none.");
  if (footer.columns.empty()) return malformed("It has no columns.");
  std::sort(footer.split_offsets.begin(), footer.split_offsets.end());
  return footer;
}

Result<Footer> read_footer(io::FileSystem& files, const std::string& path) {
  ASSAY_TRY(const std::uint64_t size, files.size(path));
  const auto within = [&path](Error error) {
    return std::move(error).with_context(fmt::format("while reading \"{}\"", path));
  };
  const std::uint64_t tail_size = std::min(size, kTailBytes);
  ASSAY_TRY(std::string tail, files.read_range(path, size - tail_size, tail_size));
  if (tail.size() < kTrailerBytes || !tail.ends_with("PAR1")) {
    return within(malformed("The file does not end with PAR1."));
  }
  std::uint64_t footer_size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    footer_size |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(tail[tail.size() - 8 + i]))
                   << (8 * i);
  }
  if (footer_size + kTrailerBytes > size)
    return within(malformed("It says to be longer than its file."));
  if (footer_size + kTrailerBytes > tail.size()) {
    const std::uint64_t whole = footer_size + kTrailerBytes;
    ASSAY_TRY(tail, files.read_range(path, size - whole, whole));
    if (tail.size() != whole) return within(malformed("The file changed while it was read."));
  }
  auto footer = parse_footer(
      std::string_view(tail).substr(tail.size() - kTrailerBytes - footer_size, footer_size));
  if (!footer) return within(std::move(footer).error());
  footer->file_size_bytes = static_cast<std::int64_t>(size);
  return footer;
}

}  // namespace assay::parquet
