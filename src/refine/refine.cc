#include "refine/refine.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "refine/kernel.h"

namespace assay::refine {

struct Refiner::Impl : Kernel {
  using Kernel::Kernel;
};

// The way of a block of records (design section 4). What a stage refuses leaves by the one exit,
// and the rest of the block goes on: mapped again without it, since its rows are mixed with theirs.
namespace {

Status refine_block(Kernel& kernel, Block& block) {
  Application& application = detect(kernel, kernel.slab->application);
  ASSAY_TRY_VOID(parse(kernel, application, block));  // one walk: values, places, schema version
  do {
    map(kernel, application, block);  // leaves become typed columns
    gate(kernel, block);              // keys, event times, required fields
  } while (block.dismiss_refused());
  extract(kernel, block);               // masters: content once a slab, references in the rows
  account(kernel, application, block);  // leaves, residue, row hashes, rows
  quarantine(kernel, block);
  return {};
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
  Block& block = impl_->block;
  while (block.next < slab.coordinates.size()) ASSAY_TRY_VOID(refine_block(*impl_, block));
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
