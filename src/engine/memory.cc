#include "engine/memory.h"

#include <malloc.h>

namespace assay::engine {

void give_back_memory() { malloc_trim(0); }

}  // namespace assay::engine
