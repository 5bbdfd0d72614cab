#pragma once
// Which version of an event's key is current, as the applied workspace declares it (`dedupe: key`).

#include <optional>
#include <string>
#include <vector>

#include "verify/why_row.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// What each row of an event with versions, of its items and of their marts is now, under this
/// name: "current", "superseded" or "deleted".
inline constexpr const char* kVersionStatus = "version_status";

/// The order of an event's versions.
struct VersionRule {
  std::string event;
  std::vector<std::string> key;
  std::vector<std::string> order;  ///< the greatest is current
  std::string deletion_field;      ///< empty: nothing is ever deleted
  std::vector<std::string> deletion_values;
};

/// Of a silver table or mart of an event, or of its items; nothing where all rows hold.
std::optional<VersionRule> version_rule(const std::string& workspace_json,
                                        const std::string& table);

/// Rows of `table` that fulfil the condition, each with its status, oldest first. The last one
/// tells what holds now: the current version, else the one that deleted the key, else the latest
/// one that was superseded.
Result<std::vector<NamedRow>> versioned_rows(WorkspaceState& state, const VersionRule& rule,
                                             const IcebergTable& table, const std::string& tenant,
                                             const std::string& condition, std::size_t count_max);

/// In words: what the row is among the versions of its key.
std::string version_note(const VersionRule& rule, const FoundRow& found);

}  // namespace assay::verify
