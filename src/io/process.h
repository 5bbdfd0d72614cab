#pragma once
// The seam to the process and its surroundings: environment, identity, randomness, working folder.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace assay::io {

/// Nothing where the variable is unset; an empty text where it is set to nothing.
std::optional<std::string> environment_variable(const std::string& name);
std::int64_t process_id();
std::string host_name();
/// 64 bits from the operating system. Never used for anything that is stored under a computed
/// identity.
std::uint64_t random_number();
/// An absolute path without "." and ".."; symbolic links stay. Relative to the working folder.
Result<std::string> absolute_path(const std::string& path);

}  // namespace assay::io
