#pragma once
// A stream of bytes cut into records: lines of NDJSON, JSON documents over several lines, the
// elements of JSON arrays, XML documents.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "engine/hashed_input.h"
#include "engine/record_stream.h"
#include "io/file_system.h"

namespace assay::engine {

/// How a stream holds its records.
enum class Framing : std::uint8_t { lines, values, elements, document };

/// Cuts as it reads; memory is bounded by the limit of a record. One thread.
///
/// The first byte that is no blank decides: '[' means arrays, whose elements are the records; '<'
/// (also in UTF-16) means that the whole stream is one XML document, and a message that names its
/// schema (decode/framed_message.h) is the whole stream, too; all else means lines. Where the first
/// line ends inside an object that the next one goes on with, the records are values: from a '{' to
/// the '}' that closes it, and what the end of the stream cuts off is one, too. Blank lines are no
/// records. A byte-order mark of UTF-8 at the very start is skipped.
class RecordSplitter final : public RecordStream {
 public:
  RecordSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader, Options options);

  Result<std::optional<SplitRecord>> next() override;
  Framing framing() const { return framing_; }
  std::int64_t position() const override { return input_.position(); }
  Sha256 prefix_sha256() const override { return input_.prefix_sha256(); }
  Sha256 prefix_sha256_before_unterminated() const override { return before_unterminated_; }

 private:
  /// Finds the end of an element or a value; keeps its state from chunk to chunk.
  struct ElementScan {
    Framing framing;
    int depth = 0;
    bool in_string = false;
    bool escaped = false;
    std::size_t find(std::string_view bytes);
    bool ends_before(char c) const;
  };

  Status start();
  Status skip_to_begin();
  bool is_separator(char c);
  Result<bool> skip_separators();
  Result<Framing> detect_framing();
  Result<bool> goes_on_behind_line(std::size_t begin);
  Result<std::optional<char>> next_visible(std::size_t begin);
  std::size_t find_end_in(ElementScan& scan, std::string_view bytes) const;
  Result<std::optional<std::size_t>> find_end();
  Result<SplitRecord> spill();
  std::string_view unread() const { return input_.unread(); }

  io::FileSystem& files_;
  Options options_;
  HashedInput input_;
  std::string spilled_head_;
  bool started_ = false;
  Framing framing_ = Framing::lines;
  bool inside_array_ = false;
  Sha256 before_unterminated_{};
};

}  // namespace assay::engine
