#pragma once
// The regular expressions of JSON Schema (ECMA-262), matched in time linear in the text.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::schema {

/// A compiled pattern. Immutable and cheap to copy; any number of threads may use it at once.
class RegularExpression {
 public:
  /// Nothing where the pattern looks around or back (RE2 has neither, which is what keeps it
  /// linear), or takes more memory than a pattern may; schema_invalid where it is no pattern.
  static Result<std::optional<RegularExpression>> compile(std::string_view pattern);

  /// Anywhere in the text.
  bool occurs_in(std::string_view text) const;
  /// The pattern as it was given.
  const std::string& source() const;

 private:
  struct Program;
  explicit RegularExpression(std::shared_ptr<const Program> program);
  std::shared_ptr<const Program> program_;
};

}  // namespace assay::schema
