#pragma once
// What the process keeps of memory that it no longer uses.

namespace assay::engine {

/// Gives freed memory back to the system. The C library keeps what lies between blocks in use, so
/// that after a while a process is larger than any of its epochs.
void give_back_memory();

}  // namespace assay::engine
