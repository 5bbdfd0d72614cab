#include "verify/file_table.h"

#include <fmt/format.h>

#include <map>
#include <unordered_set>

namespace assay::verify {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

struct Measured {
  std::uint64_t size = 0;
  std::string sha256;
};

Result<Measured> measure(io::FileSystem& files, const std::string& path, std::string& buffer) {
  ASSAY_TRY(const auto reader, files.open(path));
  Sha256Hasher hasher;
  Measured measured;
  for (;;) {
    ASSAY_TRY(const std::size_t count, reader->read(buffer.data(), buffer.size()));
    if (count == 0) break;
    hasher.update(std::string_view(buffer.data(), count));
    measured.size += count;
  }
  measured.sha256 = to_hex(hasher.finish());
  return measured;
}

Problem problem_of(const FileRow& row, std::string message) {
  Problem problem;
  problem.kind = "file";
  problem.path = row.path;
  problem.table = row.table;
  problem.message = std::move(message);
  return problem;
}

std::string described(const FileRow& row) {
  return row.table.empty() ? row.kind + " file" : fmt::format("{} file of {}", row.kind, row.table);
}

}  // namespace

Result<FileCheck> check_files(io::FileSystem& files, const std::string& data_folder,
                              const std::vector<FileRow>& table,
                              const std::function<void(std::string_view)>& progress) {
  FileCheck check;
  std::unordered_set<std::string> listed;
  std::string buffer(kReadBytes, '\0');
  for (const FileRow& row : table) {
    const std::string path = data_folder + "/" + row.path;
    listed.insert(path);
    if (progress) progress(fmt::format("reading file {} of {}", check.files + 1, table.size()));
    ++check.files;
    const auto measured = measure(files, path, buffer);
    if (!measured) {
      check.problems.push_back(problem_of(
          row, fmt::format("the {} cannot be read: {}", described(row), measured.error().message)));
      continue;
    }
    check.bytes += static_cast<std::int64_t>(measured->size);
    if (measured->size != row.size) {
      check.problems.push_back(
          problem_of(row, fmt::format("the {} has {} bytes, it was committed with {}",
                                      described(row), measured->size, row.size)));
    } else if (measured->sha256 != row.sha256) {
      check.problems.push_back(problem_of(
          row, fmt::format("the bytes of the {} changed: SHA-256 is {}, it was committed with {}",
                           described(row), measured->sha256, row.sha256)));
    }
  }
  for (const char* folder : {"/lake", "/quarantine"}) {
    ASSAY_TRY(const auto found, files.list(data_folder + folder));
    for (const io::FileInfo& file : found) {
      if (!listed.contains(file.path)) check.unlisted.push_back(file.path);
    }
  }
  return check;
}

}  // namespace assay::verify
