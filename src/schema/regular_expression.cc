#include "schema/regular_expression.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <array>
#include <utility>

#include "path/utf8.h"

namespace assay::schema {
namespace {

constexpr std::size_t kPatternSizeMax = 16 << 10;
constexpr int kProgramMemoryMax = 4 << 20;

/// What ECMA-262 calls white space and line ends, within a class.
constexpr std::string_view kBlanks =
    R"(\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";

struct LongName {
  std::string_view ecma, re2;
};
constexpr auto kProperties = std::to_array<LongName>({{"Letter", "L"},
                                                      {"Lowercase_Letter", "Ll"},
                                                      {"Uppercase_Letter", "Lu"},
                                                      {"Titlecase_Letter", "Lt"},
                                                      {"Mark", "M"},
                                                      {"Number", "N"},
                                                      {"Decimal_Number", "Nd"},
                                                      {"digit", "Nd"},
                                                      {"Punctuation", "P"},
                                                      {"punct", "P"},
                                                      {"Symbol", "S"},
                                                      {"Separator", "Z"},
                                                      {"Other", "C"},
                                                      {"Control", "Cc"},
                                                      {"cntrl", "Cc"}});

/// Says an ECMA-262 pattern in RE2's syntax. What RE2 does not know is passed on and refused there.
class Translation {
 public:
  explicit Translation(std::string_view pattern) : rest_(pattern) {}

  std::string write() && {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\\' && rest_.size() > 1) {
        put_escape();
      } else if (in_class_) {
        put_in_class(c);
      } else if (c == '[') {
        open_class();
      } else if (rest_.starts_with("(?<") && rest_.size() > 3 && rest_[3] != '=' &&
                 rest_[3] != '!') {
        put("(?P<", 3);
      } else if (c == '.') {
        put(R"([^\n\r\x{2028}\x{2029}])", 1);
      } else {
        put(rest_.substr(0, 1), 1);
      }
    }
    return std::move(out_);
  }

 private:
  void put(std::string_view text, std::size_t taken) {
    out_ += text;
    rest_.remove_prefix(taken);
  }

  void put_in_class(char c) {
    if (c == ']') in_class_ = false;
    // RE2 would take "[:alpha:]" within a class for a name.
    put(c == '[' ? std::string_view("\\[") : rest_.substr(0, 1), 1);
  }

  /// "[^]" is any character, "[]" none.
  void open_class() {
    if (rest_.starts_with("[^]")) return put(R"([\x{0}-\x{10ffff}])", 3);
    if (rest_.starts_with("[]")) return put(R"([^\x{0}-\x{10ffff}])", 2);
    in_class_ = true;
    if (rest_.starts_with("[^")) return put("[^", 2);
    put("[", 1);
  }

  void put_escape() {
    const char kind = rest_[1];
    switch (kind) {
      case 's': return put(in_class_ ? std::string(kBlanks) : fmt::format("[{}]", kBlanks), 2);
      case 'S':
        // Within a class RE2's own is the nearest: what is neither blank nor a line end of ASCII.
        return put(in_class_ ? std::string(R"(\S)") : fmt::format("[^{}]", kBlanks), 2);
      case 'u': return put_unicode();
      case 'c':
        if (rest_.size() > 2) {
          return put(fmt::format("\\x{{{:x}}}", static_cast<unsigned char>(rest_[2]) % 32), 3);
        }
        return put("c", 2);
      case '0': return put(R"(\x{0})", 2);
      case 'b': return put(in_class_ ? R"(\x{8})" : R"(\b)", 2);
      case 'p':
      case 'P': return put_property();
      case 'd':
      case 'D':
      case 'w':
      case 'W':
      case 'B':
      case 't':
      case 'n':
      case 'r':
      case 'f':
      case 'v':
      case 'x':
      case 'k':
      case '1':
      case '2':
      case '3':
      case '4':
      case '5':
      case '6':
      case '7':
      case '8':
      case '9': return put(rest_.substr(0, 2), 2);
      default: break;
    }
    const bool is_letter = (kind >= 'a' && kind <= 'z') || (kind >= 'A' && kind <= 'Z');
    const bool is_plain = static_cast<unsigned char>(kind) >= 0x80 || kind == '_' || kind == '\n';
    if (is_plain || is_letter) return put(rest_.substr(1, 1), 2);
    put(rest_.substr(0, 2), 2);
  }

  void put_unicode() {
    if (rest_.size() > 3 && rest_[2] == '{') {
      const auto close = rest_.find('}');
      if (close == std::string_view::npos) return put("u", 2);
      return put(fmt::format("\\x{{{}}}", rest_.substr(3, close - 3)), close + 1);
    }
    const auto escape = path::read_unicode_escape(rest_, 2);
    if (escape.problem != path::UnicodeEscape::Problem::none) return put("u", 2);
    put(fmt::format("\\x{{{:x}}}", escape.code_point), 2 + escape.size);
  }

  void put_property() {
    const auto close = rest_.find('}');
    if (rest_.size() < 4 || rest_[2] != '{' || close == std::string_view::npos) {
      return put(rest_.substr(0, 2), 2);
    }
    std::string_view name = rest_.substr(3, close - 3);
    for (const std::string_view prefix : {"General_Category=", "gc=", "Script=", "sc="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    for (const LongName& known : kProperties) {
      if (known.ecma == name) name = known.re2;
    }
    put(fmt::format("\\{}{{{}}}", rest_[1], name), close + 1);
  }

  std::string_view rest_;
  std::string out_;
  bool in_class_ = false;
};

bool looks_around_or_back(std::string_view pattern) {
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest.front() == '\\') {
      if ((rest[1] >= '1' && rest[1] <= '9') || rest.starts_with("\\k<")) return true;
      ++i;
    } else if (rest.starts_with("(?=") || rest.starts_with("(?!") || rest.starts_with("(?<=") ||
               rest.starts_with("(?<!")) {
      return true;
    }
  }
  return false;
}

}  // namespace

struct RegularExpression::Program {
  Program(std::string_view pattern, const RE2::Options& options)
      : source(pattern), compiled(Translation(pattern).write(), options) {}
  std::string source;
  RE2 compiled;
};

RegularExpression::RegularExpression(std::shared_ptr<const Program> program)
    : program_(std::move(program)) {}

Result<std::optional<RegularExpression>> RegularExpression::compile(std::string_view pattern) {
  if (pattern.size() > kPatternSizeMax) {
    return make_error(Code::schema_invalid, fmt::format("a pattern has {} bytes; the limit is {}",
                                                        pattern.size(), kPatternSizeMax));
  }
  if (looks_around_or_back(pattern)) return std::optional<RegularExpression>();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kProgramMemoryMax);
  auto program = std::make_shared<const Program>(pattern, options);
  if (program->compiled.ok()) {
    return std::optional<RegularExpression>(RegularExpression(std::move(program)));
  }
  const auto code = program->compiled.error_code();
  if (code == RE2::ErrorPatternTooLarge || code == RE2::ErrorRepeatSize) {
    return std::optional<RegularExpression>();
  }
  return make_error(Code::schema_invalid, fmt::format("\"{}\" is no regular expression: {}",
                                                      pattern, program->compiled.error()));
}

const std::string& RegularExpression::source() const { return program_->source; }

bool RegularExpression::occurs_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), program_->compiled);
}

}  // namespace assay::schema
