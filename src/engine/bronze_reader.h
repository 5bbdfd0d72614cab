#pragma once
// The records of one bronze manifest, as slabs for the kernel.

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/message_schemas.h"
#include "engine/session.h"
#include "lake/lake.h"
#include "refine/refine.h"

namespace assay::engine {

/// A slab and what it borrows.
class SlabBuffer {
 public:
  void clear();
  bool empty() const { return coordinates_.empty(); }
  /// Bytes, and for what a small record with headers may become as a rendition some more.
  std::size_t bytes() const { return bytes_.size() + kHeadersWeight * headers_.size(); }
  /// `headers` may be empty: a record that has none.
  void add(std::string_view payload, std::string_view headers,
           const refine::Coordinates& coordinates);
  /// REQUIRES: not empty. Valid until the next add or clear.
  refine::Slab slab(std::string_view application, std::string_view manifest_id, Micros ingest_time);

 private:
  static constexpr std::size_t kHeadersWeight = 64;

  std::string bytes_;
  std::vector<std::uint32_t> offsets_{0};
  std::vector<refine::Coordinates> coordinates_;
  std::vector<std::string_view> headers_;     // empty where no record has any
  std::set<std::string, std::less<>> texts_;  // what coordinates_ borrow; nodes never move
};

/// Names of data files say their epoch: keeps those that this epoch wrote.
std::vector<std::string> files_of_epoch(const lake::ScanPlan& plan, std::int64_t epoch);

/// Calls `consume` with slabs of about kSlabBytes in the order (source, source id, partition,
/// offset). `only`, where it is given, are the record ids to read, sorted. `schemas` completes the
/// headers.
Status read_bronze(Session& session, const control::Manifest& bronze,
                   const std::vector<Hash128>* only, MessageSchemas& schemas,
                   const std::function<Status(SlabBuffer&)>& consume);

/// Whether a bronze manifest has this record.
Result<bool> has_record(Session& session, const control::Manifest& bronze,
                        const Hash128& record_id);

/// The headers of one record of a bronze manifest; empty where it has none.
Result<std::string> read_headers(Session& session, const control::Manifest& bronze,
                                 const Hash128& record_id);

/// All rows that one silver manifest wrote into a table, from the lake.
Result<std::vector<column::Batch>> read_rows(Session& session, const column::TableSchema& schema,
                                             const control::Manifest& manifest);

}  // namespace assay::engine
