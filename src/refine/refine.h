#pragma once
// The stateless half of the kernel: payload bytes in, typed Arrow batches and their accounting out.
// Pure: no I/O, clock, threads, randomness or globals; same slab and plan, same result.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "plan/plan.h"

namespace assay::refine {

/// Where a record came from.
struct Coordinates {
  Hash128 record_id;
  std::string_view source;     ///< name of the source
  std::string_view source_id;  ///< identity within it (a file's SHA-256, a topic)
  std::int64_t source_generation = 0;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// Records of one tenant, one application and one bronze manifest. Borrows everything.
struct Slab {
  /// Record i is bytes[offsets[i], offsets[i + 1] - 1); the byte behind each record is '\n'.
  /// REQUIRES: kPayloadPadding more readable bytes behind the last.
  std::string_view bytes;
  std::span<const std::uint32_t> offsets;  ///< record count + 1
  std::span<const Coordinates> coordinates;
  std::string_view application;
  std::string_view manifest_id;  ///< of the silver manifest that the rows will carry
  Micros ingest_time = 0;
  /// From when on the rows are known; 0 = from the ingest time on. Later for records that were
  /// reprocessed.
  Micros knowledge_time = 0;
  /// What the bytes of a record do not say alone (bronze.record's headers), one a record; empty
  /// where no record of the slab has any.
  std::span<const std::string_view> headers = {};
};

struct TableBatch {
  int table = 0;  ///< index into Plan::tables
  column::Batch batch;
  std::vector<std::uint32_t>
      record_of_row;  ///< index of the record in the slab that each row came from
};

/// leaves = mapped + master + residue holds for the refined records (design sections 2 and 13).
struct Accounting {
  std::int64_t records = 0;
  std::int64_t refined = 0;
  std::int64_t quarantined = 0;
  std::int64_t leaves = 0;
  std::int64_t leaves_mapped = 0;
  std::int64_t leaves_master = 0;
  std::int64_t leaves_residue = 0;
  std::int64_t masters_seen = 0;  ///< embedded copies that had a key
  std::int64_t bytes = 0;
  std::map<int, std::int64_t> quarantined_by_code;
  std::map<std::string, std::int64_t> refined_by_version;
  std::map<std::string, std::int64_t> masters_seen_by_entity;
  void add(const Accounting& other);
};

/// One entry a record of the slab.
struct RecordOutcome {
  bool refined = false;
  Hash128 key_hash;  ///< of the root entity's name and key; meaningful where refined
  Hash128
      content_hash;  ///< sum of the row hashes that the record made, masters and residue included
};

struct RefineResult {
  std::vector<TableBatch>
      batches;  ///< at most one a table; entities, contents, residue, quarantine
  std::vector<RecordOutcome> records;
  Accounting accounting;
};

/// A compiled plan with its caches. One thread at a time; caches never change a result.
class Refiner {
 public:
  /// Code::plan_invalid where the plan cannot be compiled.
  static Result<Refiner> open(std::shared_ptr<const plan::Plan> plan);
  ~Refiner();
  Refiner(Refiner&&) noexcept;
  Refiner& operator=(Refiner&&) noexcept;

  /// Bad data is data (rows of the quarantine table); an error is a bad slab or lack of memory.
  Result<RefineResult> refine(const Slab& slab);

 private:
  struct Impl;
  explicit Refiner(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::refine
