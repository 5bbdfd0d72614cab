#pragma once
// Pages of keyed state as they travel between the host and the operators: by the hundred thousand,
// so they lie in flat tables and shared buffers, and a key has a fixed size.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
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
  /// nullopt: the key was never set.
  std::optional<Page> find(const PageKey& key) const;
  bool contains(const PageKey& key) const { return slot_of(key) != nullptr; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return bytes_.size(); }
  void clear();

  struct Entry {
    PageKey key;
    Page page;  ///< valid until the next call of set
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
    std::uint64_t begin = 0;     ///< of the page in bytes_
  };
  const Slot* slot_of(const PageKey& key) const;
  Slot& place_of(const PageKey& key);
  void grow(std::size_t slots);
  Page page_of(const Slot& slot) const;

  std::vector<Slot> slots_;  ///< a power of two of them, or none
  std::size_t size_ = 0;     ///< taken slots
  std::string bytes_;
};

/// Pages to be written, in the order in which they were added. Owns the bytes.
class PageWrites {
 public:
  void add(const PageKey& key, std::string_view page);
  void append(const PageWrites& other);
  std::size_t size() const { return writes_.size(); }
  bool empty() const { return writes_.empty(); }
  PageKey key(std::size_t index) const { return {writes_[index].key, writes_[index].page}; }
  std::string_view page(std::size_t index) const {
    return std::string_view(bytes_).substr(writes_[index].begin, writes_[index].size);
  }

 private:
  struct Write {
    Hash128 key;
    std::uint32_t page = 0;
    std::uint32_t size = 0;
    std::uint64_t begin = 0;
  };
  std::vector<Write> writes_;
  std::string bytes_;
};

}  // namespace assay::fold
