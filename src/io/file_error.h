#pragma once
// How an error number of the operating system becomes an Error that says what to do.

#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::io {

/// `doing` reads on from "while": "writing", "opening". Both paths and the system's own words are
/// named.
Error file_error(int error_number, std::string_view doing, const std::string& path);

}  // namespace assay::io
