#include "io/faulty_file_system.h"

#include <fmt/format.h>

namespace assay::io {

Status FaultyFileSystem::pass(Nature nature, const std::string& path) {
  if (fault_.effects_only && nature == Nature::look) return {};
  if (++calls_ != fault_.call) return {};
  return make_error(fault_.code,
                    fmt::format("call {} on \"{}\" fails as asked", fault_.call, path));
}

Result<std::unique_ptr<Reader>> FaultyFileSystem::open(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.open(path);
}

Result<std::string> FaultyFileSystem::read(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.read(path);
}

Result<std::string> FaultyFileSystem::read_range(const std::string& path, std::uint64_t offset,
                                                 std::uint64_t size) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.read_range(path, offset, size);
}

Status FaultyFileSystem::create(const std::string& path, std::string_view bytes) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.create(path, bytes);
}

Status FaultyFileSystem::append(const std::string& path, std::string_view bytes) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.append(path, bytes);
}

Status FaultyFileSystem::move(const std::string& from, const std::string& to) {
  ASSAY_TRY_VOID(pass(Nature::effect, to));
  return inner_.move(from, to);
}

Status FaultyFileSystem::sync(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.sync(path);
}

Status FaultyFileSystem::sync_folder(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.sync_folder(path);
}

Status FaultyFileSystem::make_folders(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.make_folders(path);
}

Status FaultyFileSystem::remove(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.remove(path);
}

Status FaultyFileSystem::remove_tree(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::effect, path));
  return inner_.remove_tree(path);
}

Result<bool> FaultyFileSystem::exists(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.exists(path);
}

Result<std::uint64_t> FaultyFileSystem::size(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.size(path);
}

Result<FileInfo> FaultyFileSystem::info(const std::string& path) {
  ASSAY_TRY_VOID(pass(Nature::look, path));
  return inner_.info(path);
}

Result<std::vector<FileInfo>> FaultyFileSystem::list(const std::string& folder) {
  ASSAY_TRY_VOID(pass(Nature::look, folder));
  return inner_.list(folder);
}

}  // namespace assay::io
