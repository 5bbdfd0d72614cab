#pragma once
// Which schema version a payload is of: the first of the application's whose conditions all hold.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "refine/document.h"
#include "refine/program.h"

namespace assay::refine {

/// The text of a scalar as conditions compare it. `room` holds it where it has escapes.
std::string_view scalar_text(const Document& document, const Node& node, std::string& room);

/// Payloads that agree in what conditions look at - which of the slots are filled, and the texts of
/// those that are compared - are of one version. So the finder remembers the answer by that, and a
/// record costs the same with fifty versions as with two. The memory is bounded and only saves
/// work. Borrows the program. One thread.
class VersionFinder {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  explicit VersionFinder(const ApplicationProgram& program);

  /// Index into ApplicationProgram::versions; kNone: no version matches.
  std::uint32_t find(const Document& document, std::uint32_t place);

 private:
  struct Known {
    std::string seen;
    std::uint32_t version = kNone;
  };

  bool look(const Document& document, std::uint32_t place);
  std::uint32_t search(const Document& document, std::uint32_t place) const;

  const ApplicationProgram* program_;
  // Conditions look at slots of the payload itself: scope 0.
  std::vector<std::uint32_t> slots_;     ///< each once
  std::vector<std::uint32_t> compared_;  ///< those of them whose text some condition looks at
  std::string seen_;                     ///< what they find in the payload at hand
  std::vector<Known> known_;             ///< by hash; the last one takes the place
};

}  // namespace assay::refine
