#include "refine/rendering.h"

#include <algorithm>
#include <limits>

namespace assay::refine {
namespace {

constexpr std::size_t kSlabSizeMax = std::numeric_limits<std::uint32_t>::max() - kPayloadPadding;
constexpr std::size_t kKept = std::size_t{64} << 20;  ///< room beyond it is given back

std::string_view record_of(const Slab& slab, std::size_t record) {
  const std::uint32_t begin = slab.offsets[record];
  return slab.bytes.substr(begin, slab.offsets[record + 1] - 1 - begin);
}

bool is_plain(const Slab& slab) {
  if (!slab.headers.empty()) return false;
  for (std::size_t i = 0; i + 1 < slab.offsets.size(); ++i) {
    if (!decode::is_plain_json(record_of(slab, i))) return false;
  }
  return true;
}

}  // namespace

Result<const Slab*> Rendering::render(const Slab& slab) {
  faults_.clear();
  if (is_plain(slab)) return &slab;
  const std::size_t count = slab.coordinates.size();
  if (bytes_.capacity() > kKept) bytes_ = std::string();
  bytes_.clear();
  offsets_.assign(1, 0);
  faults_.resize(count);
  for (std::size_t i = 0; i < count; ++i) ASSAY_TRY_VOID(append(slab, i));
  bytes_.append(kPayloadPadding, ' ');
  rendered_ = slab;
  rendered_.bytes = std::string_view(bytes_).substr(0, offsets_.back());
  rendered_.offsets = offsets_;
  rendered_.headers = {};
  return &rendered_;
}

Status Rendering::append(const Slab& slab, std::size_t record) {
  const std::size_t begin = bytes_.size();
  const std::string_view headers = slab.headers.empty() ? std::string_view() : slab.headers[record];
  if (auto status = renderer_.append(bytes_, record_of(slab, record), headers); !status) {
    bytes_.resize(begin);
    faults_[record] = Fault{status.error().code, std::move(status.error().message), ""};
  }
  bytes_ += '\n';
  if (bytes_.size() > kSlabSizeMax) {
    return make_error(Code::internal, "the renditions of one slab are larger than 4 GiB",
                      "Use smaller slabs.");
  }
  offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  return {};
}

const Fault* Rendering::fault(std::size_t record) const {
  if (faults_.empty() || !faults_[record]) return nullptr;
  return &*faults_[record];
}

}  // namespace assay::refine
