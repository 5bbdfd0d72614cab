#pragma once
// JSON as the demo's applications write it: one payload after another into one string.

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::commerce {

/// Appends one payload. Commas are its own business; that the nesting is right is the caller's.
class JsonText {
 public:
  /// `ascii`: characters beyond ASCII become \u escapes, as some applications do it.
  JsonText(std::string& out, bool ascii) : out_(out), ascii_(ascii) {}

  void open(std::string_view name = {}) { begin(name, '{'); }
  void close() { end('}'); }
  void open_array(std::string_view name) { begin(name, '['); }
  void close_array() { end(']'); }

  void text(std::string_view name, std::string_view value);
  /// A token that is JSON already: a number, true, null.
  void raw(std::string_view name, std::string_view token);
  void integer(std::string_view name, std::int64_t value);

 private:
  void begin(std::string_view name, char bracket);
  void end(char bracket);
  void name_and_comma(std::string_view name);
  void quote(std::string_view value);
  void escape_code_point(std::string_view value, std::size_t& at);

  std::string& out_;
  bool ascii_;
  bool comma_ = false;
};

}  // namespace assay::commerce
