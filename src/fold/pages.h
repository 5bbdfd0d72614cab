#pragma once
// Pages of keyed state as they travel between the host and the operators: by the hundred thousand,
// so they lie in flat tables and shared buffers, and a key has a fixed size.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.h"

namespace assay::fold {

/// A page of one key's state. `key` is a hash, opaque to the host; page 0 is the directory.
struct PageKey {
  Hash128 key;
  std::uint32_t page = 0;
  auto operator<=>(const PageKey&) const = default;
};

/// The bytes of a page; nullopt = there is none. The first byte is the page's format version.
using Page = std::optional<std::string_view>;

/// Bytes of pages, in blocks that never move. One thread.
class PageBytes {
 public:
  PageBytes() = default;
  PageBytes(PageBytes&& other) noexcept { *this = std::move(other); }
  /// The other one is empty afterwards.
  PageBytes& operator=(PageBytes&& other) noexcept;
  /// Copies them; the copy stays where it is as long as this object or the one that adopts it.
  const char* add(std::string_view bytes);
  void adopt(PageBytes&& other);
  std::size_t size() const { return size_; }

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;  ///< free bytes of the last block that was made
  std::size_t free_ = 0;
  std::size_t size_ = 0;
};

class PageWrites;

/// Pages by key: what the host has looked up, or what is to be stored. Owns the bytes. One thread.
///
/// Invariants: (1) at most kLoadMax of 8 slots are taken; (2) a key stands in the first slot after
/// the one that its hash names that was free when it came; (3) keys are never taken out.
class Pages {
 public:
  /// Room for so many keys more.
  void reserve(std::size_t more);
  /// Copies the bytes; takes the place of what the key had.
  void set(const PageKey& key, Page page);
  /// Sets all of them, in their order, and takes over their bytes.
  void set(PageWrites&& writes);
  /// nullopt: the key was never set.
  std::optional<Page> find(const PageKey& key) const;
  bool contains(const PageKey& key) const { return slot_of(key) != nullptr; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_.size(); }
  void clear();

  struct Entry {
    PageKey key;
    Page page;  ///< valid as long as the pages are
  };
  /// All of them in ascending order of their keys.
  std::vector<Entry> sorted() const;

 private:
  static constexpr std::uint32_t kFree = 0xffff'ffff;
  static constexpr std::uint32_t kNoPage = 0xffff'fffe;
  struct Slot {
    Hash128 key;
    std::uint32_t page = 0;
    std::uint32_t size = kFree;  ///< of the page, or one of the two above
    const char* data = nullptr;  ///< of the page, in bytes_
  };
  const Slot* slot_of(const PageKey& key) const;
  Slot& place_of(const PageKey& key);
  void grow(std::size_t slots);
  /// Gives a key its slot, which says nothing yet where it is new.
  Slot& take_slot(const PageKey& key);

  std::vector<Slot> slots_;  ///< a power of two of them, or none
  std::size_t size_ = 0;     ///< taken slots
  PageBytes bytes_;
};

/// Pages to be written, in the order in which they were added. Owns the bytes.
class PageWrites {
 public:
  void add(const PageKey& key, std::string_view page);
  /// Takes over what the other one has.
  void append(PageWrites&& other);
  std::size_t size() const { return writes_.size(); }
  bool empty() const { return writes_.empty(); }
  /// Hands over the bytes that the pages lie in; they stay where they are.
  PageBytes take_bytes() { return std::move(bytes_); }
  PageKey key(std::size_t index) const { return {writes_[index].key, writes_[index].page}; }
  std::string_view page(std::size_t index) const {
    return {writes_[index].data, writes_[index].size};
  }

 private:
  struct Write {
    Hash128 key;
    std::uint32_t page = 0;
    std::uint32_t size = 0;
    const char* data = nullptr;  ///< in bytes_
  };
  std::vector<Write> writes_;
  PageBytes bytes_;
};

}  // namespace assay::fold
