#include "lake/avro.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "base/assert.h"
#include "base/hash.h"
#include "lake/avro_compression.h"

namespace assay::lake::avro {

namespace {

constexpr std::string_view kMagic("Obj\1", 4);
constexpr std::size_t kSyncBytes = 16;
constexpr std::size_t kBlockBytes = 64 << 10;  ///< uncompressed bytes after which a block ends
constexpr std::size_t kBlockBytesMax = std::size_t{64}
                                       << 20;  ///< uncompressed bytes of a block that is read
constexpr std::uint64_t kValuesMax = std::uint64_t{1} << 20;  ///< values in one row that is read
constexpr std::size_t kDepthMax = 64;

Error malformed(std::string_view what) {
  return make_error(Code::lake_format, "an Avro file is malformed", {},
                    fmt::format("It {}.", what));
}

/// Reads Avro's binary encoding. After a fault `failed()` stays true and all values are 0 or empty.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  bool failed() const { return failed_; }
  void begin_row() { values_left_ = kValuesMax; }
  bool at_end() const { return rest_.empty(); }

  std::int64_t integer() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto part = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
      if ((part & 0x80) == 0)
        return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
    }
    fail();
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
  std::string_view bytes() {
    const std::int64_t size = integer();
    if (size < 0) fail();
    return take(static_cast<std::uint64_t>(size));
  }
  /// The number of items of the next block of an array or a map; 0 ends it.
  std::int64_t block() {
    const std::int64_t count = integer();
    if (count < 0)
      integer();  // a negative count is followed by the block's size, for those who skip
    const std::uint64_t size =
        count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    if (size > rest_.size()) fail();  // an item takes at least a byte in all of Iceberg's schemas
    return failed_ ? 0 : static_cast<std::int64_t>(size);
  }
  void fail() {
    failed_ = true;
    rest_ = {};
  }
  /// False when the row has more values than any real one: some values take no bytes.
  bool spend() {
    if (values_left_ == 0)
      fail();
    else
      --values_left_;
    return !failed_;
  }

 private:
  std::string_view rest_;
  std::uint64_t values_left_ = kValuesMax;
  bool failed_ = false;
};

Value decode(const Schema& schema, Input& in, std::size_t depth);

Value decode_record(const Schema& schema, Input& in, std::size_t depth) {
  Record record;
  record.reserve(schema.fields.size());
  for (const Field& field : schema.fields) {
    Value value = decode(*field.type, in, depth + 1);
    if (field.id >= 0) record.emplace_back(field.id, std::move(value));
  }
  return record;
}

Value decode_array(const Schema& schema, Input& in, std::size_t depth) {
  Items items;
  for (std::int64_t count = in.block(); count > 0 && !in.failed(); count = in.block()) {
    for (; count > 0 && !in.failed(); --count)
      items.push_back(decode(*schema.branches[0], in, depth + 1));
  }
  return items;
}

void skip_map(const Schema& schema, Input& in, std::size_t depth) {
  for (std::int64_t count = in.block(); count > 0 && !in.failed(); count = in.block()) {
    for (; count > 0 && !in.failed(); --count) {
      in.bytes();
      decode(*schema.branches[0], in, depth + 1);
    }
  }
}

double decode_float(Input& in, Kind kind) {
  const std::size_t size = kind == Kind::float32 ? 4 : 8;
  const std::string_view bytes = in.take(size);
  std::uint64_t bits = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    bits = bits << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
  if (kind == Kind::float64) return std::bit_cast<double>(bits);
  return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
}

Value decode(const Schema& schema, Input& in, std::size_t depth) {
  if (depth > kDepthMax) in.fail();
  if (!in.spend()) return {};
  switch (schema.kind) {
    case Kind::null: return {};
    case Kind::boolean: return in.take(1) == std::string_view("\1", 1);
    case Kind::int32:
    case Kind::int64: return in.integer();
    case Kind::float32:
    case Kind::float64: return decode_float(in, schema.kind);
    case Kind::bytes:
    case Kind::string: return std::string(in.bytes());
    case Kind::fixed: return std::string(in.take(schema.fixed_size));
    case Kind::enumeration: in.integer(); return {};
    case Kind::array: return decode_array(schema, in, depth);
    case Kind::map: skip_map(schema, in, depth); return {};
    case Kind::record: return decode_record(schema, in, depth);
    case Kind::choice: {
      const std::int64_t branch = in.integer();
      if (branch < 0 || static_cast<std::size_t>(branch) >= schema.branches.size()) {
        in.fail();
        return {};
      }
      return decode(*schema.branches[static_cast<std::size_t>(branch)], in, depth + 1);
    }
  }
  return {};
}

Result<std::string> decompress(const std::string& codec, std::string_view bytes) {
  if (codec == "deflate") return inflate_raw(bytes, kBlockBytesMax);
  return decompress_zstandard(bytes, kBlockBytesMax);
}

Result<Header> read_header(Input& in) {
  Header header;
  if (in.take(kMagic.size()) != kMagic) return malformed("does not begin with \"Obj\" and 1");
  for (std::int64_t count = in.block(); count > 0 && !in.failed(); count = in.block()) {
    for (; count > 0 && !in.failed(); --count) {
      std::string key(in.bytes());
      header.metadata[std::move(key)] = in.bytes();
    }
  }
  if (in.failed()) return malformed("ends inside its header");
  ASSAY_TRY(header.schema, parse_schema(header.metadata["avro.schema"]));
  const std::string& codec = header.metadata["avro.codec"];
  if (codec.empty() || codec == "null" || codec == "deflate" || codec == "zstandard") return header;
  return make_error(Code::lake_unsupported,
                    fmt::format("the codec \"{}\" of an Avro file is not supported", codec));
}

Status read_rows(std::string_view block, std::int64_t count, const Schema& schema,
                 const std::function<Status(const Value&)>& on_row) {
  if (static_cast<std::uint64_t>(count) > block.size())
    return malformed("has a block with more rows than bytes");
  Input in(block);
  for (; count > 0 && !in.failed(); --count) {
    in.begin_row();
    const Value row = decode(schema, in, 0);
    if (!in.failed()) ASSAY_TRY_VOID(on_row(row));
  }
  if (in.failed())
    return malformed("has a block that ends early or a row with more than it may have");
  if (!in.at_end()) return malformed("has bytes left at the end of a block");
  return {};
}

}  // namespace

const Value& field(const Record& record, int id) {
  static const Value kNull;
  for (const auto& [field_id, value] : record) {
    if (field_id == id) return value;
  }
  return kNull;
}

Result<Header> read(std::string_view bytes, const std::function<Status(const Value&)>& on_row) {
  Input in(bytes);
  ASSAY_TRY(Header header, read_header(in));
  const std::string codec = header.metadata["avro.codec"];
  const std::string_view sync = in.take(kSyncBytes);
  while (!in.at_end() && !in.failed()) {
    const std::int64_t count = in.integer();
    const std::string_view block = in.bytes();
    if (in.take(kSyncBytes) != sync || in.failed() || count < 0) {
      return malformed("has a block without its sync mark");
    }
    if (codec.empty() || codec == "null") {
      ASSAY_TRY_VOID(read_rows(block, count, *header.schema, on_row));
    } else {
      ASSAY_TRY(const std::string plain, decompress(codec, block));
      ASSAY_TRY_VOID(read_rows(plain, count, *header.schema, on_row));
    }
  }
  if (in.failed()) return malformed("ends before its sync mark");
  return header;
}

namespace {

void put_integer(std::string& out, std::int64_t value) {
  auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<char>(bits | 0x80));
  out.push_back(static_cast<char>(bits));
}

void put_bytes(std::string& out, std::string_view bytes) {
  put_integer(out, static_cast<std::int64_t>(bytes.size()));
  out += bytes;
}

void encode(const Schema& schema, const Value& value, std::string& out);

void encode_array(const Schema& schema, const Value& value, std::string& out) {
  const Items* items = value.items();
  ASSAY_ASSERT(items != nullptr);
  if (!items->empty()) {
    put_integer(out, static_cast<std::int64_t>(items->size()));
    for (const Value& item : *items) encode(*schema.branches[0], item, out);
  }
  put_integer(out, 0);
}

void encode_float(const Schema& schema, double value, std::string& out) {
  if (schema.kind == Kind::float64) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(bits >> (8 * i)));
  } else {
    const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(bits >> (8 * i)));
  }
}

/// Unions here are those of optional values: null and one type, in either order.
void encode_choice(const Schema& schema, const Value& value, std::string& out) {
  for (std::size_t i = 0; i < schema.branches.size(); ++i) {
    if ((schema.branches[i]->kind == Kind::null) != value.is_null()) continue;
    put_integer(out, static_cast<std::int64_t>(i));
    return encode(*schema.branches[i], value, out);
  }
  ASSAY_ASSERT(false && "the union has no branch for the value");
}

void encode(const Schema& schema, const Value& value, std::string& out) {
  switch (schema.kind) {
    case Kind::null: ASSAY_ASSERT(value.is_null()); return;
    case Kind::boolean:
      ASSAY_ASSERT(value.flag().has_value());
      return out.push_back(*value.flag() ? '\1' : '\0');
    case Kind::int32:
    case Kind::int64:
      ASSAY_ASSERT(value.integer() != nullptr);
      return put_integer(out, *value.integer());
    case Kind::float32:
    case Kind::float64:
      ASSAY_ASSERT(value.real() != nullptr);
      return encode_float(schema, *value.real(), out);
    case Kind::bytes:
    case Kind::string: ASSAY_ASSERT(value.text() != nullptr); return put_bytes(out, *value.text());
    case Kind::fixed:
      ASSAY_ASSERT(value.text() != nullptr && value.text()->size() == schema.fixed_size);
      out += *value.text();
      return;
    case Kind::array: return encode_array(schema, value, out);
    case Kind::record:
      ASSAY_ASSERT(value.record() != nullptr);
      for (const Field& member : schema.fields)
        encode(*member.type, field(*value.record(), member.id), out);
      return;
    case Kind::choice: return encode_choice(schema, value, out);
    case Kind::enumeration:
    case Kind::map: break;
  }
  ASSAY_ASSERT(false && "the kind of type is not written");
}

void put_header(std::string& out, const WriteOptions& options, std::string_view sync) {
  std::map<std::string, std::string> metadata = options.metadata;
  metadata["avro.schema"] = options.schema_json;
  metadata["avro.codec"] = options.codec == Codec::deflate ? "deflate" : "null";
  out += kMagic;
  put_integer(out, static_cast<std::int64_t>(metadata.size()));
  for (const auto& [key, value] : metadata) {
    put_bytes(out, key);
    put_bytes(out, value);
  }
  put_integer(out, 0);
  out += sync;
}

void put_block(std::string& out, std::int64_t count, std::string_view plain, Codec codec,
               std::string_view sync) {
  put_integer(out, count);
  if (codec == Codec::deflate)
    put_bytes(out, deflate_raw(plain));
  else
    put_bytes(out, plain);
  out += sync;
}

}  // namespace

Result<std::string> write(const WriteOptions& options, const Items& rows) {
  ASSAY_ASSERT(options.codec != Codec::zstandard);
  ASSAY_TRY(const SchemaPointer schema, parse_schema(options.schema_json));
  std::string identity = options.schema_json;
  for (const auto& [key, value] : options.metadata) identity += '\n' + key + '=' + value;
  const auto sync_bytes =
      xxh3_128(identity).to_bytes();  // computed, not drawn: equal input, equal bytes
  const std::string_view sync(reinterpret_cast<const char*>(sync_bytes.data()), sync_bytes.size());
  static_assert(sizeof sync_bytes == kSyncBytes);
  std::string out;
  put_header(out, options, sync);
  std::string block;
  std::int64_t count = 0;
  for (const Value& row : rows) {
    encode(*schema, row, block);
    ++count;
    if (block.size() < kBlockBytes) continue;
    put_block(out, count, block, options.codec, sync);
    block.clear();
    count = 0;
  }
  if (count > 0) put_block(out, count, block, options.codec, sync);
  return out;
}

}  // namespace assay::lake::avro
