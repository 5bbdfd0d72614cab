#include "engine/spool.h"

#include <fmt/format.h>

#include <utility>

#include "io/stream.h"

namespace assay::engine {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

Status copy(Session& session, io::Reader& reader, const std::string& path) {
  io::FileSystem& files = session.files();
  ASSAY_TRY_VOID(files.create(path, ""));
  std::string chunk(kChunkBytes, '\0');
  for (;;) {
    ASSAY_TRY(const std::size_t count, reader.read(chunk.data(), chunk.size()));
    if (count == 0) break;
    ASSAY_TRY_VOID(files.append(path, std::string_view(chunk).substr(0, count)));
  }
  ASSAY_TRY_VOID(files.sync(path));
  return files.sync_folder(session.paths().spool);
}

/// Nothing where the input is a file that stays.
Result<std::unique_ptr<io::Reader>> stream_of(Session& session, const std::string& input) {
  if (input == "-") return io::standard_input();
  switch (io::input_kind(input)) {
    case io::InputKind::pipe: return session.files().open(input);
    case io::InputKind::device:
      return make_error(Code::source_unreadable,
                        fmt::format("\"{}\" is a device or a socket, not a file", input),
                        "Give a file, or pipe its content: PROGRAM | assay ingest -");
    case io::InputKind::file: break;
  }
  return std::unique_ptr<io::Reader>();
}

}  // namespace

Result<std::vector<std::string>> spool_streams(Session& session, std::vector<std::string> inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    ASSAY_TRY(const auto reader, stream_of(session, inputs[i]));
    if (reader == nullptr) continue;
    session.progress(fmt::format("spooling {}", inputs[i] == "-" ? "stdin" : inputs[i]));
    ASSAY_TRY_VOID(session.files().make_folders(session.paths().spool));
    inputs[i] = session.paths().spooled(session.lease().generation, std::to_string(i));
    ASSAY_TRY_VOID(copy(session, *reader, inputs[i]));
  }
  return inputs;
}

Status clear_spool(Session& session, Spooled which) {
  const std::string own = session.paths().spooled(session.lease().generation, {});
  ASSAY_TRY(const auto spooled, session.files().list(session.paths().spool));
  for (const io::FileInfo& file : spooled) {
    if (which == Spooled::by_dead_processes && file.path.starts_with(own)) continue;
    ASSAY_TRY_VOID(session.files().remove(file.path));
  }
  return {};
}

}  // namespace assay::engine
