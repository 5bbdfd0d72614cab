#pragma once
// The frequent conversions, inlined into the loops of map_column.cc. Each answers false where it
// does not know: convert() then decides. What it answers is what convert() would have.

#include <cstdint>
#include <cstring>
#include <limits>

#include "base/time.h"
#include "refine/convert.h"
#include "refine/document.h"
#include "refine/number_token.h"

namespace assay::refine {

struct QuickText {
  QuickText(const Conversion& /*conversion*/, const Document& document) : bytes(document.bytes) {}
  bool operator()(const Node& node, Cell& cell) const {
    if (node.kind != Kind::string || (node.flags & Node::kEscaped) != 0) return false;
    cell = Cell::of_bytes(bytes + node.begin + 1, node.end - node.begin - 2);
    return true;
  }
  const char* bytes;
};

/// mantissa / 10^scale of a number, or of a string that holds one.
class QuickExact {
 public:
  explicit QuickExact(const Document& document) : bytes_(document.bytes) {}
  bool read(const Node& node, std::int64_t& mantissa, int& scale) const {
    if (node.kind == Kind::number) {
      mantissa = node.mantissa;
      scale = node.scale;
      return (node.flags & Node::kExact) != 0;
    }
    if (node.kind != Kind::string) return false;
    NumberToken token;
    const char* const end = scan_token(bytes_ + node.begin + 1, token);
    mantissa = token.mantissa;
    scale = token.scale;
    return end == bytes_ + node.end - 1 && token.exact;
  }

 private:
  const char* bytes_;
};

class QuickInteger {
 public:
  QuickInteger(const Conversion& conversion, const Document& document)
      : exact_(document), known_(conversion.normalisation.scale10 == 0) {
    const bool narrow = conversion.type.type == column::Type::int32;
    max_ = narrow ? std::numeric_limits<std::int32_t>::max()
                  : std::numeric_limits<std::int64_t>::max();
  }
  bool operator()(const Node& node, Cell& cell) const {
    std::int64_t value = 0;
    int scale = 0;
    if (!known_ || !exact_.read(node, value, scale)) return false;
    if (scale > 0) {
      if (value % kTens[scale] != 0) return false;
      value /= kTens[scale];
    }
    cell = Cell::of_int(value);
    return value <= max_ && value >= -max_;
  }

 private:
  QuickExact exact_;
  bool known_;
  std::int64_t max_;
};

class QuickDecimal {
 public:
  QuickDecimal(const Conversion& conversion, const Document& document)
      : exact_(document),
        shift_(conversion.type.scale + conversion.normalisation.scale10),
        bound_(conversion.type.precision > kTensMax ? std::numeric_limits<std::int64_t>::max()
                                                    : kTens[conversion.type.precision]) {}
  bool operator()(const Node& node, Cell& cell) const {
    std::int64_t value = 0;
    int scale = 0;
    if (!exact_.read(node, value, scale)) return false;
    const int more = shift_ - scale;
    if (more < 0 || more > kTensMax || __builtin_mul_overflow(value, kTens[more], &value))
      return false;
    cell = Cell::of_decimal(value);
    return value < bound_ && value > -bound_;
  }

 private:
  QuickExact exact_;
  int shift_;
  std::int64_t bound_;
};

class QuickFloat {
 public:
  QuickFloat(const Conversion& /*conversion*/, const Document& document) : exact_(document) {}
  bool operator()(const Node& node, Cell& cell) const {
    std::int64_t value = 0;
    int scale = 0;
    if (!exact_.read(node, value, scale)) return false;
    // Both are exact doubles, so one division rounds correctly.
    constexpr std::int64_t kExactMax = std::int64_t{1} << 53;
    if (value <= kExactMax && value >= -kExactMax) {
      cell = Cell::of_float(static_cast<double>(value) / static_cast<double>(kTens[scale]));
      return true;
    }
    return divide_long(value, kTens[scale], cell);
  }

 private:
  /// Both are exact in 64 bits of mantissa, so the quotient is rounded once to 64 and once to 53
  /// bits: right, unless the first rounding ends halfway between two doubles.
  static bool divide_long(std::int64_t value, std::int64_t by, Cell& cell) {
    static_assert(std::numeric_limits<long double>::digits == 64);
    const long double quotient = static_cast<long double>(value) / static_cast<long double>(by);
    std::uint64_t mantissa = 0;
    std::memcpy(&mantissa, &quotient, sizeof mantissa);
    constexpr std::uint64_t kRest = (1U << 11) - 1;
    constexpr std::uint64_t kHalfway = 1U << 10;
    if ((mantissa & kRest) == kHalfway) return false;
    cell = Cell::of_float(static_cast<double>(quotient));
    return true;
  }

  QuickExact exact_;
};

struct QuickBoolean {
  QuickBoolean(const Conversion& /*conversion*/, const Document& /*document*/) {}
  bool operator()(const Node& node, Cell& cell) const {
    cell = Cell::of_int(node.kind == Kind::yes ? 1 : 0);
    return node.kind == Kind::yes || node.kind == Kind::no;
  }
};

/// "2011-12-09T12:50:00", with up to six digits of fraction and with Z, +hh:mm or -hh:mm.
class QuickInstant {
 public:
  QuickInstant(const Conversion& conversion, const Document& document)
      : bytes_(document.bytes), offset_minutes_(conversion.normalisation.offset_minutes) {}

  bool operator()(const Node& node, Cell& cell) {
    constexpr std::uint32_t kClockEnd = 19;
    const std::uint32_t size = node.end - node.begin - 2;
    if (node.kind != Kind::string || size < kClockEnd) return false;
    const char* const text = bytes_ + node.begin + 1;
    Micros micros = 0;
    if (!day(text, micros) || !clock(text + kDayEnd, micros)) return false;
    std::int64_t minutes = offset_minutes_;
    const char* at = text + kClockEnd;
    const char* const end = text + size;
    if (at != end && (!fraction(at, end, micros) || !offset(at, end, minutes))) return false;
    cell = Cell::of_int(micros - minutes * 60 * kMicrosPerSecond);
    return true;
  }

 private:
  static constexpr std::uint32_t kDayEnd = 10;

  static unsigned digit(char c) { return static_cast<unsigned char>(c - '0'); }
  /// Two digits; above 99 where they are none.
  static unsigned pair(const char* text) {
    const unsigned high = digit(text[0]);
    const unsigned low = digit(text[1]);
    return high > 9 || low > 9 ? 100 : high * 10 + low;
  }
  /// Neighbours are often of one day.
  bool day(const char* text, Micros& micros) {
    std::uint64_t first = 0;
    std::uint16_t rest = 0;
    std::memcpy(&first, text, sizeof first);
    std::memcpy(&rest, text + sizeof first, sizeof rest);
    if (first != day_first_ || rest != day_rest_) {
      const auto read = parse_day({text, kDayEnd});
      if (!read) return false;
      day_ = *read * kMicrosPerDay;
      day_first_ = first;
      day_rest_ = rest;
    }
    micros = day_;
    return true;
  }
  static bool clock(const char* text, Micros& micros) {
    const unsigned hour = pair(text + 1);
    const unsigned minute = pair(text + 4);
    const unsigned second = pair(text + 7);
    const bool separated = (text[0] == 'T' || text[0] == ' ') && text[3] == ':' && text[6] == ':';
    if (!separated || hour > 23 || minute > 59 || second > 59) return false;
    micros += (hour * 3600LL + minute * 60LL + second) * kMicrosPerSecond;
    return true;
  }
  static bool fraction(const char*& at, const char* end, Micros& micros) {
    if (*at != '.') return true;
    const char* const first = ++at;
    Micros value = 0;
    for (; at != end && digit(*at) < 10; ++at) value = value * 10 + digit(*at);
    const auto digits = at - first;
    if (digits == 0 || digits > 6) return false;
    micros += value * kTens[6 - digits];
    return true;
  }
  static bool offset(const char* at, const char* end, std::int64_t& minutes) {
    if (at == end) return true;
    if (*at == 'Z' && at + 1 == end) {
      minutes = 0;
      return true;
    }
    if (end - at != 6 || (*at != '+' && *at != '-') || at[3] != ':') return false;
    const unsigned hour = pair(at + 1);
    const unsigned minute = pair(at + 4);
    minutes = hour * 60LL + minute;
    if (*at == '-') minutes = -minutes;
    return hour < 24 && minute < 60;
  }

  const char* bytes_;
  std::int64_t offset_minutes_;
  std::uint64_t day_first_ = 0;
  std::uint16_t day_rest_ = 0;
  Micros day_ = 0;
};

/// Seconds, milliseconds or microseconds since 1970.
class QuickEpoch {
 public:
  QuickEpoch(const Conversion& conversion, const Document& document) : exact_(document) {
    const plan::TimeFormat format = conversion.normalisation.time_format;
    digits_ = format == plan::TimeFormat::epoch_seconds  ? 6
              : format == plan::TimeFormat::epoch_millis ? 3
                                                         : 0;
  }
  bool operator()(const Node& node, Cell& cell) const {
    std::int64_t value = 0;
    int scale = 0;
    if (!exact_.read(node, value, scale) || scale != 0) return false;
    if (__builtin_mul_overflow(value, kTens[digits_], &value)) return false;
    cell = Cell::of_int(value);
    return true;
  }

 private:
  QuickExact exact_;
  int digits_ = 0;
};

/// Knows nothing.
struct QuickNothing {
  QuickNothing(const Conversion& /*conversion*/, const Document& /*document*/) {}
  bool operator()(const Node& /*node*/, Cell& /*cell*/) const { return false; }
};

}  // namespace assay::refine
