#pragma once
// simdjson's first stage over a slab: where the structural characters of each record stand.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/error_table.h"
#include "base/result.h"

namespace assay::refine {

/// The index is made for a run of records at a time, as many as stay in the processor's cache. A
/// run that one record spoils (text that is not UTF-8, a string without an end, a control character
/// in one) is halved until that record stands alone, so the others never notice.
class StructureIndex {
 public:
  StructureIndex();
  ~StructureIndex();
  StructureIndex(StructureIndex&&) noexcept;
  StructureIndex& operator=(StructureIndex&&) noexcept;

  /// Starts on a slab (borrowed). Records longer than `record_size_max` are not looked at.
  void begin(std::string_view bytes, std::span<const std::uint32_t> offsets,
             std::size_t record_size_max);

  struct Record {
    const char* bytes = nullptr;  ///< positions count from here
    std::uint32_t begin = 0;      ///< of the record
    std::uint32_t end = 0;
    const std::uint32_t* index = nullptr;  ///< its structural characters; index[count] is `end`
    std::uint32_t count = 0;
    Code fault = Code::internal;  ///< where index is nullptr
    const char* reason = "";
  };
  /// The next record. Its index is good until the next call.
  Result<Record> next();
  /// Whether the record after the last one is of the same run: its positions count from the same
  /// byte.
  bool goes_on() const;
  /// Gives back room that only huge records needed.
  void end();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::refine
