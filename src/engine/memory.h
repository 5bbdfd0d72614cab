#pragma once
// What the process keeps of memory that it no longer uses.

namespace assay::engine {

/// Takes large buffers from the system one by one, for the life of the process. The C library
/// would take them so at first only: with the first one that is freed it raises its threshold, and
/// then they lie between small blocks that outlive them, so that a process grows with its input.
/// For a program's start; a library has no business to decide this.
void keep_large_buffers_apart();

/// Gives freed memory back to the system. The C library keeps what lies between blocks in use, so
/// that after a while a process is larger than any of its epochs.
void give_back_memory();

}  // namespace assay::engine
