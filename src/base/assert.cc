#include "base/assert.h"

#include <fmt/format.h>

namespace assay {

void fail_assert(const char* condition, const char* file, int line) {
  throw InternalError(fmt::format("assertion failed: {} ({}:{})", condition, file, line));
}

}  // namespace assay
