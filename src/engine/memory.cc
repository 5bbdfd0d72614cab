#include "engine/memory.h"

#include <malloc.h>

namespace assay::engine {
namespace {

constexpr int kLargeBuffer = 1 << 20;

}  // namespace

void keep_large_buffers_apart() { mallopt(M_MMAP_THRESHOLD, kLargeBuffer); }

void give_back_memory() { malloc_trim(0); }

}  // namespace assay::engine
