// Any bytes are a JSONPath or are refused with their byte; what is taken has one canonical text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "path/json_path.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = assay::path::parse_json_path(text);
  if (!path) {
    if (path.error().code != assay::Code::path_invalid) std::abort();
    return 0;
  }
  const std::string canonical = assay::path::to_string(*path);
  const auto again = assay::path::parse_json_path(canonical);
  if (!again || !(*again == *path) || assay::path::to_string(*again) != canonical) std::abort();
  return 0;
}
