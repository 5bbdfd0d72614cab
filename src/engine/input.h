#pragma once
// An input file and what is new in it (design section 6: a file's identity is its content at first
// ingest).

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "control/control.h"
#include "io/file_system.h"

namespace assay::engine {

/// Where an input's records go.
struct Destination {
  std::string source;
  std::string tenant;
  std::string application;
  bool operator==(const Destination&) const = default;
};

/// One input, looked at.
struct Input {
  enum class News { fresh, grown, unchanged };
  std::string path;  ///< where its bytes are read (a spool file for stdin)
  std::string name;  ///< what the user called it
  Destination destination;
  std::string source_id;   ///< SHA-256 of the decompressed content at first ingest, hex
  std::int64_t begin = 0;  ///< decompressed bytes that were committed before
  std::int64_t size = 0;   ///< decompressed bytes now
  News news = News::fresh;
  std::string first_path;  ///< of an unchanged or grown one: the path that it had then
};

/// Reads the whole file once and compares it with what was ingested before.
/// Code::source_overwritten where the path is known but its first bytes changed; source_unreadable;
/// source_compressed.
Result<Input> identify(io::FileSystem& files, const std::string& path,
                       const Destination& destination, std::span<const control::SourceFile> known);

}  // namespace assay::engine
