#pragma once
// The records of an Avro object container file: the values of its blocks, each with the bytes that
// the block has of it once decompressed.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "decode/avro_container.h"
#include "decode/avro_value.h"
#include "engine/hashed_input.h"
#include "engine/record_stream.h"

namespace assay::engine {

/// Cuts block by block; memory is bounded by the limit of a block.
///
///   next: the next value of the block -> take_value; where the block has no more -> open_block
///   open_block: head, data, sync marker; decompress. A block that ends with the stream is torn and
///     waits for its rest; one that is damaged is a record itself -> take_damaged
///
/// A damaged stretch goes up to and with the next sync marker, and is one record, whose headers say
/// what is wrong with it; so are the bytes of a block from the first on that is no value. Ranges of
/// the input end between blocks. The offset of a record is the number of records before it.
class AvroSplitter final : public RecordStream {
 public:
  AvroSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader, Options options);

  Result<std::optional<SplitRecord>> next() override;
  std::int64_t position() const override { return input_.position(); }
  bool is_between_blocks() const override { return !measure_.has_value(); }
  Sha256 prefix_sha256() const override { return input_.prefix_sha256(); }
  Sha256 prefix_sha256_before_unterminated() const override { return input_.prefix_sha256(); }

 private:
  Result<bool> start();
  Result<std::optional<SplitRecord>> next_in_stream();
  Result<std::optional<SplitRecord>> open_block();
  Result<std::optional<SplitRecord>> take_value();
  Result<std::optional<SplitRecord>> take_rest(const std::string& reason);
  Result<std::optional<SplitRecord>> take_damaged(const std::string& reason);
  Result<std::optional<SplitRecord>> incomplete_block();
  SplitRecord torn() const;
  Result<SplitRecord> record_of(std::string_view bytes, std::string_view headers);
  Result<SplitRecord> spill_damaged(std::string_view headers);
  Result<SplitRecord> spilled_record(std::string_view headers);
  void close_block();
  std::string_view damaged_headers(const std::string& reason);

  io::FileSystem& files_;
  Options options_;
  HashedInput input_;
  bool started_ = false;
  std::optional<decode::AvroHeader> header_;
  std::string headers_;          // of values
  std::string damaged_headers_;  // of the last damaged stretch
  std::string head_;             // of the last oversized record
  std::int64_t ordinal_ = 0;     // of the next record

  // The block that is being taken.
  std::size_t block_size_ = 0;
  std::int64_t values_left_ = 0;
  std::string room_;
  std::optional<decode::AvroMeasure> measure_;
};

}  // namespace assay::engine
