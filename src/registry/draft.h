#pragma once
// Draft versions: what the records that no schema version takes could be declared as. Derived from
// quarantine each time, so that a draft can be no older than what waits there.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/workspace.h"
#include "registry/assessment.h"
#include "registry/inference.h"

namespace assay::registry {

/// Records in quarantine that have one path set, as the kernel wrote it down.
struct UnknownShape {
  std::string application;
  std::string fingerprint;
  std::string paths;  ///< one a line, with its kind behind a blank
  std::int64_t records = 0;
  std::string first_seen, last_seen;  ///< instants whose texts sort as they do
};

/// A suggestion for one field.
struct DraftField {
  std::string name;
  std::string path;      ///< as a mapping writes it; empty: none was found
  std::string was;       ///< in the nearest version; empty: that one does not fill it
  std::string settings;  ///< the rest of the mapping as YAML, ", trim: true"; empty: none
  double score = 0;
  std::string reason;
};
struct DraftRole {
  std::string name;
  std::vector<DraftField> fields;
};
struct DraftMapping {
  std::string entity;
  std::string rows;  ///< empty: of the record itself, or none was found
  std::string rows_was;
  bool rows_are_missing = false;
  std::vector<DraftField> fields;
  std::vector<DraftField> extension;
  std::vector<DraftRole> roles;
  std::vector<InferredField> unmapped;  ///< leaves of its rows that nothing takes
};

struct Draft {
  std::string id;  ///< stays while the oldest of its records waits
  std::string tenant, application;
  std::string name;  ///< that the version could have
  std::int64_t records = 0;
  bool is_sampled = false;  ///< records that a value tells apart were counted in part
  std::int64_t shapes = 0;
  std::string first_seen, last_seen;
  std::vector<std::pair<std::string, std::string>>
      said;                        ///< path of a match condition, value there
  std::string nearest;             ///< "acme/shop/v1"; empty: no version is near
  double score = 0;                ///< of its paths, how well they are found again
  std::vector<std::string> adds;   ///< leaves that records of known versions lack
  std::vector<std::string> lacks;  ///< paths of the nearest version that these lack
  std::vector<std::pair<std::string, std::vector<std::string>>> match;  ///< path, equals
  std::string envelope_version;
  std::vector<DraftMapping> mappings;  ///< by the nearest version
  std::vector<std::string> new_rows;   ///< arrays that no mapping takes
  std::vector<InferredRole> masters;   ///< likely master data among what nothing takes
  std::string yaml;                    ///< the file of the version
};

/// Takes shapes first, then samples of them and of known records; then tells the drafts of one
/// tenant. One thread.
class DraftFinder {
 public:
  /// Borrows the workspace.
  DraftFinder(const model::Workspace& workspace, std::string tenant);
  ~DraftFinder();
  DraftFinder(DraftFinder&&) noexcept;

  void add_shape(UnknownShape shape);
  /// A record of a shape, as JSON. REQUIRES: in the order of the shapes.
  void add_sample(std::string_view fingerprint, std::string_view application,
                  std::string_view record, Notation notation);
  /// A record that some version of the application takes.
  void add_known(std::string_view application, std::string_view record, Notation notation);
  /// The oldest first.
  std::vector<Draft> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::registry
