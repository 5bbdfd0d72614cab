#include "path/i_regexp.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "path/decimal.h"
#include "path/utf8.h"

namespace assay::path {
namespace {

constexpr std::size_t kPatternSizeMax = 4096;    // bytes
constexpr std::uint64_t kRepeatMax = 1000;       // the largest number of repetitions that RE2 takes
constexpr std::size_t kProgramSizeMax = 10'000;  // instructions of RE2
constexpr std::int64_t kMemoryMax = 8 << 20;     // bytes that RE2 may use for one pattern

// What a pattern calls unassigned (Cn), RE2 has no name for: it is what no other category holds.
constexpr std::string_view kAssigned =
    "\\p{L}\\p{M}\\p{N}\\p{P}\\p{Z}\\p{S}\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}";
constexpr std::string_view kNotOther = "\\p{L}\\p{M}\\p{N}\\p{P}\\p{Z}\\p{S}";

constexpr auto kCategories = std::to_array<std::string_view>(
    {"L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",  "Mc", "Me", "Mn", "N",  "Nd",
     "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Z",  "Zl",
     "Zp", "Zs", "S",  "Sc", "Sk", "Sm", "So", "C",  "Cc", "Cf", "Cn", "Co"});

Error too_large(std::string_view what) {
  return make_error(Code::path_limit, std::string(what),
                    "Write a shorter pattern, or smaller numbers of repetitions.");
}

/// Translates from left to right; parentheses are counted, so that no depth is too deep for it.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  Result<std::optional<std::string>> translate() {
    while (!rest_.empty()) {
      if (!piece()) return std::optional<std::string>();
    }
    if (open_ != 0) return std::optional<std::string>();
    if (excludes_unassigned_) {
      return make_error(Code::path_limit, "a pattern excludes unassigned characters in a class",
                        "Name the categories that are wanted instead of [^\\p{C}] or [^\\p{Cn}].");
    }
    if (repeats_too_often_) return too_large("a pattern is larger than the limit");
    return std::optional<std::string>(std::move(out_));
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A bar, a parenthesis, or an atom with its quantifier.
  bool piece() {
    if (take('|')) {
      out_ += '|';
      return true;
    }
    if (take('(')) {
      out_ += "(?:";
      ++open_;
      return true;
    }
    if (take(')')) {
      if (open_-- == 0) return false;
      out_ += ')';
    } else if (!atom()) {
      return false;
    }
    return quantifier();
  }

  bool quantifier() {
    for (const char c : {'*', '+', '?'}) {
      if (!take(c)) continue;
      out_ += c;
      return true;
    }
    if (!take('{')) return true;
    const std::size_t end = rest_.find('}');
    if (end == std::string_view::npos) return false;
    const std::string_view range = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    const std::size_t comma = range.find(',');
    const auto is_number = [](std::string_view text) {
      return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    const std::string_view least = range.substr(0, comma);
    if (least.empty() || !is_number(least)) return false;
    // RE2 takes longer numbers for plain text, so they are judged here.
    Decimal largest(least);
    if (comma != std::string_view::npos) {
      const std::string_view most = range.substr(comma + 1);
      if (!is_number(most)) return false;
      if (!most.empty() && Decimal(most) < largest) return false;
      if (!most.empty()) largest = Decimal(most);
    }
    repeats_too_often_ = repeats_too_often_ || largest > Decimal(kRepeatMax);
    out_ += fmt::format("{{{}}}", range);
    return true;
  }

  bool atom() {
    if (take('.')) {
      out_ += "[^\\n\\r]";
      return true;
    }
    if (take('[')) return bracketed();
    if (take('\\')) {
      if (take('p')) return category(false);
      if (take('P')) return category(true);
      const auto c = escaped();
      if (c) append_character(out_, *c);
      return c.has_value();
    }
    constexpr std::string_view kNeverPlain = "*+?{}])";
    if (kNeverPlain.find(rest_[0]) != std::string_view::npos) return false;
    // RFC 9485 has no anchors, but its mappings to other dialects (section 5) leave these two as
    // they are, and the compliance suite of RFC 9535 asks for what follows from that.
    for (const char c : {'^', '$'}) {
      if (!take(c)) continue;
      out_ += c;
      return true;
    }
    append_character(out_, next());
    return true;
  }

  std::uint32_t next() {
    const CodePoint first = first_code_point(rest_);
    rest_.remove_prefix(first.size);
    return first.value;
  }

  std::optional<std::uint32_t> escaped() {
    if (take('n')) return '\n';
    if (take('r')) return '\r';
    if (take('t')) return '\t';
    constexpr std::string_view kItself = "()*+-.?[\\]^{|}";
    if (rest_.empty() || kItself.find(rest_[0]) == std::string_view::npos) return std::nullopt;
    return next();
  }

  static void append_character(std::string& out, std::uint32_t c) {
    out += fmt::format("\\x{{{:x}}}", c);
  }

  std::optional<std::string_view> category_name() {
    if (!take('{')) return std::nullopt;
    const std::string_view name = rest_.substr(0, rest_.find('}'));
    if (std::find(kCategories.begin(), kCategories.end(), name) == kCategories.end()) {
      return std::nullopt;
    }
    rest_.remove_prefix(name.size());
    if (!take('}')) return std::nullopt;
    return name;
  }

  bool category(bool is_negated) {
    const auto name = category_name();
    if (!name) return false;
    if (*name == "C" || *name == "Cn") {
      out_ += fmt::format("[{}{}]", is_negated ? "" : "^", *name == "C" ? kNotOther : kAssigned);
    } else {
      out_ += fmt::format("\\{}{{{}}}", is_negated ? 'P' : 'p', *name);
    }
    return true;
  }

  /// A class. The categories that RE2 lacks stand beside it, as alternatives; where the class is
  /// negated there is no such way.
  bool bracketed() {
    const bool is_negated = take('^');
    std::string inner;
    std::string beside;
    bool is_empty = true;
    if (take('-')) {
      append_character(inner, '-');
      is_empty = false;
    }
    while (!take(']')) {
      if (rest_.empty()) return false;
      if (rest_.substr(0, 2) == "-]" && !is_empty) {
        take('-');
        append_character(inner, '-');
      } else if (!class_item(inner, beside)) {
        return false;
      }
      is_empty = false;
    }
    if (is_empty) return false;
    excludes_unassigned_ = excludes_unassigned_ || (is_negated && !beside.empty());
    if (beside.empty()) {
      out_ += fmt::format("[{}{}]", is_negated ? "^" : "", inner);
    } else if (inner.empty()) {
      out_ += fmt::format("(?:{})", std::string_view(beside).substr(1));
    } else {
      out_ += fmt::format("(?:[{}]{})", inner, beside);
    }
    return true;
  }

  /// A category, a character or a range.
  bool class_item(std::string& inner, std::string& beside) {
    for (const char letter : {'p', 'P'}) {
      if (rest_.substr(0, 2) != std::string{'\\', letter}) continue;
      rest_.remove_prefix(2);
      const auto name = category_name();
      if (!name) return false;
      if (*name != "C" && *name != "Cn") {
        inner += fmt::format("\\{}{{{}}}", letter, *name);
      } else if (letter == 'P') {
        inner += *name == "C" ? kNotOther : kAssigned;
      } else {
        beside += fmt::format("|[^{}]", *name == "C" ? kNotOther : kAssigned);
      }
      return true;
    }
    const auto first = class_character();
    if (!first) return false;
    append_character(inner, *first);
    if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') return true;
    take('-');
    const auto last = class_character();
    if (!last || *last < *first) return false;
    inner += '-';
    append_character(inner, *last);
    return true;
  }

  std::optional<std::uint32_t> class_character() {
    if (take('\\')) return escaped();
    if (rest_.empty() || rest_[0] == '-' || rest_[0] == '[' || rest_[0] == ']') return std::nullopt;
    return next();
  }

  std::string_view rest_;
  std::string out_;
  std::size_t open_ = 0;  ///< parentheses
  // An I-Regexp, but RE2 cannot say it.
  bool excludes_unassigned_ = false;
  bool repeats_too_often_ = false;
};

}  // namespace

struct IRegexp::Program {
  explicit Program(const std::string& pattern, const RE2::Options& options)
      : regexp(pattern, options) {}
  RE2 regexp;
};

IRegexp::IRegexp(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

Result<std::optional<IRegexp>> IRegexp::compile(std::string_view pattern) {
  if (pattern.size() > kPatternSizeMax) {
    return too_large(
        fmt::format("a pattern has {} bytes, the limit is {}", pattern.size(), kPatternSizeMax));
  }
  ASSAY_TRY(const auto translated, translate_i_regexp(pattern));
  if (!translated) return std::optional<IRegexp>();
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  auto program = std::make_shared<const Program>(*translated, options);
  if (!program->regexp.ok()) {
    const auto code = program->regexp.error_code();
    // An I-Regexp has no limit of its own: what RE2 refuses by size is not malformed.
    if (code == RE2::ErrorPatternTooLarge || code == RE2::ErrorRepeatSize) {
      return too_large("a pattern is larger than the limit");
    }
    return std::optional<IRegexp>();
  }
  if (static_cast<std::size_t>(program->regexp.ProgramSize()) > kProgramSizeMax) {
    return too_large(fmt::format("a pattern takes {} instructions, the limit is {}",
                                 program->regexp.ProgramSize(), kProgramSizeMax));
  }
  return std::optional<IRegexp>(IRegexp(std::move(program)));
}

bool IRegexp::matches_all_of(std::string_view text) const {
  const re2::StringPiece piece(text.data(), text.size());
  return program_->regexp.Match(piece, 0, text.size(), RE2::ANCHOR_BOTH, nullptr, 0);
}

bool IRegexp::occurs_in(std::string_view text) const {
  const re2::StringPiece piece(text.data(), text.size());
  return program_->regexp.Match(piece, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

std::size_t IRegexp::program_size() const {
  return static_cast<std::size_t>(program_->regexp.ProgramSize());
}

Result<std::optional<std::string>> translate_i_regexp(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace assay::path
