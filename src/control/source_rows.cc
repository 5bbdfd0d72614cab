#include "control/source_rows_internal.h"

#include <fmt/format.h>

#include "control/connection_internal.h"
#include "control/digest_internal.h"

namespace assay::control {
namespace {

std::string text(std::int64_t number) { return std::to_string(number); }

Error moved_error(const OffsetMove& move, const std::optional<std::int64_t>& found) {
  return make_error(Code::offset_moved,
                    fmt::format("bytes {} to {} of source \"{}\" were committed already",
                                move.from.next_offset, move.to, move.from.source),
                    {},
                    fmt::format("Input {} stands at {}.", move.from.source_id,
                                found ? text(*found) : "its start"));
}

long long insert_offset(soci::session& sql, const SourceOffset& source, std::int64_t to) {
  const long long generation = source.generation, partition = source.partition, next = to;
  return execute(
      sql,
      "INSERT INTO source_offset (source, source_id, generation, partition, layer, next_offset)"
      " VALUES (:source, :source_id, :generation, :partition, :layer, :next)"
      " ON CONFLICT (source, source_id, generation, partition, layer) DO NOTHING",
      soci::use(source.source, "source"), soci::use(source.source_id, "source_id"),
      soci::use(generation, "generation"), soci::use(partition, "partition"),
      soci::use(source.layer, "layer"), soci::use(next, "next"));
}

long long update_offset(soci::session& sql, const SourceOffset& source, std::int64_t to) {
  const long long generation = source.generation, partition = source.partition,
                  begin = source.next_offset, end = to;
  return execute(sql,
                 "UPDATE source_offset SET next_offset = :end WHERE source = :source AND source_id "
                 "= :source_id"
                 " AND generation = :generation AND partition = :partition AND layer = :layer"
                 " AND next_offset = :begin",
                 soci::use(end, "end"), soci::use(source.source, "source"),
                 soci::use(source.source_id, "source_id"), soci::use(generation, "generation"),
                 soci::use(partition, "partition"), soci::use(source.layer, "layer"),
                 soci::use(begin, "begin"));
}

void put_mark(soci::session& sql, const SourceOffset& source, const std::string& mark) {
  const long long generation = source.generation, partition = source.partition;
  execute(sql,
          "INSERT INTO source_mark (source, source_id, generation, partition, layer, mark)"
          " VALUES (:source, :source_id, :generation, :partition, :layer, :mark)"
          " ON CONFLICT (source, source_id, generation, partition, layer) DO UPDATE SET mark = "
          "excluded.mark",
          soci::use(source.source, "source"), soci::use(source.source_id, "source_id"),
          soci::use(generation, "generation"), soci::use(partition, "partition"),
          soci::use(source.layer, "layer"), soci::use(mark, "mark"));
}

SourceFile source_file_of(const soci::row& row) {
  return {.source = row.get<std::string>("source"),
          .source_id = row.get<std::string>("source_id"),
          .tenant_id = row.get<std::string>("tenant_id"),
          .application = row.get<std::string>("application"),
          .path = row.get<std::string>("path"),
          .length = row.get<long long>("length"),
          .prefix_sha256 = row.get<std::string>("prefix_sha256"),
          .stored_size = row.get<long long>("stored_size"),
          .modified = row.get<long long>("modified")};
}

}  // namespace

Status move_offset(soci::session& sql, const OffsetMove& move, const std::string& manifest) {
  const SourceOffset& source = move.from;
  // A range that goes back, or an empty one that was taken before, would make its begin ambiguous.
  const bool forward = move.to > source.next_offset || (move.to == 0 && source.next_offset == 0);
  long long touched = 0;
  if (forward && source.next_offset == 0) touched = insert_offset(sql, source, move.to);
  if (forward && touched == 0) touched = update_offset(sql, source, move.to);
  if (touched != 1) return moved_error(move, read_offset(sql, source));
  if (!move.mark.empty()) put_mark(sql, source, move.mark);
  const std::string key = fmt::format("{}\n{}\n{}\n{}\n{}", source.source, source.source_id,
                                      source.generation, source.partition, source.layer);
  put_digest(sql, "source_offset", key,
             {source.source, source.source_id, text(source.generation), text(source.partition),
              source.layer, text(move.to)},
             manifest);
  return {};
}

std::optional<std::int64_t> read_offset(soci::session& sql, const SourceOffset& source) {
  const long long generation = source.generation, partition = source.partition;
  long long next = 0;
  sql << "SELECT next_offset FROM source_offset WHERE source = :source AND source_id = :source_id"
         " AND generation = :generation AND partition = :partition AND layer = :layer",
      soci::use(source.source, "source"), soci::use(source.source_id, "source_id"),
      soci::use(generation, "generation"), soci::use(partition, "partition"),
      soci::use(source.layer, "layer"), soci::into(next);
  return sql.got_data() ? std::optional<std::int64_t>(next) : std::nullopt;
}

std::vector<SourceOffset> read_offsets_ending(soci::session& sql, const std::string& source_end) {
  const long long length = static_cast<long long>(source_end.size());
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT o.source, o.source_id, o.generation, o.partition, o.next_offset,"
                      " COALESCE(m.mark, '') FROM source_offset o LEFT JOIN source_mark m"
                      " ON m.source = o.source AND m.source_id = o.source_id"
                      " AND m.generation = o.generation AND m.partition = o.partition"
                      " AND m.layer = o.layer"
                      " WHERE o.layer = 'bronze' AND substr(o.source, -:length) = :source_end"
                      " ORDER BY o.source, o.source_id, o.generation, o.partition",
       soci::use(length, "length"), soci::use(source_end, "source_end"));
  std::vector<SourceOffset> offsets;
  for (const soci::row& row : rows) {
    offsets.push_back({.source = row.get<std::string>(0),
                       .source_id = row.get<std::string>(1),
                       .generation = row.get<long long>(2),
                       .partition = static_cast<std::int32_t>(row.get<long long>(3)),
                       .next_offset = row.get<long long>(4),
                       .mark = row.get<std::string>(5)});
  }
  return offsets;
}

void put_source_file(soci::session& sql, const SourceFile& file, const std::string& manifest) {
  const long long length = file.length, stored_size = file.stored_size, modified = file.modified;
  execute(sql,
          "INSERT INTO source_file (tenant_id, application, source, path, source_id, length, "
          "prefix_sha256,"
          " stored_size, modified)"
          " VALUES (:tenant, :application, :source, :path, :source_id, :length, :prefix, :size, "
          ":modified)"
          " ON CONFLICT (tenant_id, application, source, path) DO UPDATE SET source_id = "
          "excluded.source_id,"
          " length = excluded.length, prefix_sha256 = excluded.prefix_sha256,"
          " stored_size = excluded.stored_size, modified = excluded.modified",
          soci::use(file.tenant_id, "tenant"), soci::use(file.application, "application"),
          soci::use(file.source, "source"), soci::use(file.path, "path"),
          soci::use(file.source_id, "source_id"), soci::use(length, "length"),
          soci::use(file.prefix_sha256, "prefix"), soci::use(stored_size, "size"),
          soci::use(modified, "modified"));
  put_digest(
      sql, "source_file",
      fmt::format("{}\n{}\n{}\n{}", file.tenant_id, file.application, file.source, file.path),
      {file.tenant_id, file.application, file.source, file.path, file.source_id, text(file.length),
       file.prefix_sha256, text(file.stored_size), text(file.modified)},
      manifest);
}

std::vector<SourceFile> read_source_files(soci::session& sql, const std::string& tenant_id) {
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT * FROM source_file WHERE tenant_id = :tenant ORDER BY application, "
                      "source, path",
       soci::use(tenant_id, "tenant"));
  std::vector<SourceFile> files;
  for (const soci::row& row : rows) files.push_back(source_file_of(row));
  return files;
}

Status insert_file(soci::session& sql, const FileEntry& file, std::int64_t epoch,
                   const std::string& manifest) {
  const long long size = static_cast<long long>(file.size), number = epoch;
  const long long touched = execute(
      sql,
      "INSERT INTO file (path, size, sha256, table_name, kind, epoch)"
      " VALUES (:path, :size, :sha256, :table, :kind, :epoch) ON CONFLICT (path) DO NOTHING",
      soci::use(file.path, "path"), soci::use(size, "size"), soci::use(file.sha256, "sha256"),
      soci::use(file.table, "table"), soci::use(file.kind, "kind"), soci::use(number, "epoch"));
  if (touched != 1) {
    return make_error(Code::file_exists,
                      fmt::format("file \"{}\" was committed already", file.path));
  }
  put_digest(
      sql, "file", file.path,
      {file.path, std::to_string(file.size), file.sha256, file.table, file.kind, text(epoch)},
      manifest);
  return {};
}

std::vector<FileEntry> read_files(soci::session& sql) {
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT path, size, sha256, table_name, kind FROM file ORDER BY path");
  std::vector<FileEntry> files;
  for (const soci::row& row : rows) {
    files.push_back({row.get<std::string>(0), static_cast<std::uint64_t>(row.get<long long>(1)),
                     row.get<std::string>(2), row.get<std::string>(3), row.get<std::string>(4)});
  }
  return files;
}

}  // namespace assay::control
