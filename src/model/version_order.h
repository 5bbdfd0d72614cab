#pragma once
// The order of schema versions by their names.

#include <string_view>

namespace assay::model {

/// True where `a` comes before `b` when the newest stands first: "v10" before "v9", "2.1" before
/// "2". Runs of digits compare as numbers, everything else byte by byte.
bool is_newer_version(std::string_view a, std::string_view b);

}  // namespace assay::model
