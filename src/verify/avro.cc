#include "verify/avro.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <bit>
#include <nlohmann/json.hpp>

namespace assay::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kBlockSizeMax = std::size_t{1} << 30;
constexpr int kSchemaDepthMax = 64;

Error malformed(std::size_t position, std::string_view what) {
  return make_error(Code::lake_format,
                    fmt::format("malformed Avro at byte {}: {}", position, what));
}

/// Reads the primitive forms from the front of some bytes.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}
  std::size_t position() const { return position_; }
  bool at_end() const { return position_ == bytes_.size(); }

  Result<std::int64_t> integer() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_end()) return malformed(position_, "the file ends inside of a number");
      const auto byte = static_cast<std::uint8_t>(bytes_[position_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
    }
    return malformed(position_, "a number has more than ten bytes");
  }

  Result<std::string_view> take(std::int64_t size) {
    if (size < 0 || static_cast<std::uint64_t>(size) > bytes_.size() - position_) {
      return malformed(position_, fmt::format("{} bytes do not follow", size));
    }
    const auto taken = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += taken.size();
    return taken;
  }

  Result<std::string_view> text() {
    ASSAY_TRY(const std::int64_t size, integer());
    return take(size);
  }

 private:
  std::string_view bytes_;
  std::size_t position_ = 0;
};

/// Decodes values by a schema in JSON. Named types may be used again by name.
class Decoder {
 public:
  Result<AvroValue> value(const json& schema, Input& input, int depth = 0) {
    if (depth > kSchemaDepthMax)
      return malformed(input.position(), "the schema is nested too deep");
    if (schema.is_array()) return in_union(schema, input, depth);
    if (schema.is_string()) return named_or_primitive(schema.get<std::string>(), input, depth);
    const std::string type = text_of(schema, "type");
    if (type == "record") return record(schema, input, depth);
    if (type == "array") return blocks(schema.at("items"), false, input, depth);
    if (type == "map") return blocks(schema.at("values"), true, input, depth);
    if (type == "fixed") return fixed(schema, input);
    if (schema.contains("type") && !schema.at("type").is_string()) {
      return value(schema.at("type"), input, depth + 1);
    }
    return named_or_primitive(type, input, depth);
  }

 private:
  static std::string text_of(const json& schema, const char* key) {
    return schema.contains(key) && schema.at(key).is_string() ? schema.at(key).get<std::string>()
                                                              : std::string();
  }

  Result<AvroValue> in_union(const json& branches, Input& input, int depth) {
    ASSAY_TRY(const std::int64_t branch, input.integer());
    if (branch < 0 || static_cast<std::size_t>(branch) >= branches.size()) {
      return malformed(input.position(), "a union has no such branch");
    }
    return value(branches.at(static_cast<std::size_t>(branch)), input, depth + 1);
  }

  Result<AvroValue> named_or_primitive(const std::string& type, Input& input, int depth) {
    AvroValue out;
    if (type == "null") return out;
    if (type == "int" || type == "long") {
      out.kind = AvroValue::Kind::integer;
      ASSAY_TRY(out.integer, input.integer());
    } else if (type == "string" || type == "bytes") {
      out.kind = AvroValue::Kind::bytes;
      ASSAY_TRY(out.bytes, input.text());
    } else if (type == "boolean") {
      out.kind = AvroValue::Kind::boolean;
      ASSAY_TRY(const std::string_view byte, input.take(1));
      out.integer = byte.front();
    } else if (type == "float" || type == "double") {
      return real(type == "float" ? 4 : 8, input);
    } else if (const auto known = named_.find(type); known != named_.end()) {
      return value(known->second, input, depth + 1);
    } else {
      return malformed(input.position(),
                       "the schema names a type that it does not define: " + type);
    }
    return out;
  }

  static Result<AvroValue> real(std::int64_t size, Input& input) {
    ASSAY_TRY(const std::string_view bytes, input.take(size));
    std::uint64_t bits = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
      bits = bits << 8 | static_cast<std::uint8_t>(bytes[i]);
    AvroValue out;
    out.kind = AvroValue::Kind::real;
    out.real = size == 4
                   ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                   : std::bit_cast<double>(bits);
    return out;
  }

  Result<AvroValue> fixed(const json& schema, Input& input) {
    named_.emplace(text_of(schema, "name"), schema);
    AvroValue out;
    out.kind = AvroValue::Kind::bytes;
    ASSAY_TRY(out.bytes, input.take(schema.value("size", std::int64_t{-1})));
    return out;
  }

  Result<AvroValue> record(const json& schema, Input& input, int depth) {
    named_.emplace(text_of(schema, "name"), schema);
    AvroValue out;
    out.kind = AvroValue::Kind::record;
    for (const json& field : schema.at("fields")) {
      ASSAY_TRY(AvroValue item, value(field.at("type"), input, depth + 1));
      out.items.push_back(std::move(item));
      out.field_ids.push_back(field.value("field-id", -1));
      out.field_names.push_back(field.value("name", std::string()));
    }
    return out;
  }

  // Arrays and maps are blocks of counted items, ended by a count of 0; a negative count is
  // followed by the block's size in bytes.
  Result<AvroValue> blocks(const json& items, bool keyed, Input& input, int depth) {
    AvroValue out;
    out.kind = AvroValue::Kind::list;
    for (;;) {
      ASSAY_TRY(std::int64_t count, input.integer());
      if (count == 0) return out;
      if (count < 0) {
        ASSAY_TRY([[maybe_unused]] const std::int64_t size, input.integer());
        count = -count;
      }
      for (std::int64_t i = 0; i < count; ++i) {
        if (keyed) {
          ASSAY_TRY(const std::string_view key, input.text());
          out.keys.emplace_back(key);
        }
        ASSAY_TRY(AvroValue item, value(items, input, depth + 1));
        out.items.push_back(std::move(item));
      }
    }
  }

  std::map<std::string, json> named_;
};

Result<std::string> inflate_raw(std::string_view bytes, std::size_t position) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return malformed(position, "zlib did not start");
  std::string out;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  int state = Z_OK;
  while (state == Z_OK && out.size() < kBlockSizeMax) {
    char buffer[16384];
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) return malformed(position, "a deflate block is damaged");
  return out;
}

Result<std::string> expand_zstd(std::string_view bytes, std::size_t position) {
  const auto size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kBlockSizeMax) {
    return malformed(position, "a zstandard block does not say its size");
  }
  std::string out(size, '\0');
  const auto got = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(got) != 0 || got != out.size())
    return malformed(position, "a zstandard block is damaged");
  return out;
}

Result<std::string> expand(const std::string& codec, std::string_view bytes, std::size_t position) {
  if (codec.empty() || codec == "null") return std::string(bytes);
  if (codec == "deflate") return inflate_raw(bytes, position);
  if (codec == "zstandard") return expand_zstd(bytes, position);
  return malformed(position, "codec " + codec + " is not known");
}

Result<std::map<std::string, std::string>> read_header(Input& input) {
  ASSAY_TRY(const std::string_view magic, input.take(4));
  if (magic != std::string_view("Obj\x01", 4))
    return malformed(0, "this is no Avro container file");
  Decoder decoder;
  ASSAY_TRY(const AvroValue map, decoder.value(json{{"type", "map"}, {"values", "bytes"}}, input));
  std::map<std::string, std::string> metadata;
  for (std::size_t i = 0; i < map.keys.size(); ++i) metadata[map.keys[i]] = map.items[i].bytes;
  return metadata;
}

Status read_blocks(Input& input, const json& schema, AvroFile& file) {
  ASSAY_TRY(const std::string_view sync, input.take(16));
  Decoder decoder;
  while (!input.at_end()) {
    const std::size_t position = input.position();
    ASSAY_TRY(const std::int64_t count, input.integer());
    ASSAY_TRY(const std::string_view stored, input.text());
    ASSAY_TRY(const std::string block, expand(file.metadata["avro.codec"], stored, position));
    Input rows(block);
    for (std::int64_t i = 0; i < count; ++i) {
      ASSAY_TRY(AvroValue row, decoder.value(schema, rows));
      file.rows.push_back(std::move(row));
    }
    if (!rows.at_end()) return malformed(position, "a block has bytes behind its last row");
    ASSAY_TRY(const std::string_view mark, input.take(16));
    if (mark != sync) return malformed(position, "a block does not end with the sync mark");
  }
  return {};
}

}  // namespace

const AvroValue* AvroValue::field(int field_id) const {
  for (std::size_t i = 0; i < field_ids.size(); ++i) {
    if (field_ids[i] == field_id) return items[i].is_null() ? nullptr : &items[i];
  }
  return nullptr;
}

Result<AvroFile> read_avro(std::string_view bytes) {
  Input input(bytes);
  AvroFile file;
  ASSAY_TRY(file.metadata, read_header(input));
  const json schema = json::parse(file.metadata["avro.schema"], nullptr, false);
  if (schema.is_discarded()) return malformed(4, "avro.schema is not JSON");
  try {
    ASSAY_TRY_VOID(read_blocks(input, schema, file));
  } catch (const json::exception& failure) {
    return malformed(input.position(), std::string("avro.schema lacks a part: ") + failure.what());
  }
  return file;
}

}  // namespace assay::verify
