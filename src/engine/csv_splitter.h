#pragma once
// The rows of a CSV file; its first line names their fields (RFC 4180).

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "decode/csv_row.h"
#include "engine/hashed_input.h"
#include "engine/record_stream.h"

namespace assay::engine {

/// The delimiter of what is CSV beyond doubt: a header line of at least two names, which differ and
/// are no numbers, and behind it a whole row with as many fields, which is no JSON. Nothing for all
/// else. `is_all`: nothing follows the head.
std::optional<char> detect_csv(std::string_view head, bool is_all);

/// Whether a file is called so, compressed or not: x.csv, x.tsv.gz.
bool is_csv_name(std::string_view path);

/// Whether a file may be CSV at all: it is text that begins neither as JSON nor as XML.
bool may_be_csv(std::string_view head);

/// The delimiter that gives the first line the most fields; a comma where none does.
char guess_csv_delimiter(std::string_view head);

/// Cuts row by row; memory is bounded by the limit of a record. Blank lines are no records.
///
/// A quoted field that is not ended as it should be ends its row at the first line break: a stray
/// quote costs one row and not the rest of the file. The last row may go without its line break; it
/// waits for its rest where the file may grow, has fewer fields than the header line, or ends
/// within quotes.
class CsvSplitter final : public RecordStream {
 public:
  CsvSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader, Options options,
              char delimiter);

  Result<std::optional<SplitRecord>> next() override;
  std::int64_t position() const override { return input_.position(); }
  Sha256 prefix_sha256() const override { return input_.prefix_sha256(); }
  Sha256 prefix_sha256_before_unterminated() const override { return before_unterminated_; }

 private:
  struct Row {
    std::size_t size = 0;   ///< bytes
    std::size_t after = 0;  ///< with the line break
    bool torn = false;      ///< it waits for its rest
  };
  Status start();
  Status skip_to_begin();
  Result<std::optional<Row>> find_row();
  Result<Row> last_row(bool in_quotes);
  Result<std::optional<Row>> first_line();
  Result<SplitRecord> spill_line();

  io::FileSystem& files_;
  Options options_;
  HashedInput input_;
  char delimiter_;
  bool started_ = false;
  std::size_t names_ = 0;  // of the header line
  std::string headers_;
  std::string head_;  // of an oversized record
  Sha256 before_unterminated_{};
};

}  // namespace assay::engine
