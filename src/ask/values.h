#pragma once
// The values that a tenant's data have, for questions such as "in Germany".

#include <span>
#include <string>
#include <vector>

#include "ask/interpretation.h"
#include "base/result.h"

namespace assay::ask {

struct ValueHit {
  std::size_t text = 0;       ///< index into the texts asked for
  std::size_t dimension = 0;  ///< index into the dimensions asked
  std::string value;          ///< as stored
};

/// A fake stands in for tests of the grammar.
class Values {
 public:
  virtual ~Values() = default;
  /// Which of the texts are values of which dimensions, whatever their case; sorted by all members.
  virtual Result<std::vector<ValueHit>> find(std::span<const Dimension> dimensions,
                                             std::span<const std::string> texts) = 0;
  /// The few values most like a text, the nearest first.
  virtual Result<std::vector<std::string>> nearest(std::span<const Dimension> dimensions,
                                                   const std::string& text) = 0;
};

}  // namespace assay::ask
