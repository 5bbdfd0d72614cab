#include <fmt/format.h>

#include "lake/identity_internal.h"

namespace assay::lake {

std::int64_t snapshot_id_of(std::string_view table, const CommitIdentity& identity) {
  const Hash128 hash = IdentityHasher()
                           .text(table)
                           .text(identity.writer)
                           .number(identity.epoch)
                           .number(identity.attempt)
                           .finish();
  const auto id = static_cast<std::int64_t>(hash.high >> 1);
  return id == 0 ? 1 : id;
}

std::string commit_uuid(std::string_view table, const CommitIdentity& identity,
                        std::string_view purpose) {
  // The generation is part of it: a recovered epoch writes beside what its dead predecessor left.
  return uuid_v5(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", purpose, table, identity.writer,
                             identity.generation, identity.epoch, identity.attempt));
}

std::string safe_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    name += safe ? c : '_';
  }
  return name;
}

}  // namespace assay::lake
