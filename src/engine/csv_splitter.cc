#include "engine/csv_splitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/limits.h"
#include "decode/rendition.h"

namespace assay::engine {
namespace {

using decode::CsvRowEnd;
using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kDelimiters = ",;\t|";
constexpr std::size_t kNameSizeMax = 256;  ///< of what is taken for a name unasked
/// A tail that is open in quotes waits for its rest; a longer one has a stray quote.
constexpr std::size_t kOpenTailMax = std::size_t{64} << 10;

std::string_view without_mark(std::string_view head) {
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  return head;
}

bool is_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code != std::errc::invalid_argument && end == text.data() + text.size();
}

bool is_name(const std::string& text) {
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](char c) { return c >= '\0' && c < ' '; });
  return text.find_first_not_of(' ') != std::string::npos && text.size() <= kNameSizeMax &&
         !has_control && !is_number(text);
}

/// Fields of the whole row at the start of some bytes, which go on behind it.
std::optional<std::vector<decode::CsvField>> take_row(std::string_view& bytes, char delimiter,
                                                      bool is_all) {
  CsvRowEnd end = decode::find_csv_row_end(bytes, delimiter);
  if (end.kind == CsvRowEnd::Kind::open && is_all && !bytes.empty())
    end = {CsvRowEnd::Kind::line_break, bytes.size(), bytes.size()};
  if (end.kind != CsvRowEnd::Kind::line_break) return std::nullopt;
  auto fields = decode::read_csv_row(bytes.substr(0, end.size), delimiter);
  bytes.remove_prefix(end.after);
  if (!fields) return std::nullopt;
  return *std::move(fields);
}

/// Names of a header line with a row behind it that fits; 0 where this is no CSV.
std::size_t names_with(std::string_view head, char delimiter, bool is_all) {
  const auto names = take_row(head, delimiter, is_all);
  if (!names || names->size() < 2) return 0;
  std::set<std::string> seen;
  for (const decode::CsvField& name : *names) {
    if (!is_name(name.text) || !seen.insert(name.text).second) return 0;
  }
  while (!head.empty()) {
    const bool is_json = std::string_view("{[").find(head.front()) != std::string_view::npos;
    const std::size_t line = head.find('\n');
    const std::size_t size = head.size();
    const auto row = take_row(head, delimiter, is_all);
    if (row && row->size() == names->size() && !is_json) return names->size();
    if (head.size() < size) continue;
    if (line == std::string_view::npos) break;
    head.remove_prefix(line + 1);  // a stray quote
  }
  return 0;
}

}  // namespace

bool is_csv_name(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  }
  return path.ends_with(".csv") || path.ends_with(".tsv") || path.ends_with(".CSV") ||
         path.ends_with(".TSV");
}

bool may_be_csv(std::string_view head) {
  head = without_mark(head);
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && head.find('\0') == std::string_view::npos &&
         !head.starts_with("\xc3\x01") &&
         std::string_view("{[<").find(head[first]) == std::string_view::npos;
}

std::optional<char> detect_csv(std::string_view head, bool is_all) {
  if (!may_be_csv(head)) return std::nullopt;
  head = without_mark(head);
  std::optional<char> best;
  std::size_t most = 0;
  for (const char delimiter : kDelimiters) {
    const std::size_t names = names_with(head, delimiter, is_all);
    if (names <= most) continue;
    most = names;
    best = delimiter;
  }
  return best;
}

char guess_csv_delimiter(std::string_view head) {
  const std::string_view line = without_mark(head).substr(0, without_mark(head).find('\n'));
  char best = ',';
  std::size_t most = 1;
  for (const char delimiter : kDelimiters) {
    const auto names = decode::read_csv_row(line, delimiter);
    if (!names || names->size() <= most) continue;
    most = names->size();
    best = delimiter;
  }
  return best;
}

CsvSplitter::CsvSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader, Options options,
                         char delimiter)
    : files_(files),
      options_(std::move(options)),
      input_(std::move(reader)),
      delimiter_(delimiter) {}

/// Reads the header line.
Status CsvSplitter::start() {
  started_ = true;
  ASSAY_TRY(const bool has_mark, input_.fill_to(kByteOrderMark.size()));
  if (has_mark && input_.unread().starts_with(kByteOrderMark))
    input_.advance(kByteOrderMark.size());
  ASSAY_TRY(const auto line, find_row());
  if (!line || line->size > kInputHeaderSizeMax) {
    return make_error(
        Code::source_format,
        fmt::format("the header line of a CSV file has more than {} bytes", kInputHeaderSizeMax));
  }
  const std::string_view text = input_.unread().substr(0, line->size);
  const auto header = decode::CsvHeader::read(text, delimiter_);
  names_ = header ? header->count() : 0;
  headers_ = json{
      {decode::header::kFormat, "csv"},
      {decode::header::kCsvDelimiter, std::string(1, delimiter_)},
      {decode::header::kCsvHeader,
       text}}.dump(-1, ' ', false, json::error_handler_t::replace);
  input_.advance(line->after);
  return skip_to_begin();
}

Status CsvSplitter::skip_to_begin() {
  while (input_.position() < options_.begin) {
    ASSAY_TRY(const bool more, input_.fill_to(1));
    if (!more) break;
    const auto left = static_cast<std::size_t>(options_.begin - input_.position());
    input_.advance(std::min(left, input_.unread().size()));
  }
  return {};
}

/// The row at the start of `unread`; nothing where it is larger than the limit.
Result<std::optional<CsvSplitter::Row>> CsvSplitter::find_row() {
  for (;;) {
    const CsvRowEnd end = decode::find_csv_row_end(input_.unread(), delimiter_);
    if (end.kind == CsvRowEnd::Kind::line_break && end.size <= options_.record_size_max)
      return std::optional(Row{end.size, end.after});
    if (end.kind == CsvRowEnd::Kind::misquoted || input_.unread().size() > options_.record_size_max)
      return first_line();
    ASSAY_TRY(const bool more, input_.fill());
    if (more) continue;
    const bool in_quotes = end.kind == CsvRowEnd::Kind::in_quotes;
    if (in_quotes && input_.unread().size() > kOpenTailMax) return first_line();
    ASSAY_TRY(const Row last, last_row(in_quotes));
    return std::optional(last);
  }
}

/// The stream ends within the row.
Result<CsvSplitter::Row> CsvSplitter::last_row(bool in_quotes) {
  Row row{.size = input_.unread().size(), .after = input_.unread().size()};
  const auto fields = decode::read_csv_row(input_.unread(), delimiter_);
  row.torn = options_.may_grow || in_quotes || (fields && fields->size() < names_);
  return row;
}

/// Up to the first line break, whatever the quotes say; nothing where that is beyond the limit.
Result<std::optional<CsvSplitter::Row>> CsvSplitter::first_line() {
  for (std::size_t seen = 0;;) {
    const auto found = input_.unread().find('\n', seen);
    if (found != std::string_view::npos && found <= options_.record_size_max) {
      const bool has_return = found > 0 && input_.unread()[found - 1] == '\r';
      return std::optional(Row{has_return ? found - 1 : found, found + 1});
    }
    seen = input_.unread().size();
    if (seen > options_.record_size_max) return std::optional<Row>();
    ASSAY_TRY(const bool more, input_.fill());
    if (!more) return std::optional(Row{.size = seen, .after = seen, .torn = options_.may_grow});
  }
}

/// A line beyond the limit goes to a file while it goes by.
Result<SplitRecord> CsvSplitter::spill_line() {
  SplitRecord record;
  record.offset = record.begin = input_.position();
  record.headers = headers_;
  record.oversized = true;
  record.spilled = fmt::format("{}/record-{}", options_.spill_folder, record.offset);
  ASSAY_TRY_VOID(files_.make_folders(options_.spill_folder));
  ASSAY_TRY_VOID(files_.remove(record.spilled));
  Sha256Hasher hasher;
  head_ = input_.unread().substr(0, options_.head_bytes);
  for (bool goes_on = true; goes_on;) {
    const auto end = input_.unread().find('\n');
    const std::string_view part = input_.unread().substr(0, end);
    hasher.update(part);
    ASSAY_TRY_VOID(files_.append(record.spilled, part));
    record.length += static_cast<std::int64_t>(part.size());
    input_.advance(part.size());
    goes_on = end == std::string_view::npos;
    if (!goes_on) continue;
    ASSAY_TRY(goes_on, input_.fill());
  }
  record.terminated = !input_.unread().empty();
  if (record.terminated) input_.advance(1);
  record.sha256 = hasher.finish();
  record.bytes = head_;
  return record;
}

Result<std::optional<SplitRecord>> CsvSplitter::next() {
  if (!started_) ASSAY_TRY_VOID(start());
  for (;;) {
    ASSAY_TRY(const bool has_bytes, input_.fill_to(1));
    if (!has_bytes) return std::optional<SplitRecord>();
    ASSAY_TRY(const auto row, find_row());
    if (!row) {
      ASSAY_TRY(const auto spilled, spill_line());
      return std::optional(spilled);
    }
    SplitRecord record;
    record.offset = record.begin = input_.position();
    record.length = static_cast<std::int64_t>(row->size);
    record.bytes = input_.unread().substr(0, row->size);
    record.headers = headers_;
    record.terminated = !row->torn;
    record.torn = row->torn;
    if (row->torn) before_unterminated_ = input_.prefix_sha256();
    input_.advance(row->after);
    const char* const blanks = delimiter_ == '\t' ? " \r" : " \t\r";
    if (record.bytes.find_first_not_of(blanks) != std::string_view::npos)
      return std::optional(record);
  }
}

}  // namespace assay::engine
