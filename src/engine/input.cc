#include "engine/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/decompress.h"

namespace assay::engine {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

struct Content {
  std::int64_t size = 0;
  std::string sha256;
  std::map<std::int64_t, std::string> prefix_sha256;  ///< at the lengths that were asked for
};

/// Hashes a file whole, and at each of `lengths` on the way.
Result<Content> hash_content(io::Reader& reader, std::vector<std::int64_t> lengths) {
  std::sort(lengths.begin(), lengths.end());
  Content content;
  Sha256Hasher hasher;
  std::string chunk(kReadBytes, '\0');
  auto next = lengths.begin();
  for (;;) {
    ASSAY_TRY(const std::size_t count, reader.read(chunk.data(), chunk.size()));
    std::string_view rest(chunk.data(), count);
    for (; next != lengths.end() && *next <= content.size + static_cast<std::int64_t>(rest.size());
         ++next) {
      const auto part = static_cast<std::size_t>(*next - content.size);
      hasher.update(rest.substr(0, part));
      rest.remove_prefix(part);
      content.size = *next;
      content.prefix_sha256[*next] = to_hex(hasher.digest_so_far());
    }
    hasher.update(rest);
    content.size += static_cast<std::int64_t>(rest.size());
    if (count == 0) break;
  }
  content.sha256 = to_hex(hasher.finish());
  return content;
}

Error overwritten(const std::string& path, const control::SourceFile& known) {
  return make_error(
      Code::source_overwritten,
      fmt::format("input \"{}\" was ingested before and its first {} bytes have changed", path,
                  known.length),
      "Ingested files may grow, not change. Give the new content a name of its own.");
}

/// Bytes of a source that were taken under any of its paths.
std::int64_t taken_length(std::span<const control::SourceFile> known,
                          const std::string& source_id) {
  std::int64_t length = 0;
  for (const control::SourceFile& file : known) {
    if (file.source_id == source_id) length = std::max(length, file.length);
  }
  return length;
}

struct Match {
  const control::SourceFile* best = nullptr;         ///< whose bytes the content starts with
  const control::SourceFile* overwritten = nullptr;  ///< that path had, and no longer starts with
};

/// The longest file taken before that the content starts with. One that has grown under another
/// path already is no match for a second one that grew from it: that is a source of its own.
Match best_match(const Content& content, const std::string& path, const Destination& destination,
                 std::span<const control::SourceFile> known) {
  Match match;
  for (const control::SourceFile& file : known) {
    if (file.source != destination.source || file.application != destination.application) continue;
    const auto prefix = content.prefix_sha256.find(file.length);
    if (prefix == content.prefix_sha256.end() || prefix->second != file.prefix_sha256) {
      if (file.path == path) match.overwritten = &file;
      continue;
    }
    if (file.length == 0 && file.path != path) continue;  // every file starts like an empty one
    if (file.length < content.size && file.length < taken_length(known, file.source_id)) continue;
    if (match.best == nullptr || file.length > match.best->length) match.best = &file;
  }
  return match;
}

}  // namespace

Result<Input> identify(io::FileSystem& files, const std::string& path,
                       const Destination& destination, std::span<const control::SourceFile> known) {
  std::vector<std::int64_t> lengths;
  for (const control::SourceFile& file : known) lengths.push_back(file.length);
  ASSAY_TRY(const auto reader, open_decompressed(files, path));
  ASSAY_TRY(const Content content, hash_content(*reader, lengths));

  Input input{.path = path,
              .name = path,
              .destination = destination,
              .source_id = content.sha256,
              .size = content.size,
              .first_path = {}};
  const Match match = best_match(content, path, destination, known);
  if (match.best == nullptr && match.overwritten != nullptr)
    return overwritten(path, *match.overwritten);
  const control::SourceFile* const best = match.best;
  if (best == nullptr) return input;
  input.source_id = best->source_id;
  input.begin = best->length;
  input.first_path = best->path;
  input.news = best->length == content.size ? Input::News::unchanged : Input::News::grown;
  return input;
}

}  // namespace assay::engine
