#pragma once
// Computed names of what a commit writes.

#include <string>
#include <string_view>

#include "lake/lake.h"

namespace assay::lake {

/// A UUID for one purpose of one commit.
std::string commit_uuid(std::string_view table, const CommitIdentity& identity,
                        std::string_view purpose);

/// Letters, digits, '_' and '-' as they are, every other byte as '_'.
std::string safe_name(std::string_view text);

}  // namespace assay::lake
