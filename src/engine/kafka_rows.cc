#include "engine/kafka_rows.h"

#include <fmt/format.h>

#include "engine/kafka_headers.h"

namespace assay::engine {
namespace {

/// A record beyond the limit: bronze keeps its head, quarantine all of it, in a file.
Status spill(Session& session, const KafkaPart& part, SplitRecord& record) {
  const std::string folder = session.paths().tmp + "/spill";
  record.spilled = fmt::format("{}/{}-{}-{}-{}", folder, part.place.topic, part.place.partition,
                               part.generation, record.offset);
  ASSAY_TRY_VOID(session.files().make_folders(folder));
  ASSAY_TRY_VOID(session.files().remove(record.spilled));  // of an epoch that was interrupted
  ASSAY_TRY_VOID(session.files().create(record.spilled, record.bytes));
  record.oversized = true;
  record.sha256 = sha256(record.bytes);
  record.bytes = record.bytes.substr(0, kQuarantineInlineBytes);
  return {};
}

}  // namespace

Status add_kafka_record(Session& session, BronzeEpoch& epoch, const Destination& destination,
                        const KafkaPart& part, const KafkaRecord& from) {
  SplitRecord record;
  record.offset = record.begin = from.offset();
  record.bytes = from.payload();
  record.length = static_cast<std::int64_t>(record.bytes.size());
  std::string headers;
  if (from.key() || from.is_tombstone() || from.has_headers())
    headers = kafka_headers_json(from.key(), from.headers(), from.is_tombstone());
  record.headers = headers;
  if (record.bytes.size() > session.workspace().limits.record_size_max)
    ASSAY_TRY_VOID(spill(session, part, record));
  return epoch.add(destination,
                   {.source_id = part.place.topic,
                    .generation = part.generation,
                    .partition = part.place.partition},
                   record);
}

}  // namespace assay::engine
