#include "refine/structure_index.h"

#include <simdjson.h>

#include <algorithm>

#include "base/assert.h"

namespace assay::refine {
namespace {

constexpr std::size_t kRunSize = std::size_t{96}
                                 << 10;  // text and index of a run stay in the second-level cache
constexpr std::size_t kKeptCapacity = std::size_t{1} << 20;

struct Fault {
  Code code;
  const char* reason;
};

Fault fault_of(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR: return {Code::json_utf8, "the text is not valid UTF-8"};
    case simdjson::UNESCAPED_CHARS:
      return {Code::json_syntax,
              "a string has no end, or holds a control character that is not escaped"};
    case simdjson::UNCLOSED_STRING: return {Code::json_syntax, "a string has no end"};
    case simdjson::CAPACITY: return {Code::json_too_large, "the payload is larger than 4 GiB"};
    default: return {Code::json_syntax, "no JSON value"};
  }
}

}  // namespace

struct StructureIndex::Impl {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t capacity = 0;

  std::string_view bytes;
  std::span<const std::uint32_t> offsets;
  std::size_t record_size_max = 0;

  std::size_t record = 0;     ///< the next one to hand out
  std::size_t run_end = 0;    ///< records up to here are indexed
  std::size_t whole_end = 0;  ///< end of the run that was halved into the present one
  std::uint32_t base = 0;     ///< offset of the run in the slab
  std::uint32_t at = 0;       ///< index entry of the next record
  std::uint32_t last_count = 0;
  std::uint32_t patched = 0;  ///< entry that holds a record's end for now
  std::uint32_t saved = 0;    ///< what belongs there
  bool is_patched = false;

  std::size_t size_of(std::size_t i) const { return offsets[i + 1] - 1 - offsets[i]; }

  Status reserve(std::size_t wanted) {
    if (wanted <= capacity) return {};
    stage.reset();
    const auto error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, stage);
    if (error != simdjson::SUCCESS) {
      capacity = 0;
      return make_error(Code::internal, "no memory for the structural index");
    }
    capacity = wanted;
    return {};
  }

  /// Records from `record` on that fit a run: at least one.
  std::size_t end_of_run() const {
    std::size_t last = record + 1;
    const std::size_t count = offsets.size() - 1;
    while (last < count && size_of(last) <= record_size_max &&
           offsets[last + 1] - offsets[record] <= kRunSize) {
      ++last;
    }
    return last;
  }

  /// Indexes the records from `record` on, fewer and fewer until the first stage accepts them.
  Result<simdjson::error_code> index_run() {
    if (record >= whole_end) whole_end = end_of_run();
    std::size_t last = whole_end;
    for (;;) {
      base = offsets[record];
      const std::size_t size = offsets[last] - 1 - base;
      ASSAY_TRY_VOID(reserve(std::max(size, kRunSize)));
      const auto* text = reinterpret_cast<const std::uint8_t*>(bytes.data() + base);
      const auto error = stage->stage1(text, size, simdjson::stage1_mode::regular);
      const bool blank = error == simdjson::EMPTY;
      if (error == simdjson::SUCCESS || last == record + 1 || blank) {
        if (blank) stage->structural_indexes[0] = static_cast<std::uint32_t>(size);
        if (blank) stage->n_structural_indexes = 0;
        run_end = last;
        at = 0;
        return blank ? simdjson::SUCCESS : error;
      }
      last = record + (last - record) / 2;
    }
  }

  /// Cuts the index of the next record out of its run's.
  Record cut() {
    std::uint32_t* const index = stage->structural_indexes.get();
    const std::uint32_t total = stage->n_structural_indexes;
    const std::uint32_t end = offsets[record + 1] - 1 - base;
    // Starts looking where the last record would end: records of a run are alike.
    std::uint32_t low = at;
    std::uint32_t high = std::min(at + last_count, total);
    for (std::uint32_t step = 1; high < total && index[high] < end; step *= 2) {
      low = high;
      high = std::min(high + step, total);
    }
    for (std::uint32_t step = 1; high > low + step && index[high - step] >= end; step *= 2)
      high -= step;
    const std::uint32_t stop =
        static_cast<std::uint32_t>(std::lower_bound(index + low, index + high, end) - index);
    Record cut{bytes.data() + base, offsets[record] - base, end, index + at,
               stop - at,           Code::internal,         ""};
    patched = stop;
    saved = index[stop];
    is_patched = true;
    index[stop] = end;
    last_count = stop - at;
    at = stop;
    return cut;
  }
};

StructureIndex::StructureIndex() : impl_(std::make_unique<Impl>()) {}
StructureIndex::~StructureIndex() = default;
StructureIndex::StructureIndex(StructureIndex&&) noexcept = default;
StructureIndex& StructureIndex::operator=(StructureIndex&&) noexcept = default;

void StructureIndex::begin(std::string_view bytes, std::span<const std::uint32_t> offsets,
                           std::size_t record_size_max) {
  Impl& impl = *impl_;
  impl.bytes = bytes;
  impl.offsets = offsets;
  impl.record_size_max = record_size_max;
  impl.record = impl.run_end = impl.whole_end = 0;
  impl.is_patched = false;
}

Result<StructureIndex::Record> StructureIndex::next() {
  Impl& impl = *impl_;
  ASSAY_ASSERT(impl.record + 1 < impl.offsets.size());
  if (impl.is_patched) impl.stage->structural_indexes[impl.patched] = impl.saved;
  impl.is_patched = false;
  const std::size_t size = impl.size_of(impl.record);
  if (impl.record < impl.run_end) {
    const Record record = impl.cut();
    ++impl.record;
    return record;
  }
  Record refused{impl.bytes.data() + impl.offsets[impl.record],
                 0,
                 static_cast<std::uint32_t>(size),
                 nullptr,
                 0,
                 Code::json_too_large,
                 "the payload is larger than the limit"};
  if (size > impl.record_size_max) {
    impl.whole_end = impl.run_end = ++impl.record;
    return refused;
  }
  ASSAY_TRY(const simdjson::error_code error, impl.index_run());
  if (error == simdjson::SUCCESS) return next();
  const Fault fault = fault_of(error);
  refused.fault = fault.code;
  refused.reason = fault.reason;
  impl.run_end = ++impl.record;
  return refused;
}

bool StructureIndex::goes_on() const { return impl_->record < impl_->run_end; }

void StructureIndex::end() {
  if (impl_->capacity <= kKeptCapacity) return;
  impl_->stage.reset();
  impl_->capacity = 0;
}

}  // namespace assay::refine
