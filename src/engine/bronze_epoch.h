#pragma once
// A bronze epoch: records of many files and tenants, as they came, one manifest a tenant and
// application.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "engine/epoch.h"
#include "engine/input.h"
#include "engine/message_schemas.h"
#include "engine/record_stream.h"
#include "engine/session.h"

namespace assay::engine {

/// A stretch of one input that an epoch takes.
struct InputRange {
  static constexpr std::string_view kFile = "file";
  std::string kind = std::string(kFile);  ///< of its source (engine/source.h)
  Destination destination;
  std::string path;
  std::string source_id;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string prefix_sha256;  ///< of the first `end` bytes, hex
  std::int64_t generation = 0;
  std::int32_t partition = 0;
  /// Of a partition that several destinations share: where the epoch began to read it. Between
  /// `begin` and here is nothing of this destination.
  std::int64_t read_from = 0;
  std::int64_t missing = 0;  ///< offsets in it that the source dropped before they were taken
  std::string mark;          ///< what the source needs to know its last record again
};

/// Where a record stands, beside its offset. Borrows its text.
struct SourcePart {
  std::string_view source_id;
  std::int64_t generation = 0;
  std::int32_t partition = 0;
};

/// Records of an epoch at most: small ones take more room in memory than their bytes say.
inline constexpr std::int64_t kEpochRecords = 1 << 18;

struct BronzeTotals {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t quarantined = 0;
  std::int64_t epochs = 0;
};

/// Collects records, then commits: intent -> bronze.record (and bronze.quarantine) -> control
/// transaction.
class BronzeEpoch {
 public:
  /// `number` and `ingest_time` are those of an interrupted epoch where it is repeated.
  static Result<BronzeEpoch> begin(Session& session);
  BronzeEpoch(Session& session, std::int64_t number, Micros ingest_time);

  Status add(const Destination& destination, SourcePart part, const SplitRecord& record);
  /// Says that everything of the input up to range.end is in this epoch (or an earlier one).
  void add_range(InputRange range);
  /// What a client was told of records of this epoch.
  void add_receipt(control::PushReceipt receipt) { epoch_.add_receipt(std::move(receipt)); }
  /// No more is added: an epoch lies in memory.
  bool is_full() const;
  bool empty() const { return ranges_.empty(); }
  std::int64_t number() const { return number_; }

  /// Writes the intent (unless it stands already: a repeated epoch) and commits.
  struct CommitOptions {
    bool intent_stands = false;
  };
  Result<BronzeTotals> commit(const CommitOptions& options);

  /// The ranges and the ingest time of an intent's body.
  struct IntentBody {
    Micros ingest_time = 0;
    std::vector<InputRange> ranges;
  };
  static Result<IntentBody> parse_intent(const std::string& body);

 private:
  struct Flow {  ///< a tenant's application
    ManifestDraft draft;
    std::int64_t records = 0;
    std::int64_t bytes = 0;
    std::map<int, std::int64_t> quarantined_by_code;
  };
  Flow& flow_of(const Destination& destination);
  Status add_record_row(const Destination& destination, SourcePart part, const SplitRecord& record);
  Status add_quarantine_row(const Destination& destination, SourcePart part,
                            const SplitRecord& record);
  Status keep_spilled(const SplitRecord& record, const Sha256& sha256);
  std::string intent_body() const;
  Status write_intent(std::span<const control::Manifest> processing);
  Status sum_up();

  Session* session_;
  std::int64_t number_;
  Micros ingest_time_;
  Epoch epoch_;
  column::BatchBuilder records_;
  column::BatchBuilder quarantine_;
  std::vector<column::Batch> record_batches_;
  std::vector<column::Batch> quarantine_batches_;
  std::map<std::pair<std::string, std::string>, Flow> flows_;
  std::vector<InputRange> ranges_;
  std::map<std::string, MessageSchemas> schemas_;  // by tenant
  BronzeTotals totals_;
  std::int64_t header_bytes_ = 0;  ///< of all records
};

/// The identity of a record (design section 6).
Hash128 record_id_of(const Destination& destination, std::string_view source_id,
                     std::int64_t generation, std::int32_t partition, std::int64_t offset);

/// The key of an input's offset in the control database.
control::SourceOffset offset_key(const Destination& destination, const std::string& source_id);

}  // namespace assay::engine
