#include <fmt/format.h>

#include <set>

#include "lake/identity_internal.h"
#include "lake/lake.h"
#include "lake/parallel_internal.h"

namespace assay::lake {

namespace {

constexpr std::size_t kGroup = 32;   ///< files between two milestones
constexpr std::size_t kThreads = 8;  ///< they wait for the disk more than they compute
constexpr std::size_t kReadBytes = std::size_t{1} << 20;

Result<Sha256> hash_file(io::FileSystem& files, const parquet::StagedFile& staged) {
  ASSAY_TRY(const std::unique_ptr<io::Reader> reader, files.open(staged.path));
  Sha256Hasher hasher;
  std::string buffer(
      std::min<std::size_t>(kReadBytes, static_cast<std::size_t>(staged.size_bytes) + 1), '\0');
  std::int64_t size = 0;
  for (;;) {
    ASSAY_TRY(const std::size_t count, reader->read(buffer.data(), buffer.size()));
    if (count == 0) break;
    hasher.update(std::string_view(buffer.data(), count));
    size += static_cast<std::int64_t>(count);
  }
  if (size == staged.size_bytes) return hasher.finish();
  return make_error(Code::parquet_write,
                    fmt::format("the staged file \"{}\" has {} bytes, written were {}", staged.path,
                                size, staged.size_bytes));
}

std::string final_path(const parquet::StagedFile& staged, const std::string& table_folder,
                       const CommitIdentity& identity, std::size_t sequence) {
  return fmt::format("{}/data/{}{}{}-{}-{}-{:05}.parquet", table_folder, staged.partition_folder,
                     staged.partition_folder.empty() ? "" : "/", safe_name(identity.writer),
                     identity.generation, identity.epoch, sequence);
}

Status sync_folders(io::FileSystem& files, const std::vector<DataFile>& data_files) {
  std::set<std::string> folders;
  for (const DataFile& file : data_files)
    folders.insert(file.path.substr(0, file.path.find_last_of('/')));
  const std::vector<std::string> list(folders.begin(), folders.end());
  return for_each_parallel(list.size(), kThreads,
                           [&](std::size_t i) { return files.sync_folder(list[i]); });
}

}  // namespace

Result<Adopted> adopt(io::FileSystem& files, io::Milestones& milestones,
                      std::span<const parquet::StagedFile> staged, const std::string& table,
                      const std::string& table_folder, const CommitIdentity& identity) {
  Adopted adopted;
  adopted.data_files.resize(staged.size());
  adopted.files.resize(staged.size());
  const auto move_in = [&](std::size_t i) -> Status {
    ASSAY_TRY(const Sha256 hash, hash_file(files, staged[i]));
    const std::string path = final_path(staged[i], table_folder, identity, i);
    ASSAY_TRY_VOID(files.move(staged[i].path, path));
    adopted.data_files[i] = {.path = path,
                             .partition = staged[i].partition,
                             .record_count = staged[i].record_count,
                             .size_bytes = staged[i].size_bytes,
                             .metrics = staged[i].metrics,
                             .split_offsets = staged[i].split_offsets};
    adopted.files[i] = {.path = path,
                        .size = static_cast<std::uint64_t>(staged[i].size_bytes),
                        .sha256 = hash,
                        .table = table,
                        .kind = "data"};
    return {};
  };
  for (std::size_t begin = 0; begin < staged.size(); begin += kGroup) {
    const std::size_t count = std::min(kGroup, staged.size() - begin);
    // The bytes are on the disk before the name is: what stands under a final name is whole.
    io::StepScope sync(milestones, io::Step::file_sync);
    ASSAY_TRY_VOID(for_each_parallel(
        count, kThreads, [&](std::size_t i) { return files.sync(staged[begin + i].path); }));
    sync.done();
    io::StepScope move(milestones, io::Step::staging_file);
    ASSAY_TRY_VOID(
        for_each_parallel(count, kThreads, [&](std::size_t i) { return move_in(begin + i); }));
    move.done();
  }
  if (staged.empty()) return adopted;
  io::StepScope sync(milestones, io::Step::file_sync);
  ASSAY_TRY_VOID(sync_folders(files, adopted.data_files));
  sync.done();
  return adopted;
}

}  // namespace assay::lake
