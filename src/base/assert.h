#pragma once
// ASSAY_ASSERT is for our own bugs and stays on in release; a tenant's bad data is never an assert.
// A failed assert throws InternalError, which the outermost frame of a host turns into an error
// (the C ABI poisons its handle): it must not kill the host's process.

#include <stdexcept>

namespace assay {

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void fail_assert(const char* condition, const char* file, int line);

}  // namespace assay

#define ASSAY_ASSERT(condition)                             \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::assay::fail_assert(#condition, __FILE__, __LINE__); \
  } while (0)

#ifdef NDEBUG
#define ASSAY_DASSERT(condition) \
  do {                           \
  } while (0)
#else
#define ASSAY_DASSERT(condition) ASSAY_ASSERT(condition)
#endif
