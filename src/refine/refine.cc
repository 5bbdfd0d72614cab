#include "refine/refine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "refine/kernel.h"

namespace assay::refine {

struct Refiner::Impl : Kernel {
  using Kernel::Kernel;
};

// The way of one record (design section 4). Whatever a stage refuses leaves by the one exit, and
// the rest of the slab goes on.
namespace {

void refine_record(Kernel& kernel, const StructureIndex::Record& text, Record& record) {
  Application& application = detect(kernel, kernel.slab->application);
  const bool accepted =
      parse(application, text, record) &&  // one walk: values, places, schema version
      map(kernel, record) &&               // leaves become typed cells
      gate(record);                        // keys, event times, required fields
  if (!accepted) return quarantine(kernel, record);
  extract(kernel, record);               // masters: content once a slab, references in the rows
  account(kernel, application, record);  // leaves, residue, row hashes, rows
}

}  // namespace

Result<Refiner> Refiner::open(std::shared_ptr<const plan::Plan> plan) {
  ASSAY_TRY(Program program, compile(std::move(plan)));
  return Refiner(std::make_unique<Impl>(std::move(program)));
}

Refiner::Refiner(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Refiner::~Refiner() = default;
Refiner::Refiner(Refiner&&) noexcept = default;
Refiner& Refiner::operator=(Refiner&&) noexcept = default;

Result<RefineResult> Refiner::refine(const Slab& slab) {
  RefineResult result;
  ASSAY_TRY_VOID(begin_slab(*impl_, slab, result));
  Record& record = impl_->record;
  for (std::uint32_t i = 0; i + 1 < slab.offsets.size(); ++i) {
    ASSAY_TRY(const StructureIndex::Record text, impl_->structure.next());
    record.reset();
    record.index = i;
    record.bytes = slab.bytes.substr(slab.offsets[i], slab.offsets[i + 1] - 1 - slab.offsets[i]);
    refine_record(*impl_, text, record);
  }
  ASSAY_TRY_VOID(finish_slab(*impl_, result));
  return result;
}

void Accounting::add(const Accounting& other) {
  records += other.records;
  refined += other.refined;
  quarantined += other.quarantined;
  leaves += other.leaves;
  leaves_mapped += other.leaves_mapped;
  leaves_master += other.leaves_master;
  leaves_residue += other.leaves_residue;
  masters_seen += other.masters_seen;
  bytes += other.bytes;
  for (const auto& [code, count] : other.quarantined_by_code) quarantined_by_code[code] += count;
  for (const auto& [version, count] : other.refined_by_version)
    refined_by_version[version] += count;
  for (const auto& [entity, count] : other.masters_seen_by_entity)
    masters_seen_by_entity[entity] += count;
}

}  // namespace assay::refine
