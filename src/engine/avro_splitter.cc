#include "engine/avro_splitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/limits.h"
#include "decode/rendition.h"

namespace assay::engine {
namespace {

using nlohmann::json;

constexpr std::int64_t kBlockRecordsMax = 1 << 20;  ///< an epoch ends between blocks alone

std::string to_text(const json& headers) {
  return headers.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

AvroSplitter::AvroSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader,
                           Options options)
    : files_(files), options_(std::move(options)), input_(std::move(reader)) {}

/// Reads the header; false where the stream ends within it.
Result<bool> AvroSplitter::start() {
  started_ = true;
  for (;;) {
    ASSAY_TRY(header_, decode::read_avro_header(input_.unread()));
    if (header_) break;
    ASSAY_TRY(const bool more, input_.fill());
    if (!more) return false;
  }
  headers_ =
      to_text({{decode::header::kFormat, "avro"}, {decode::header::kSchema, header_->schema_text}});
  input_.advance(header_->size);
  while (input_.position() < options_.begin) {
    ASSAY_TRY(const auto record, next_in_stream());
    if (!record || record->torn) break;
  }
  return true;
}

Result<std::optional<SplitRecord>> AvroSplitter::next() {
  if (!started_) {
    ASSAY_TRY(const bool has_header, start());
    if (!has_header) return std::optional(torn());
  }
  return next_in_stream();
}

Result<std::optional<SplitRecord>> AvroSplitter::next_in_stream() {
  for (;;) {
    if (measure_) return take_value();
    ASSAY_TRY(const bool has_bytes, input_.fill_to(1));
    if (!has_bytes) return std::optional<SplitRecord>();
    ASSAY_TRY(auto record, open_block());
    if (record) return record;
  }
}

/// Opens the next block that has values; a record where there is none to open, but bytes.
Result<std::optional<SplitRecord>> AvroSplitter::open_block() {
  constexpr std::size_t kHeadSizeMax = 20;
  ASSAY_TRY(const bool has_head, input_.fill_to(kHeadSizeMax));
  static_cast<void>(has_head);
  const auto head = decode::read_avro_block_head(input_.unread());
  if (!head) return take_damaged(head.error().message);
  if (!*head) return incomplete_block();
  const decode::AvroBlockHead& block = **head;
  ASSAY_TRY(const bool is_whole, input_.fill_to(block.block_size()));
  if (!is_whole) return incomplete_block();
  const std::string_view bytes = input_.unread().substr(0, block.block_size());
  if (!bytes.ends_with(header_->sync)) return take_damaged("no sync marker ends the block");
  const auto data = decode::decompress_avro_block(header_->codec,
                                                  bytes.substr(block.size, block.data_size), room_);
  if (!data) return take_damaged(data.error().message);
  measure_.emplace(header_->schema, *data);
  block_size_ = block.block_size();
  values_left_ = block.count;
  if (values_left_ == 0 && data->empty()) close_block();
  return std::optional<SplitRecord>();
}

Result<std::optional<SplitRecord>> AvroSplitter::take_value() {
  const std::string_view rest = measure_->rest();
  if (values_left_ > kBlockRecordsMax) return take_rest("the block has too many values");
  if (values_left_ == 0) return take_rest("bytes stand behind the last value of the block");
  const auto size = measure_->next();
  if (!size) return take_rest(size.error().message);
  ASSAY_TRY(const auto record, record_of(rest.substr(0, *size), headers_));
  --values_left_;
  if (values_left_ == 0 && measure_->rest().empty()) close_block();
  return std::optional(record);
}

/// What no value could be read from, up to the end of the block.
Result<std::optional<SplitRecord>> AvroSplitter::take_rest(const std::string& reason) {
  ASSAY_TRY(const auto record, record_of(measure_->rest(), damaged_headers(reason)));
  close_block();
  return std::optional(record);
}

void AvroSplitter::close_block() {
  measure_.reset();
  input_.advance(block_size_);
}

/// The stream ends within a block. It may still be written to, unless the marker of a later block
/// is there already.
Result<std::optional<SplitRecord>> AvroSplitter::incomplete_block() {
  if (input_.unread().find(header_->sync) != std::string_view::npos)
    return take_damaged("no sync marker ends the block");
  return std::optional(torn());
}

SplitRecord AvroSplitter::torn() const {
  SplitRecord record;
  record.offset = record.begin = input_.position();
  record.length = static_cast<std::int64_t>(input_.unread().size());
  record.bytes = input_.unread();
  record.terminated = false;
  record.torn = true;
  return record;
}

Result<std::optional<SplitRecord>> AvroSplitter::take_damaged(const std::string& reason) {
  const std::string& sync = header_->sync;
  const std::string_view headers =
      damaged_headers(fmt::format("the block at byte {}: {}", input_.position(), reason));
  ASSAY_TRY(const bool is_large, input_.fill_to(options_.record_size_max + sync.size()));
  const auto end = input_.unread().find(sync);
  if (end == std::string_view::npos && is_large) {
    ASSAY_TRY(const auto record, spill_damaged(headers));
    return std::optional(record);
  }
  const std::size_t size =
      end == std::string_view::npos ? input_.unread().size() : end + sync.size();
  ASSAY_TRY(const auto record, record_of(input_.unread().substr(0, size), headers));
  input_.advance(size);
  return std::optional(record);
}

/// A damaged stretch that does not fit into memory goes to a file while it goes by.
Result<SplitRecord> AvroSplitter::spill_damaged(std::string_view headers) {
  const std::string& sync = header_->sync;
  ASSAY_TRY(SplitRecord record, spilled_record(headers));
  Sha256Hasher hasher;
  head_ = input_.unread().substr(0, options_.head_bytes);
  for (bool goes_on = true; goes_on;) {
    const auto end = input_.unread().find(sync);
    std::size_t size = input_.unread().size();
    if (end != std::string_view::npos) {
      size = end + sync.size();
      goes_on = false;
    } else {
      ASSAY_TRY(goes_on, input_.fill());
      // The marker may have begun at the end of what was there.
      if (goes_on) size -= std::min(size, sync.size() - 1);
    }
    const std::string_view part = input_.unread().substr(0, size);
    hasher.update(part);
    ASSAY_TRY_VOID(files_.append(record.spilled, part));
    record.length += static_cast<std::int64_t>(size);
    input_.advance(size);
  }
  record.sha256 = hasher.finish();
  record.bytes = head_;
  return record;
}

/// One whose bytes are about to be written to a file.
Result<SplitRecord> AvroSplitter::spilled_record(std::string_view headers) {
  SplitRecord record;
  record.offset = ordinal_++;
  record.begin = input_.position();
  record.headers = headers;
  record.oversized = true;
  record.spilled = fmt::format("{}/record-{}", options_.spill_folder, record.offset);
  ASSAY_TRY_VOID(files_.make_folders(options_.spill_folder));
  ASSAY_TRY_VOID(files_.remove(record.spilled));
  return record;
}

std::string_view AvroSplitter::damaged_headers(const std::string& reason) {
  damaged_headers_ =
      to_text({{decode::header::kFormat, "damaged"}, {decode::header::kDamage, reason}});
  return damaged_headers_;
}

/// A record of bytes that are in memory; one beyond the limit is spilled.
Result<SplitRecord> AvroSplitter::record_of(std::string_view bytes, std::string_view headers) {
  if (bytes.size() > options_.record_size_max) {
    ASSAY_TRY(SplitRecord record, spilled_record(headers));
    record.length = static_cast<std::int64_t>(bytes.size());
    record.sha256 = sha256(bytes);
    record.bytes = bytes.substr(0, options_.head_bytes);
    ASSAY_TRY_VOID(files_.append(record.spilled, bytes));
    return record;
  }
  SplitRecord record;
  record.offset = ordinal_++;
  record.begin = input_.position();
  record.length = static_cast<std::int64_t>(bytes.size());
  record.bytes = bytes;
  record.headers = headers;
  return record;
}

}  // namespace assay::engine
