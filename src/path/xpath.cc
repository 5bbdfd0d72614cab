#include "path/xpath.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "path/scanner.h"
#include "path/utf8.h"

namespace assay::path {
namespace {

constexpr std::string_view kText = "#text";
constexpr std::string_view kSubset =
    "Taken are child steps, //, @attributes, text(), positions, and [...] with existence, = and != "
    "of texts, and, or, not().";

/// One step behind the other, as the text of a JSONPath.
struct Location {
  bool is_absolute = false;
  std::vector<std::string> segments;
  bool ends_in_element = true;  ///< else in a text or an attribute
  /// An element step whose condition may still take part in a comparison of its text.
  bool ends_plain = false;
  bool is_singular = true;  ///< finds one node at most
};

bool is_name_byte(char c) {
  return is_name_first(c) || is_digit(c) || c == '-' || c == '.' || static_cast<signed char>(c) < 0;
}

/// Recursive descent; the nesting is bounded by kPathNestingMax.
class XPathCompiler {
 public:
  XPathCompiler(std::string_view text, const XmlNamespaces& namespaces, XPathUse use)
      : scan_(text), namespaces_(namespaces), use_(use) {}

  Result<JsonPath> compile() {
    if (scan_.text().size() > kPathSizeMax)
      return scan_.failure(fmt::format("a path has at most {} bytes", kPathSizeMax));
    scan_.skip_blanks();
    ASSAY_TRY(Location path, location(Place::path));
    scan_.skip_blanks();
    while (scan_.take('|')) {
      scan_.skip_blanks();
      const std::size_t at = scan_.position();
      ASSAY_TRY(const Location other, location(Place::path));
      if (!unite(path, other)) {
        return scan_.failure_at(at, "a union joins paths that differ in one name alone",
                                "Other alternatives need schema versions of their own.");
      }
      scan_.skip_blanks();
    }
    if (!scan_.at_end())
      return scan_.expected("\"/\" or the end of the path", std::string(kSubset));
    return finish(path);
  }

 private:
  enum class Place { path, condition };

  Result<JsonPath> finish(const Location& path) {
    std::string text = path.is_absolute ? "$" : "@";
    for (const std::string& segment : path.segments) text += segment;
    const bool is_text = use_ == XPathUse::value || use_ == XPathUse::condition;
    if (is_text && path.ends_in_element) text += fmt::format("[{}]", quoted_name(kText));
    auto made = parse_mapping_path(text);
    if (!made) {
      return scan_.failure_at(
          0, fmt::format("a path that stands for {} ({})", text, made.error().message));
    }
    const bool is_match = use_ == XPathUse::existence || use_ == XPathUse::condition;
    if (is_match && made->has_query()) {
      return scan_.failure_at(0, "a match condition takes child steps and positions alone",
                              "A step without a position means its first element.");
    }
    if (use_ == XPathUse::rows && made->has_query()) {
      return scan_.failure_at(0, "rows take child steps and positions alone",
                              "Map all of them, and the attribute or child that tells them apart "
                              "as a field.");
    }
    return made;
  }

  /// Joins two paths that are the same but for one name.
  static bool unite(Location& path, const Location& other) {
    if (path.is_absolute != other.is_absolute || path.segments.size() != other.segments.size() ||
        path.ends_in_element != other.ends_in_element)
      return false;
    std::size_t differ = path.segments.size();
    for (std::size_t i = 0; i < path.segments.size(); ++i) {
      if (path.segments[i] == other.segments[i]) continue;
      if (differ != path.segments.size()) return false;
      differ = i;
    }
    if (differ == path.segments.size()) return true;
    std::string& mine = path.segments[differ];
    const std::string& more = other.segments[differ];
    const auto names_only = [](const std::string& segment) {
      return segment.starts_with("['") && segment.ends_with("']");
    };
    if (!names_only(mine) || !names_only(more)) return false;
    mine = mine.substr(0, mine.size() - 1) + "," + more.substr(1);
    path.is_singular = false;
    return true;
  }

  Result<Location> location(Place place) {
    Location path;
    path.is_absolute = scan_.at('/');
    if (place == Place::path && path.is_absolute && scan_.text().substr(scan_.position()) == "/") {
      scan_.take('/');
      return path;
    }
    bool descends = scan_.take("//");
    if (!descends) scan_.take('/');
    for (bool first = true;; first = false) {
      if (descends) path.is_singular = false;
      const bool is_root = first && path.is_absolute && !descends;
      scan_.skip_blanks();
      ASSAY_TRY_VOID(step(path, descends, is_root, place));
      scan_.skip_blanks();
      descends = scan_.take("//");
      if (!descends && !scan_.take('/')) return path;
      if (!path.ends_in_element)
        return scan_.failure("nothing stands below a text or an attribute");
    }
  }

  Status step(Location& path, bool descends, bool is_root, Place place) {
    const std::string dots = descends ? ".." : "";
    path.ends_plain = false;
    if (scan_.at('.')) return dot_step(path, descends);
    if (scan_.take('@') || scan_.take("attribute::")) {
      ASSAY_TRY(const std::string name, expanded_name(true));
      path.segments.push_back(fmt::format("{}[{}]", dots, quoted_name("@" + name)));
      path.ends_in_element = false;
      return {};
    }
    if (scan_.take("text()")) {
      path.segments.push_back(fmt::format("{}[{}]", dots, quoted_name(kText)));
      path.ends_in_element = false;
      return {};
    }
    scan_.take("child::");
    ASSAY_TRY(const std::string name, expanded_name(false));
    path.segments.push_back(fmt::format("{}[{}]", dots, quoted_name(name)));
    ASSAY_TRY(std::string selection, selection_of(path));
    const bool all = selection.empty();
    if (all) {
      const bool own = place == Place::path;
      const bool each = own && use_ == XPathUse::rows;
      const bool first = own && (use_ == XPathUse::existence || use_ == XPathUse::condition);
      selection = is_root || first ? "[0]" : each ? "[*]" : "[:]";
      path.is_singular = path.is_singular && is_root;
      path.ends_plain = true;
    }
    path.segments.push_back(std::move(selection));
    return {};
  }

  Status dot_step(Location& path, bool descends) {
    if (scan_.take(".."))
      return scan_.failure("parents (\"..\") are not taken", std::string(kSubset));
    if (descends || !path.segments.empty() || path.is_absolute)
      return scan_.failure("\".\" stands at the beginning of a path alone");
    scan_.take('.');
    return {};
  }

  /// What stands in brackets behind an element: a position, or conditions; empty where nothing
  /// does.
  Result<std::string> selection_of(Location& path) {
    std::string conditions;
    for (std::size_t count = 0; scan_.skip_blanks(), scan_.take('['); ++count) {
      scan_.skip_blanks();
      const std::size_t at = scan_.position();
      if (const auto position = this->position()) {
        scan_.skip_blanks();
        if (*position == 0) return scan_.failure_at(at, "positions count from 1");
        if (!scan_.take(']')) return scan_.expected("\"]\"");
        scan_.skip_blanks();
        if (count > 0 || scan_.at('[')) {
          return scan_.failure_at(at, "a position together with a condition is not taken",
                                  "The first node that a path finds is its value anyway.");
        }
        return fmt::format("[{}]", *position < 0 ? -1 : *position - 1);
      }
      path.is_singular = false;
      ASSAY_TRY(const std::string condition, any_of());
      if (!scan_.take(']')) return scan_.expected("\"]\"", std::string(kSubset));
      conditions += (conditions.empty() ? "?" : " && ") + condition;
    }
    return conditions.empty() ? std::string() : "[" + conditions + "]";
  }

  /// "3" or "last()", which is -1; nothing where something else stands.
  std::optional<std::int64_t> position() {
    const std::size_t before = scan_.position();
    if (scan_.take("last()")) return -1;
    if (!scan_.at_digit()) return std::nullopt;
    const auto number = scan_.integer();
    scan_.skip_blanks();
    if (number && scan_.at(']')) return *number;
    scan_.move_to(before);
    return std::nullopt;
  }

  // ---------------------------------------------------------------------------- conditions

  Result<std::string> any_of() {
    ASSAY_TRY(std::string text, all_of());
    bool joined = false;
    while (word("or")) {
      ASSAY_TRY(const std::string more, all_of());
      text += " || " + more;
      joined = true;
    }
    return joined ? "(" + text + ")" : text;
  }

  Result<std::string> all_of() {
    ASSAY_TRY(std::string text, test());
    bool joined = false;
    while (word("and")) {
      ASSAY_TRY(const std::string more, test());
      text += " && " + more;
      joined = true;
    }
    return joined ? "(" + text + ")" : text;
  }

  bool word(std::string_view word) {
    scan_.skip_blanks();
    const std::size_t before = scan_.position();
    if (scan_.take(word) && (scan_.at(' ') || scan_.at('\n') || scan_.at('(') || scan_.at('@')))
      return true;
    scan_.move_to(before);
    return false;
  }

  Result<std::string> test() {
    if (++nesting_ > kPathNestingMax)
      return scan_.failure(fmt::format("conditions are nested deeper than {}", kPathNestingMax));
    scan_.skip_blanks();
    const bool negated = scan_.take("not(");
    if (negated || scan_.take('(')) {
      ASSAY_TRY(const std::string inner, any_of());
      scan_.skip_blanks();
      if (!scan_.take(')')) return scan_.expected("\")\"");
      --nesting_;
      scan_.skip_blanks();
      return fmt::format("{}({})", negated ? "!" : "", inner);
    }
    const std::size_t at = scan_.position();
    ASSAY_TRY(const Location path, location(Place::condition));
    scan_.skip_blanks();
    const bool differs = scan_.take("!=");
    if (!differs && !scan_.take('=')) {
      if (scan_.at('<') || scan_.at('>') || scan_.at('('))
        return scan_.failure("not taken in a condition", std::string(kSubset));
      --nesting_;
      if (path.segments.empty()) return scan_.failure_at(at, "a condition was expected");
      return text_of(path, path.segments.size());
    }
    ASSAY_TRY(const std::string value, right_side());
    --nesting_;
    scan_.skip_blanks();
    return comparison(path, differs ? "!=" : "==", value, at);
  }

  /// A text in quotes, or the value of a path from the document.
  Result<std::string> right_side() {
    scan_.skip_blanks();
    if (scan_.at('/')) {
      const std::size_t at = scan_.position();
      ASSAY_TRY(Location path, location(Place::condition));
      std::string text = "$";
      for (const std::string& segment : path.segments) text += segment == "[:]" ? "[0]" : segment;
      if (path.ends_in_element) text += fmt::format("[{}]", quoted_name(kText));
      const bool singular =
          text.find("[?") == std::string::npos && text.find("..") == std::string::npos;
      if (!singular) return scan_.failure_at(at, "a path without // and conditions was expected");
      return text;
    }
    const char quote = scan_.at('"') ? '"' : '\'';
    if (!scan_.take(quote)) return scan_.expected("a text in quotes", std::string(kSubset));
    const std::size_t end = scan_.text().find(quote, scan_.position());
    if (end == std::string_view::npos) return scan_.expected("the closing quote");
    const std::string_view value = scan_.text().substr(scan_.position(), end - scan_.position());
    if (value.empty()) return scan_.failure("comparisons with the empty text are not taken");
    scan_.move_to(end + 1);
    return quoted_name(value);
  }

  static std::string text_of(const Location& path, std::size_t segments) {
    std::string text = path.is_absolute ? "$" : "@";
    for (std::size_t i = 0; i < segments; ++i) text += path.segments[i];
    return text;
  }

  /// Some node of the path has (or differs from) the value.
  Result<std::string> comparison(const Location& path, std::string_view sign,
                                 const std::string& value, std::size_t at) const {
    const std::string own = fmt::format("@[{}]", quoted_name(kText));
    if (path.ends_in_element) {
      if (path.segments.empty()) return fmt::format("({} && {}{}{})", own, own, sign, value);
      const std::string before = text_of(path, path.segments.size() - 1);
      const std::string& last = path.segments.back();
      if (path.ends_plain) return fmt::format("{}[?{} && {}{}{}]", before, own, own, sign, value);
      if (last.starts_with("[?"))
        return fmt::format("{}{} && {} && {}{}{}]", before, last.substr(0, last.size() - 1), own,
                           own, sign, value);
      const std::string text = fmt::format("{}{}[{}]", before, last, quoted_name(kText));
      if (path.is_singular) return fmt::format("({} && {}{}{})", text, text, sign, value);
    } else {
      // A text or an attribute of elements that stand before it.
      const std::string name = path.segments.back();
      if (path.segments.size() == 1 || path.is_singular) {
        const std::string text = text_of(path, path.segments.size());
        if (!name.starts_with("..")) return fmt::format("({} && {}{}{})", text, text, sign, value);
      } else if (const std::string& element = path.segments[path.segments.size() - 2];
                 !name.starts_with("..") && (element == "[:]" || element.starts_with("[?"))) {
        const std::string before = text_of(path, path.segments.size() - 2);
        const std::string rest =
            element == "[:]" ? "[?" : element.substr(0, element.size() - 1) + " && ";
        return fmt::format("{}{}@{} && @{}{}{}]", before, rest, name, name, sign, value);
      }
    }
    return scan_.failure_at(at, "a path that a comparison takes was expected",
                            "Positions within a compared path stand at each of its steps.");
  }

  // --------------------------------------------------------------------------------- names

  /// "{uri}local" of a name with a declared prefix.
  Result<std::string> expanded_name(bool is_attribute) {
    const std::size_t at = scan_.position();
    ASSAY_TRY(std::string first, name());
    if (scan_.at(':') && !scan_.text().substr(scan_.position()).starts_with("::")) {
      scan_.take(':');
      ASSAY_TRY(const std::string local, name());
      if (first == "xml") return "{http://www.w3.org/XML/1998/namespace}" + local;
      const auto uri = namespaces_.find(first);
      if (uri == namespaces_.end()) {
        return scan_.failure_at(at, fmt::format("the prefix \"{}\" is not declared", first),
                                "Declare it under \"namespaces\" of the schema version.");
      }
      return uri->second.empty() ? local : "{" + uri->second + "}" + local;
    }
    if (scan_.at(':'))
      return scan_.failure_at(at, "axes other than child and attribute are not taken",
                              std::string(kSubset));
    if (scan_.at('('))
      return scan_.failure_at(at, fmt::format("the function {}() is not taken", first),
                              std::string(kSubset));
    static_cast<void>(is_attribute);
    return first;
  }

  Result<std::string> name() {
    const std::size_t begin = scan_.position();
    if (scan_.at('*'))
      return scan_.failure("\"*\" is not taken: a path names what it looks for",
                           std::string(kSubset));
    std::size_t end = begin;
    while (end < scan_.text().size() && is_name_byte(scan_.text()[end])) ++end;
    const bool begins = end > begin && !is_digit(scan_.text()[begin]) &&
                        scan_.text()[begin] != '-' && scan_.text()[begin] != '.';
    if (!begins) return scan_.expected("the name of an element or attribute", std::string(kSubset));
    for (std::size_t at = begin; at < end;) {
      const bool ascii = static_cast<signed char>(scan_.text()[at]) >= 0;
      const std::size_t size = ascii ? 1 : multibyte_length(scan_.text(), at);
      if (size == 0) return scan_.failure_at(at, "expected valid UTF-8");
      at += size;
    }
    scan_.move_to(end);
    return std::string(scan_.text().substr(begin, end - begin));
  }

  Scanner scan_;
  const XmlNamespaces& namespaces_;
  const XPathUse use_;
  int nesting_ = 0;
};

}  // namespace

Result<JsonPath> compile_xpath(std::string_view text, const XmlNamespaces& namespaces,
                               XPathUse use) {
  return XPathCompiler(text, namespaces, use).compile();
}

}  // namespace assay::path
