#include "decode/avro_value.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cstring>
#include <limits>

#include "decode/avro_text.h"
#include "decode/json_text.h"
#include "decode/rendition_room.h"

namespace assay::decode {
namespace {

using schema::AvroKind;
using schema::AvroLogical;
using schema::AvroSchema;
using schema::AvroType;
using schema::AvroTypeId;

// Of a value whose end is looked for; the depth of a rendition is the workspace's matter.
constexpr std::size_t kMeasureDepthMax = std::size_t{1} << 16;
constexpr std::size_t kMeasureValuesPerByte = 16;
constexpr std::size_t kMeasureValuesFree = std::size_t{64} << 10;

/// What one walk may use.
struct Bounds {
  std::size_t depth_max = 0;   ///< containers within one another
  std::size_t size_end = 0;    ///< of the text, with what stood there before
  std::size_t values_max = 0;  ///< looked at, where no text bounds them
};

/// Walks one value, and writes its rendition where there is an `out`:
///   begin: a scalar is done at once; a container opens a frame
///   step: the next member of the innermost frame, or its end
class AvroWalk {
 public:
  AvroWalk(const AvroSchema& schema, std::string_view bytes, std::string* out, const Bounds& bounds)
      : schema_(schema), bytes_(bytes), out_(out), bounds_(bounds) {}

  Status walk() {
    ASSAY_TRY_VOID(begin(schema_.root()));
    while (!frames_.empty()) ASSAY_TRY_VOID(step());
    return check_room();
  }

  std::size_t at() const { return at_; }
  std::size_t values() const { return values_; }
  Error wrong(std::string_view what) const {
    return make_error(Code::avro_value, fmt::format("byte {}: {}", at_, what));
  }

 private:
  struct Frame {
    const AvroType* type;
    std::size_t next = 0;   ///< field of a record
    std::int64_t left = 0;  ///< items of the block that is being read
    bool has_items = false;
  };

  Status check_room() const {
    if (out_ == nullptr) {
      if (values_ <= bounds_.values_max) return {};
      return wrong("more values than so few bytes may hold");
    }
    if (out_->size() <= bounds_.size_end) return {};
    return make_error(Code::json_too_large,
                      "the payload is larger than the limit once its names are written out");
  }

  Status begin(AvroTypeId id) {
    ++values_;
    ASSAY_TRY_VOID(check_room());
    const AvroType* type = &schema_.type(id);
    if (type->kind == AvroKind::choice) {
      ASSAY_TRY(const std::int64_t branch, read_long());
      if (branch < 0 || branch >= static_cast<std::int64_t>(type->types.size()))
        return wrong("a union has no such branch");
      type = &schema_.type(type->types[static_cast<std::size_t>(branch)]);
    }
    switch (type->kind) {
      case AvroKind::record:
      case AvroKind::array:
      case AvroKind::map: return open(*type);
      case AvroKind::bytes:
      case AvroKind::fixed: return bytes_value(*type);
      case AvroKind::string:
      case AvroKind::enumeration: return text_value(*type);
      default: return number_value(*type);
    }
  }

  Status open(const AvroType& type) {
    if (frames_.size() >= bounds_.depth_max)
      return make_error(Code::json_too_deep, "nested deeper than the limit");
    frames_.push_back({.type = &type});
    put(type.kind == AvroKind::array ? '[' : '{');
    return {};
  }

  Status step() {
    Frame& frame = frames_.back();
    if (frame.type->kind != AvroKind::record) return step_item(frame);
    if (frame.next == frame.type->fields.size()) return close('}');
    const schema::AvroField& field = frame.type->fields[frame.next++];
    if (frame.next > 1) put(',');
    if (out_ != nullptr) {
      append_json_string(*out_, field.name);
      put(':');
    }
    return begin(field.type);
  }

  Status step_item(Frame& frame) {
    const bool is_map = frame.type->kind == AvroKind::map;
    if (frame.left == 0) {
      ASSAY_TRY(frame.left, read_block_count());
    }
    if (frame.left == 0) return close(is_map ? '}' : ']');
    --frame.left;
    if (frame.has_items) put(',');
    frame.has_items = true;
    const AvroTypeId item = frame.type->item();
    if (is_map) {
      ASSAY_TRY_VOID(check_room());
      ASSAY_TRY_VOID(string());
      put(':');
    }
    return begin(item);
  }

  Status close(char bracket) {
    put(bracket);
    frames_.pop_back();
    return {};
  }

  /// Items of the next block of an array or a map; a negative count has the block's size behind it.
  Result<std::int64_t> read_block_count() {
    ASSAY_TRY(const std::int64_t count, read_long());
    if (count >= 0) return count;
    if (count == std::numeric_limits<std::int64_t>::min()) return wrong("a block has no such size");
    ASSAY_TRY(const std::int64_t size, read_long());
    if (size < 0) return wrong("a block has no such size");
    return -count;
  }

  Status number_value(const AvroType& type) {
    switch (type.kind) {
      case AvroKind::null: put("null"); return {};
      case AvroKind::boolean: return boolean();
      case AvroKind::float32: return real<float, std::uint32_t>();
      case AvroKind::float64: return real<double, std::uint64_t>();
      default: break;
    }
    ASSAY_TRY(const std::int64_t value, read_long());
    if (type.kind == AvroKind::int32 && (value < std::numeric_limits<std::int32_t>::min() ||
                                         value > std::numeric_limits<std::int32_t>::max()))
      return wrong("an int does not fit into 32 bits");
    if (out_ == nullptr) return {};
    if (type.logical == AvroLogical::none)
      *out_ += std::to_string(value);
    else
      append_temporal(*out_, type.logical, value);
    return {};
  }

  Status boolean() {
    ASSAY_TRY(const std::string_view byte, take(1));
    if (byte[0] != '\0' && byte[0] != '\1') return wrong("a boolean is neither 0 nor 1");
    put(byte[0] == '\0' ? "false" : "true");
    return {};
  }

  template <typename Real, typename Bits>
  Status real() {
    ASSAY_TRY(const std::string_view bytes, take(sizeof(Bits)));
    Bits bits = 0;
    for (std::size_t i = 0; i < sizeof(Bits); ++i)
      bits |= Bits{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
    Real value = 0;
    std::memcpy(&value, &bits, sizeof(value));
    if (out_ != nullptr) append_real(*out_, value);
    return {};
  }

  Status bytes_value(const AvroType& type) {
    std::string_view bytes;
    if (type.kind == AvroKind::fixed) {
      ASSAY_TRY(bytes, take(type.fixed_size));
    } else {
      ASSAY_TRY(bytes, take_sized());
    }
    if (out_ == nullptr) return {};
    switch (type.logical) {
      case AvroLogical::decimal: return located(append_decimal(*out_, bytes, type.scale));
      case AvroLogical::big_decimal: return big_decimal(bytes);
      case AvroLogical::duration: append_duration(*out_, bytes); return {};
      default: break;
    }
    put('"');
    if (type.logical == AvroLogical::uuid)
      append_uuid(*out_, bytes);
    else
      append_base64(*out_, bytes);
    put('"');
    return {};
  }

  /// Bytes that hold bytes and an int.
  Status big_decimal(std::string_view bytes) {
    AvroWalk inner(schema_, bytes, out_, bounds_);
    const auto parts = [&]() -> Status {
      ASSAY_TRY(const std::string_view unscaled, inner.take_sized());
      ASSAY_TRY(const std::int64_t scale, inner.read_long());
      if (inner.at_ != bytes.size()) return inner.wrong("bytes behind a decimal");
      return append_big_decimal(*out_, unscaled, scale);
    };
    return located(parts());
  }

  Status located(Status status) const {
    if (status || status.error().code != Code::avro_value) return status;
    return wrong(status.error().message);
  }

  Status text_value(const AvroType& type) {
    if (type.kind == AvroKind::string) return string();
    ASSAY_TRY(const std::int64_t symbol, read_long());
    if (symbol < 0 || symbol >= static_cast<std::int64_t>(type.symbols.size()))
      return wrong("an enum has no such symbol");
    if (out_ != nullptr) append_json_string(*out_, type.symbols[static_cast<std::size_t>(symbol)]);
    return {};
  }

  Status string() {
    ASSAY_TRY(const std::string_view text, take_sized());
    if (out_ == nullptr) return {};
    if (!simdjson::validate_utf8(text.data(), text.size())) return wrong("a string is not UTF-8");
    append_json_string(*out_, text);
    return {};
  }

  Result<std::string_view> take(std::size_t count) {
    if (bytes_.size() - at_ < count) return wrong("the value goes on behind its bytes");
    const std::string_view taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
  }

  Result<std::string_view> take_sized() {
    ASSAY_TRY(const std::int64_t size, read_long());
    if (size < 0) return wrong("a size is negative");
    return take(static_cast<std::size_t>(size));
  }

  /// A varint of at most ten bytes, zigzag.
  Result<std::int64_t> read_long() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      if (at_ == bytes_.size()) return wrong("the value goes on behind its bytes");
      const auto byte = static_cast<std::uint8_t>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      bits |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return static_cast<std::int64_t>(bits >> 1 ^ (~(bits & 1) + 1));
    }
    return wrong("a number does not fit into 64 bits");
  }

  void put(char c) {
    if (out_ != nullptr) *out_ += c;
  }
  void put(std::string_view text) {
    if (out_ != nullptr) *out_ += text;
  }

  const AvroSchema& schema_;
  std::string_view bytes_;
  std::size_t at_ = 0;
  std::string* out_;
  Bounds bounds_;
  std::size_t values_ = 0;
  std::vector<Frame> frames_;
};

}  // namespace

Status append_avro(std::string& out, std::string_view value, const AvroSchema& schema,
                   std::size_t payload_size, const PayloadLimits& limits) {
  const std::size_t size_end =
      out.size() + rendition_size_max(payload_size, limits, kRowRenditionFree);
  AvroWalk walk(schema, value, &out, {.depth_max = limits.depth_max, .size_end = size_end});
  ASSAY_TRY_VOID(walk.walk());
  if (walk.at() != value.size()) return walk.wrong("bytes behind the value");
  return {};
}

AvroMeasure::AvroMeasure(const AvroSchema& schema, std::string_view bytes)
    : schema_(schema),
      bytes_(bytes),
      values_left_(kMeasureValuesFree + kMeasureValuesPerByte * bytes.size()) {}

Result<std::size_t> AvroMeasure::next() {
  AvroWalk walk(schema_, bytes_.substr(at_), nullptr,
                {.depth_max = kMeasureDepthMax, .values_max = values_left_});
  ASSAY_TRY_VOID(walk.walk());
  at_ += walk.at();
  values_left_ -= walk.values();
  return walk.at();
}

}  // namespace assay::decode
