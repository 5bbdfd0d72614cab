// Any text as the target of a request: segments without tricks, or an error.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "serve/request_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto target = assay::serve::parse_target({reinterpret_cast<const char*>(data), size});
  if (!target) return 0;
  for (const std::string& segment : target->segments) {
    const bool has_control = std::any_of(segment.begin(), segment.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    if (segment == "." || segment == ".." || has_control) std::abort();
  }
  (void)target->flag("deleted");
  return 0;
}
