#include "engine/record_splitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace assay::engine {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMarkSizeMax = 4;  ///< bytes that say how characters are encoded

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed_end(std::string_view bytes) {
  while (!bytes.empty() && is_blank(bytes.back())) bytes.remove_suffix(1);
  return bytes;
}

}  // namespace

RecordSplitter::RecordSplitter(io::FileSystem& files, std::unique_ptr<io::Reader> reader,
                               Options options)
    : files_(files), options_(std::move(options)), input_(std::move(reader)) {}

Status RecordSplitter::start() {
  started_ = true;
  ASSAY_TRY(const bool has_mark, input_.fill_to(kMarkSizeMax));
  static_cast<void>(has_mark);
  if (unread().starts_with(kByteOrderMark)) input_.advance(kByteOrderMark.size());
  ASSAY_TRY(framing_, detect_framing());
  inside_array_ = framing_ == Framing::elements && options_.begin > 0;
  return skip_to_begin();
}

Result<Framing> RecordSplitter::detect_framing() {
  using namespace std::string_view_literals;
  for (const std::string_view mark : {"\0<"sv, "<\0"sv, "\xfe\xff\0<"sv, "\xff\xfe<\0"sv}) {
    if (unread().starts_with(mark)) return Framing::document;
  }
  for (const std::string_view mark : {"\0"sv, "\xc3\x01"sv}) {
    if (unread().starts_with(mark)) return Framing::document;
  }
  for (std::size_t i = 0;; ++i) {
    if (i == unread().size()) {
      ASSAY_TRY(const bool more, input_.fill());
      if (!more) return Framing::lines;
    }
    const char c = unread()[i];
    if (is_blank(c)) continue;
    if (c == '[') return Framing::elements;
    if (c == '<') return Framing::document;
    if (c != '{') return Framing::lines;
    ASSAY_TRY(const bool goes_on, goes_on_behind_line(i));
    return goes_on ? Framing::values : Framing::lines;
  }
}

/// Whether the line that begins there ends where an object cannot end, and the next one goes on as
/// JSON does. A line of NDJSON that is cut off has a whole record behind it.
Result<bool> RecordSplitter::goes_on_behind_line(std::size_t begin) {
  std::size_t seen = begin;
  while (unread().find('\n', seen) == std::string_view::npos) {
    seen = unread().size();
    if (seen > options_.record_size_max) return false;
    ASSAY_TRY(const bool more, input_.fill());
    if (!more) return false;
  }
  const std::size_t end = unread().find('\n', seen);
  const char last = trimmed_end(unread().substr(begin, end - begin)).back();
  if (last == '[' || last == ':') return true;
  if (last != '{' && last != ',') return false;
  ASSAY_TRY(const auto next, next_visible(end));
  return next == '"' || next == '}';
}

/// The first byte from there on that is no blank.
Result<std::optional<char>> RecordSplitter::next_visible(std::size_t begin) {
  for (std::size_t i = begin;; ++i) {
    if (i == unread().size()) {
      ASSAY_TRY(const bool more, input_.fill());
      if (!more) return std::optional<char>();
    }
    if (!is_blank(unread()[i])) return std::optional<char>(unread()[i]);
  }
}

Status RecordSplitter::skip_to_begin() {
  while (input_.position() < options_.begin) {
    if (unread().empty()) {
      ASSAY_TRY(const bool more, input_.fill());
      if (!more) break;
    }
    const auto left = static_cast<std::size_t>(options_.begin - input_.position());
    input_.advance(std::min(left, unread().size()));
  }
  return {};
}

/// One '[' opens an array; a second one is the first byte of an element that is an array itself.
bool RecordSplitter::is_separator(char c) {
  if (is_blank(c)) return true;
  if (framing_ != Framing::elements) return false;
  if (c == ',') return true;
  if (c == ']' || (c == '[' && !inside_array_)) {
    inside_array_ = c == '[';
    return true;
  }
  return false;
}

/// Blanks, and between the elements of arrays also ',', '[' and ']'. False at the end of the
/// stream.
Result<bool> RecordSplitter::skip_separators() {
  for (;;) {
    std::size_t count = 0;
    while (count < unread().size() && is_separator(unread()[count])) ++count;
    input_.advance(count);
    if (!unread().empty()) return true;
    ASSAY_TRY(const bool more, input_.fill());
    if (!more) return false;
  }
}

std::size_t RecordSplitter::ElementScan::find(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (in_string) {
      if (escaped)
        escaped = false;
      else if (c == '\\')
        escaped = true;
      else if (c == '"')
        in_string = false;
      continue;
    }
    if (depth == 0 && ends_before(c)) return i;
    if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (depth > 0 && (c == '}' || c == ']')) {
      if (--depth == 0 && framing == Framing::values) return i + 1;
    }
  }
  return std::string_view::npos;
}

/// Outside of all brackets: what is no value at all ends with its line.
bool RecordSplitter::ElementScan::ends_before(char c) const {
  return framing == Framing::values ? c == '\n' : c == ',' || c == ']';
}

/// Where a record ends in some more of its bytes; npos where it goes on.
std::size_t RecordSplitter::find_end_in(ElementScan& scan, std::string_view bytes) const {
  switch (framing_) {
    case Framing::values:
    case Framing::elements: return scan.find(bytes);
    case Framing::document: return std::string_view::npos;
    case Framing::lines: break;
  }
  return bytes.find('\n');
}

/// Length of the record that starts at `unread`; nothing where it is larger than the limit or the
/// stream ends.
Result<std::optional<std::size_t>> RecordSplitter::find_end() {
  ElementScan scan{.framing = framing_};
  std::size_t seen = 0;
  for (;;) {
    const std::string_view fresh = unread().substr(seen);
    const std::size_t end = find_end_in(scan, fresh);
    if (end != std::string_view::npos) {
      // An oversized record spills also where its end is already in the buffer.
      if (seen + end > options_.record_size_max) return std::optional<std::size_t>();
      return std::optional<std::size_t>(seen + end);
    }
    seen = unread().size();
    if (seen > options_.record_size_max) return std::optional<std::size_t>();
    ASSAY_TRY(const bool more, input_.fill());
    if (!more) return std::optional<std::size_t>();
  }
}

/// Writes a record beyond the limit to a file while it goes by.
Result<SplitRecord> RecordSplitter::spill() {
  SplitRecord record;
  record.offset = record.begin = input_.position();
  record.oversized = true;
  record.terminated = false;
  record.spilled = fmt::format("{}/record-{}", options_.spill_folder, input_.position());
  ASSAY_TRY_VOID(files_.make_folders(options_.spill_folder));
  ASSAY_TRY_VOID(files_.remove(record.spilled));
  Sha256Hasher hasher;
  std::string head;
  ElementScan scan{.framing = framing_};
  while (!record.terminated) {
    if (unread().empty()) {
      ASSAY_TRY(const bool more, input_.fill());
      if (!more) break;
    }
    const std::string_view bytes = unread();
    const std::size_t end = find_end_in(scan, bytes);
    const std::string_view part = bytes.substr(0, end);
    record.terminated = end != std::string_view::npos;
    hasher.update(part);
    head.append(part.substr(0, options_.head_bytes - std::min(options_.head_bytes, head.size())));
    ASSAY_TRY_VOID(files_.append(record.spilled, part));
    record.length += static_cast<std::int64_t>(part.size());
    input_.advance(part.size());
  }
  record.sha256 = hasher.finish();
  spilled_head_ = std::move(head);
  record.bytes = spilled_head_;
  return record;
}

Result<std::optional<SplitRecord>> RecordSplitter::next() {
  if (!started_) ASSAY_TRY_VOID(start());
  ASSAY_TRY(const bool more, skip_separators());
  if (!more) return std::optional<SplitRecord>();
  ASSAY_TRY(const auto end, find_end());
  if (!end && unread().size() > options_.record_size_max) {
    ASSAY_TRY(auto spilled, spill());
    return std::optional<SplitRecord>(std::move(spilled));
  }
  SplitRecord record;
  record.offset = record.begin = input_.position();
  const bool is_whole = framing_ == Framing::document || framing_ == Framing::values;
  record.terminated = end.has_value() || is_whole;
  if (!record.terminated) before_unterminated_ = input_.prefix_sha256();
  const std::size_t length = end.value_or(unread().size());
  record.bytes = unread().substr(0, length);
  input_.advance(length);
  if (framing_ == Framing::elements || framing_ == Framing::values)
    record.bytes = trimmed_end(record.bytes);
  record.length = static_cast<std::int64_t>(record.bytes.size());
  return std::optional<SplitRecord>(record);
}

}  // namespace assay::engine
