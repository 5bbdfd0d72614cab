#pragma once
// Regular expressions of RFC 9485 (I-Regexp), matched in time linear in the text.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::path {

/// A compiled pattern. Immutable and cheap to copy; any number of threads may use it at once.
class IRegexp {
 public:
  /// Nothing where the pattern is no I-Regexp (RFC 9535: then nothing matches); Code::path_limit
  /// where it is beyond what is taken: its size, or a class of what is not unassigned.
  static Result<std::optional<IRegexp>> compile(std::string_view pattern);

  bool matches_all_of(std::string_view text) const;
  bool occurs_in(std::string_view text) const;
  /// Instructions of the program: one byte of text costs at most time in proportion to it.
  std::size_t program_size() const;

 private:
  struct Program;
  explicit IRegexp(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

/// The same pattern in RE2's syntax; nothing where it is no I-Regexp, Code::path_limit where it is
/// one that RE2 cannot say.
Result<std::optional<std::string>> translate_i_regexp(std::string_view pattern);

}  // namespace assay::path
