#include "fold/pages.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "base/assert.h"

namespace assay::fold {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;
constexpr std::size_t kBlockBytesFirst = 64;
constexpr std::size_t kSlotsMin = 16;
constexpr std::size_t kLoadMax = 6;  // of 8 slots

template <typename Slot>
bool is_of(const Slot& slot, const PageKey& key) {
  return slot.key == key.key && slot.page == key.page;
}

/// REQUIRES: the slot is taken.
template <typename Slot>
Page page_of(const Slot& slot, std::uint32_t no_page) {
  if (slot.size == no_page) return std::nullopt;
  return std::string_view(slot.data, slot.size);
}

}  // namespace

PageBytes& PageBytes::operator=(PageBytes&& other) noexcept {
  blocks_ = std::exchange(other.blocks_, {});
  next_ = std::exchange(other.next_, nullptr);
  free_ = std::exchange(other.free_, 0);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

const char* PageBytes::add(std::string_view bytes) {
  if (bytes.size() > free_) {
    // Small ones stay small: there is one a timeline. Then blocks of one size, the last half full.
    const std::size_t grown = std::clamp(size_ * 2, kBlockBytesFirst, kBlockBytes);
    free_ = std::max(bytes.size(), grown);
    next_ = blocks_.emplace_back(new char[free_]).get();
  }
  char* const begin = next_;
  std::copy(bytes.begin(), bytes.end(), begin);
  next_ += bytes.size();
  free_ -= bytes.size();
  size_ += bytes.size();
  return begin;
}

void PageBytes::adopt(PageBytes&& other) {
  std::move(other.blocks_.begin(), other.blocks_.end(), std::back_inserter(blocks_));
  size_ += other.size_;
  other = PageBytes();
}

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

Pages::Slot& Pages::take_slot(const PageKey& key) {
  if ((size_ + 1) * 8 > slots_.size() * kLoadMax) grow(slots_.size() * 2);
  Slot& slot = place_of(key);
  if (slot.size == kFree) ++size_;
  slot.key = key.key;
  slot.page = key.page;
  return slot;
}

void Pages::set(const PageKey& key, Page page) {
  Slot& slot = take_slot(key);
  if (!page) {
    slot.size = kNoPage;
    return;
  }
  ASSAY_ASSERT(page->size() < kNoPage);
  slot.data = bytes_.add(*page);
  slot.size = static_cast<std::uint32_t>(page->size());
}

void Pages::set(PageWrites&& writes) {
  reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const std::string_view page = writes.page(i);
    Slot& slot = take_slot(writes.key(i));
    slot.data = page.data();
    slot.size = static_cast<std::uint32_t>(page.size());
  }
  bytes_.adopt(writes.take_bytes());
  writes = PageWrites();
}

std::optional<Page> Pages::find(const PageKey& key) const {
  const Slot* slot = slot_of(key);
  if (slot == nullptr) return std::nullopt;
  return page_of(*slot, kNoPage);
}

void Pages::clear() { *this = Pages(); }

std::vector<Pages::Entry> Pages::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(size_);
  for (const Slot& slot : slots_) {
    if (slot.size != kFree) entries.push_back({{slot.key, slot.page}, page_of(slot, kNoPage)});
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

void PageWrites::add(const PageKey& key, std::string_view page) {
  writes_.push_back({key.key, key.page, static_cast<std::uint32_t>(page.size()), bytes_.add(page)});
}

void PageWrites::append(PageWrites&& other) {
  writes_.insert(writes_.end(), other.writes_.begin(), other.writes_.end());
  bytes_.adopt(std::move(other.bytes_));
  other = PageWrites();
}

}  // namespace assay::fold
