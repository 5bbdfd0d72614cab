#pragma once
// The records of one input, whatever its format.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "io/file_system.h"

namespace assay::engine {

/// One record. `bytes` stays valid until the next call; of an oversized one it is the head only.
struct SplitRecord {
  /// Its identity within the source: of text the place of its first byte in the decompressed
  /// stream, of an Avro file the number of records before it.
  std::int64_t offset = 0;
  /// Where a range of the input may end so that this record is not in it: of an Avro file where
  /// its block begins.
  std::int64_t begin = 0;
  std::int64_t length = 0;
  std::string_view bytes;
  std::string_view
      headers;  ///< JSON: what the bytes alone do not say; empty where there is nothing
  bool oversized = false;
  Sha256 sha256{};         ///< of an oversized one
  std::string spilled;     ///< path of an oversized one's bytes
  bool terminated = true;  ///< false: the stream ended inside it, and more may follow
  bool torn = false;       ///< not terminated, and nothing by itself: it waits for the rest
};

/// CSV by the word of its source; without a delimiter the header line shows it.
struct DeclaredCsv {
  std::optional<char> delimiter;
};

/// One thread.
class RecordStream {
 public:
  struct Options {
    std::int64_t begin = 0;  ///< bytes before it were taken earlier: read and hashed, not cut
    std::size_t record_size_max = 0;
    std::string spill_folder;        ///< where an oversized record's bytes are written
    std::size_t head_bytes = 0;      ///< of an oversized record kept in memory
    std::optional<DeclaredCsv> csv;  ///< else content decides
    bool is_named_csv = false;       ///< what may be CSV is: a header line alone, or before dirt
    bool may_grow = false;           ///< a last row of CSV without a line break waits for its rest
  };

  RecordStream() = default;
  virtual ~RecordStream() = default;
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  /// The next record, or nothing at the end.
  virtual Result<std::optional<SplitRecord>> next() = 0;
  /// Offset in the stream behind the last record that `next` gave, its separator included. Between
  /// records of one block of an Avro file: where the block begins.
  virtual std::int64_t position() const = 0;
  /// A range of the input may end at position(): all records before it were given.
  virtual bool is_between_blocks() const { return true; }
  /// SHA-256 of the bytes before position(). REQUIRES: is_between_blocks().
  virtual Sha256 prefix_sha256() const = 0;
  /// SHA-256 of the bytes before the record that was not terminated. REQUIRES: there was one.
  virtual Sha256 prefix_sha256_before_unterminated() const = 0;
};

/// Cuts a stream of decompressed bytes into records; its content says how, but for a declared CSV.
Result<std::unique_ptr<RecordStream>> open_records(io::FileSystem& files,
                                                   std::unique_ptr<io::Reader> reader,
                                                   RecordStream::Options options);

}  // namespace assay::engine
