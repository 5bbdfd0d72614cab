// JSONPath (RFC 9535) as far as a plan writes it: names, indices, wildcards, perhaps a query.

#include <fmt/format.h>

#include <charconv>

#include "verify/payload.h"
#include "verify/plan_document.h"
#include "verify/query.h"

namespace assay::verify {
namespace {

class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  Result<Path> read() {
    if (!take('$')) return wrong("a path from the root starts with $");
    while (at_ < text_.size()) {
      const std::size_t begin = at_;
      if (!is_plain(text_.substr(at_))) {
        if (!check_query(text_.substr(begin))) return wrong("a query was expected");
        steps_.push_back({PathStep::Kind::query, std::string(text_.substr(begin)), 0});
        break;
      }
      auto step = text_[at_] == '.' ? dotted() : bracketed();
      if (!step) return std::move(step).error();
      steps_.push_back(std::move(step).value());
    }
    return Path{std::string(text_), std::move(steps_)};
  }

 private:
  Error wrong(std::string_view expected) const {
    return make_error(Code::plan_invalid,
                      fmt::format("path \"{}\": at byte {}: {}", text_, at_, expected));
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// Whether the next segment is one name, one index or one wildcard.
  static bool is_plain(std::string_view rest) {
    if (rest.starts_with("..") || rest.starts_with("$")) return false;
    if (!rest.starts_with("[")) return true;
    std::size_t end = 1;
    if (rest.starts_with("['") || rest.starts_with("[\"")) {
      for (end = 2; end < rest.size() && rest[end] != rest[1]; ++end) {
        if (rest[end] == '\\') ++end;
      }
      ++end;
    } else {
      while (end < rest.size() && (rest[end] == '*' || (rest[end] >= '0' && rest[end] <= '9')))
        ++end;
    }
    return end < rest.size() && rest[end] == ']';
  }

  Result<PathStep> dotted() {
    take('.');
    if (take('*')) return PathStep{PathStep::Kind::wildcard, {}, 0};
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[' && text_[at_] != '$') ++at_;
    if (at_ == begin) return wrong("a name is missing");
    return PathStep{PathStep::Kind::name, std::string(text_.substr(begin, at_ - begin)), 0};
  }

  Result<PathStep> bracketed() {
    if (!take('[')) return wrong("a step starts with . or [");
    PathStep step;
    if (take('*')) {
      step.kind = PathStep::Kind::wildcard;
    } else if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      ASSAY_TRY(step.name, quoted());
    } else {
      step.kind = PathStep::Kind::index;
      const char* begin = text_.data() + at_;
      const auto result = std::from_chars(begin, text_.data() + text_.size(), step.index);
      if (result.ec != std::errc() || step.index < 0) return wrong("an index is missing");
      at_ += static_cast<std::size_t>(result.ptr - begin);
    }
    if (!take(']')) return wrong("] is missing");
    return step;
  }

  Result<std::string> quoted() {
    const char quote = text_[at_++];
    std::string name;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\') {
        name += text_[at_++];
        continue;
      }
      if (++at_ >= text_.size()) break;
      ASSAY_TRY(const std::string character, escaped(text_[at_++]));
      name += character;
    }
    if (!take(quote)) return wrong("the quote does not end");
    return name;
  }

  Result<std::string> escaped(char letter) {
    switch (letter) {
      case 'b': return std::string("\b");
      case 'f': return std::string("\f");
      case 'n': return std::string("\n");
      case 'r': return std::string("\r");
      case 't': return std::string("\t");
      case 'u': return code_point();
      default: return std::string(1, letter);
    }
  }

  Result<std::uint32_t> hex4() {
    std::uint32_t value = 0;
    if (at_ + 4 > text_.size()) return wrong("four hexadecimal digits are missing");
    const char* begin = text_.data() + at_;
    const auto result = std::from_chars(begin, begin + 4, value, 16);
    if (result.ptr != begin + 4) return wrong("four hexadecimal digits are missing");
    at_ += 4;
    return value;
  }

  Result<std::string> code_point() {
    ASSAY_TRY(std::uint32_t point, hex4());
    if (point >= 0xd800 && point < 0xdc00) {
      if (!take('\\') || !take('u')) return wrong("the second half of a surrogate pair is missing");
      ASSAY_TRY(const std::uint32_t low, hex4());
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    std::string bytes;
    append_utf8(bytes, point);
    return bytes;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<PathStep> steps_;
};

}  // namespace

Result<Path> parse_path(std::string_view text) { return PathReader(text).read(); }

}  // namespace assay::verify
