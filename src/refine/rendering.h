#pragma once
// The slab that the stages see: where a record is no JSON, its rendition stands there instead.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "decode/rendition.h"
#include "refine/document.h"
#include "refine/refine.h"

namespace assay::refine {

/// Renders slab after slab and keeps its buffers. A slab of JSON is handed on as it is.
class Rendering {
 public:
  explicit Rendering(const PayloadLimits& limits) : renderer_(limits) {}

  /// The slab to walk, with the coordinates of the one given; good until the next call.
  /// Code::internal where the renditions of one slab are larger than 4 GiB.
  Result<const Slab*> render(const Slab& slab);
  /// Why a record of it has no rendition; nullptr where it has one.
  const Fault* fault(std::size_t record) const;

 private:
  Status append(const Slab& slab, std::size_t record);

  decode::Renderer renderer_;
  Slab rendered_;
  std::string bytes_;
  std::vector<std::uint32_t> offsets_;
  std::vector<std::optional<Fault>> faults_;
};

}  // namespace assay::refine
