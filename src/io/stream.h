#pragma once
// Inputs that can be read only once.

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace assay::io {

enum class InputKind {
  file,    ///< also a folder, a pattern and what is not there: for others to judge
  pipe,    ///< named or not
  device,  ///< or a socket: has no end that can be relied upon
};

/// What a path leads to.
InputKind input_kind(const std::string& path);

/// The process's stdin, from where it stands. Errors of `read`: file_io.
std::unique_ptr<Reader> standard_input();

}  // namespace assay::io
