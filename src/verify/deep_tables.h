#pragma once
// What the derivation is compared with: one manifest's stored rows, and the sets that span
// manifests.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "verify/interpreter.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// Hashes of one manifest's rows by table, record id and pointer; each may be taken once.
class SilverRows {
 public:
  struct Quarantined {
    int code = 0;
    std::string pointer;
    std::int64_t length = 0;
    std::string sha256;
  };
  Status load(Sql& sql, const std::string& table, const std::string& scan,
              const std::string& manifest);
  Status load_quarantine(Sql& sql, const std::string& scan, const std::string& manifest);

  bool has(const std::string& table, std::string_view record_id, std::string_view pointer) const;
  std::optional<Hash128> take(const std::string& table, std::string_view record_id,
                              std::string_view pointer);
  std::optional<Quarantined> take_quarantined(std::string_view record_id);
  /// Names of rows that nobody took, at most so many.
  std::vector<std::string> left_over(std::int64_t count_max) const;

 private:
  std::map<std::string, std::unordered_multimap<std::string, Hash128>> rows_;
  std::unordered_multimap<std::string, Quarantined> quarantined_;
};

/// Derived contents and the identities of records under `dedupe: key+content`, in temporary tables
/// that spill.
class DerivedSets {
 public:
  static Result<DerivedSets> make(Sql& sql);
  void add_content(const std::string& table, const Hash128& hash);
  void add_record(std::string_view record_id, const Hash128& identity, bool kept);
  /// Writes what waits, where it is more than `pending_max`.
  Status flush(Sql& sql, std::size_t pending_max);

 private:
  std::vector<std::pair<std::string, std::string>> contents_;
  struct Record {
    std::string record_id;
    std::string identity;
    bool kept = false;
  };
  std::vector<Record> records_;
};

/// The stored contents of the tenant's masters are exactly the derived ones.
void compare_contents(WorkspaceState& state, CheckScope& scope, const std::string& tenant);
/// Every record that was dropped equals one that was kept, and no two kept ones are equal.
void compare_duplicates(WorkspaceState& state, CheckScope& scope);

/// Which columns of a stored row differ from the derived one.
std::string difference(WorkspaceState& state, const PlanTable& table, const std::string& manifest,
                       std::string_view record_id, const DerivedRow& derived);

}  // namespace assay::verify
