#include "io/stream.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "io/file_error.h"

namespace assay::io {
namespace {

class StandardInput final : public Reader {
 public:
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    for (;;) {
      const ssize_t count = ::read(STDIN_FILENO, buffer, capacity);
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return file_error(errno, "reading", "standard input");
    }
  }
};

}  // namespace

InputKind input_kind(const std::string& path) {
  std::error_code error;
  switch (std::filesystem::status(path, error).type()) {
    case std::filesystem::file_type::fifo: return InputKind::pipe;
    case std::filesystem::file_type::block:
    case std::filesystem::file_type::character:
    case std::filesystem::file_type::socket: return InputKind::device;
    default: return InputKind::file;
  }
}

std::unique_ptr<Reader> standard_input() { return std::make_unique<StandardInput>(); }

}  // namespace assay::io
