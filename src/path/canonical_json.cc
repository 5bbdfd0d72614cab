#include "path/canonical_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/assert.h"
#include "path/decimal.h"
#include "path/json_document.h"
#include "path/utf8.h"

namespace assay::path {
namespace {

// ECMAScript (Number::toString) writes numbers from 1e-6 up to, not including, 1e21 without "e".
constexpr int kPointMax = 21;
constexpr int kPointMin = -5;

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      default:
        if (static_cast<std::uint8_t>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

Result<double> nearest_double(std::string_view token) {
  double value = 0;
  const auto parsed = std::from_chars(token.data(), token.data() + token.size(), value);
  if (parsed.ec == std::errc{}) return value;
  // Out of range in one of two directions: too small is zero, too large has no double.
  if (Decimal(token).exponent() <= 0) return 0.0;
  return make_error(Code::json_number_range, fmt::format("no double is near to {}", token),
                    "Canonical JSON takes numbers of IEEE 754 only; write this one as a string.");
}

/// Writes one document, with the open containers on a stack of its own.
class Writer {
 public:
  explicit Writer(const JsonDocument& document) : document_(document) {}

  Result<std::string> write() {
    ASSAY_TRY_VOID(begin(NodeId::root));
    while (!open_.empty()) {
      Container& container = open_.back();
      if (container.next == container.children.size()) {
        out_ += container.is_object ? '}' : ']';
        open_.pop_back();
        continue;
      }
      if (container.next > 0) out_ += ',';
      const NodeId child = container.children[container.next++];
      if (container.is_object) {
        append_string(out_, document_.key(child));
        out_ += ':';
      }
      ASSAY_TRY_VOID(begin(child));
    }
    return std::move(out_);
  }

 private:
  struct Container {
    bool is_object = false;
    std::vector<NodeId> children;
    std::size_t next = 0;
  };

  Status begin(NodeId node) {
    switch (document_.kind(node)) {
      case JsonDocument::Kind::null:
      case JsonDocument::Kind::boolean: out_ += document_.source(node); return {};
      case JsonDocument::Kind::string: append_string(out_, document_.string(node)); return {};
      case JsonDocument::Kind::number: {
        ASSAY_TRY(const double value, nearest_double(document_.source(node)));
        out_ += ecmascript_number(value);
        return {};
      }
      case JsonDocument::Kind::array:
      case JsonDocument::Kind::object: break;
    }
    open(node);
    return {};
  }

  void open(NodeId node) {
    Container made;
    made.is_object = document_.kind(node) == JsonDocument::Kind::object;
    made.children.reserve(document_.child_count(node));
    for (NodeId child = document_.first_child(node); child != document_.after(node);
         child = document_.after(child)) {
      made.children.push_back(child);
    }
    if (made.is_object) {
      std::sort(made.children.begin(), made.children.end(), [this](NodeId a, NodeId b) {
        return less_by_utf16(document_.key(a), document_.key(b));
      });
    }
    out_ += made.is_object ? '{' : '[';
    open_.push_back(std::move(made));
  }

  const JsonDocument& document_;
  std::string out_;
  std::vector<Container> open_;
};

}  // namespace

std::string ecmascript_number(double value) {
  ASSAY_ASSERT(std::isfinite(value));
  if (value == 0) return "0";  // -0 as well
  std::array<char, 32> buffer{};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                     std::chars_format::scientific);
  // "d.ddde+XX": the shortest digits that read back as the same double.
  const std::string_view text(buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data()));
  const std::size_t mark = text.find('e');
  std::string digits(text.substr(0, 1));
  if (mark > 1) digits += text.substr(2, mark - 2);
  int exponent = 0;
  const std::size_t sign_size = text[mark + 1] == '+' ? 2 : 1;  // from_chars takes "-", not "+"
  std::from_chars(text.data() + mark + sign_size, text.data() + text.size(), exponent);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // the value is 0.digits * 10^point
  const std::string sign = value < 0 ? "-" : "";
  if (point > kPointMax || point < kPointMin) {
    const std::string_view rest = std::string_view(digits).substr(1);
    return fmt::format("{}{}{}{}e{:+d}", sign, digits[0], rest.empty() ? "" : ".", rest, exponent);
  }
  if (point <= 0) return fmt::format("{}0.{}{}", sign, std::string(-point, '0'), digits);
  if (point >= count) return sign + digits + std::string(point - count, '0');
  return fmt::format("{}{}.{}", sign, digits.substr(0, point), digits.substr(point));
}

Result<std::string> canonical_json(std::string_view text, const PayloadLimits& limits) {
  ASSAY_TRY(const JsonDocument document, JsonDocument::read(text, limits));
  return Writer(document).write();
}

}  // namespace assay::path
