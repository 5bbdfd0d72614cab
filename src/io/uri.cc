#include "io/file_system.h"

namespace assay::io {
namespace {

constexpr std::string_view kScheme = "file:";

}  // namespace

std::string to_uri(std::string_view path) {
  return std::string(kScheme) + "//" + std::string(path);
}

std::string from_uri(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::string(uri);
  uri.remove_prefix(kScheme.size());
  // "file:/a" and "file:///a" name the same file; Java writes the first form.
  if (uri.starts_with("//")) uri.remove_prefix(2);
  return std::string(uri);
}

}  // namespace assay::io
