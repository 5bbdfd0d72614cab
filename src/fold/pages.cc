#include "fold/pages.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"

namespace assay::fold {
namespace {

constexpr std::size_t kSlotsMin = 16;
constexpr std::size_t kLoadMax = 6;  // of 8 slots

template <typename Slot>
bool is_of(const Slot& slot, const PageKey& key) {
  return slot.key == key.key && slot.page == key.page;
}

}  // namespace

const Pages::Slot* Pages::slot_of(const PageKey& key) const {
  if (slots_.empty()) return nullptr;
  // The key is a hash itself; pages of one key follow each other.
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = (key.key.low + key.page) & mask;; i = (i + 1) & mask) {
    if (slots_[i].size == kFree) return nullptr;
    if (is_of(slots_[i], key)) return &slots_[i];
  }
}

Pages::Slot& Pages::place_of(const PageKey& key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = (key.key.low + key.page) & mask;
  while (slots_[i].size != kFree && !is_of(slots_[i], key)) i = (i + 1) & mask;
  return slots_[i];
}

void Pages::grow(std::size_t slots) {
  std::vector<Slot> old(std::max(kSlotsMin, std::bit_ceil(slots)));
  old.swap(slots_);
  for (const Slot& slot : old) {
    if (slot.size != kFree) place_of({slot.key, slot.page}) = slot;
  }
}

void Pages::reserve(std::size_t more) {
  const std::size_t wanted = (size_ + more) * 8 / kLoadMax + 1;
  if (wanted > slots_.size()) grow(wanted);
}

void Pages::set(const PageKey& key, Page page) {
  if ((size_ + 1) * 8 > slots_.size() * kLoadMax) grow(slots_.size() * 2);
  Slot& slot = place_of(key);
  if (slot.size == kFree) ++size_;
  slot.key = key.key;
  slot.page = key.page;
  if (!page) {
    slot.size = kNoPage;
    return;
  }
  ASSAY_ASSERT(page->size() < kNoPage);
  // A page that takes another's place fits into it as often as not.
  const bool fits = slot.size < kNoPage && page->size() <= slot.size;
  if (fits) {
    std::copy(page->begin(), page->end(), bytes_.begin() + static_cast<std::ptrdiff_t>(slot.begin));
  } else {
    slot.begin = bytes_.size();
    bytes_ += *page;
  }
  slot.size = static_cast<std::uint32_t>(page->size());
}

Page Pages::page_of(const Slot& slot) const {
  if (slot.size == kNoPage) return std::nullopt;
  return std::string_view(bytes_).substr(slot.begin, slot.size);
}

std::optional<Page> Pages::find(const PageKey& key) const {
  const Slot* slot = slot_of(key);
  if (slot == nullptr) return std::nullopt;
  return page_of(*slot);
}

void Pages::clear() { *this = Pages(); }

std::vector<Pages::Entry> Pages::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for (const Slot& slot : slots_) {
    if (slot.size != kFree) entries.push_back({{slot.key, slot.page}, page_of(slot)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

void PageWrites::add(const PageKey& key, std::string_view page) {
  writes_.push_back({key.key, key.page, static_cast<std::uint32_t>(page.size()), bytes_.size()});
  bytes_ += page;
}

void PageWrites::append(const PageWrites& other) {
  const std::size_t shift = bytes_.size();
  bytes_ += other.bytes_;
  for (Write write : other.writes_) {
    write.begin += shift;
    writes_.push_back(write);
  }
}

}  // namespace assay::fold
