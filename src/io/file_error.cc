#include "io/file_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace assay::io {
namespace {

Code code_of(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: return Code::file_not_found;
    case EEXIST: return Code::file_exists;
    case ENOSPC:
    case EDQUOT: return Code::disk_full;
    case EACCES:
    case EPERM:
    case EROFS: return Code::file_permission;
    default: return Code::file_io;
  }
}

std::string hint_of(Code code) {
  switch (code) {
    case Code::file_not_found: return "Check the path.";
    case Code::disk_full:
      return "Free room on that disk and run the command again: nothing was committed.";
    case Code::file_permission:
      return "Check owner and mode of the file and of its folder, or run as the user who owns "
             "them.";
    default: return {};
  }
}

}  // namespace

Error file_error(int error_number, std::string_view doing, const std::string& path) {
  const Code code = code_of(error_number);
  return make_error(code,
                    fmt::format("{} \"{}\" failed: {}", doing, path,
                                std::generic_category().message(error_number)),
                    hint_of(code));
}

}  // namespace assay::io
