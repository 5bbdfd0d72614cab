// Duplicates of records under `dedupe: key+content`: of equal ones the first stays.

#include <unordered_set>

#include "base/assert.h"
#include "fold/operator.h"

namespace assay::fold {
namespace {

// Page: format version, nothing else. Its key is both hashes, so that there is no page to rewrite.
constexpr char kFormatVersion = 1;

PageKey page_of_record(const RecordKey& record) {
  const auto key = record.key_hash.to_bytes();
  const auto content = record.content_hash.to_bytes();
  std::string bytes(reinterpret_cast<const char*>(key.data()), key.size());
  bytes.append(reinterpret_cast<const char*>(content.data()), content.size());
  return {std::move(bytes), 0};
}

}  // namespace

std::vector<PageKey> RecordDedupe::pages(std::span<const RecordKey> records,
                                         const Pages& have) const {
  std::unordered_set<PageKey, PageKeyHash> asked;
  std::vector<PageKey> needed;
  for (const RecordKey& record : records) {
    PageKey page = page_of_record(record);
    if (have.contains(page) || !asked.insert(page).second) continue;
    needed.push_back(std::move(page));
  }
  return needed;
}

RecordDedupe::Output RecordDedupe::fold(std::span<const RecordKey> records,
                                        const Pages& have) const {
  Output output;
  output.keep.reserve(records.size());
  std::unordered_set<PageKey, PageKeyHash> seen_now;
  for (const RecordKey& record : records) {
    PageKey page = page_of_record(record);
    const auto found = have.find(page);
    ASSAY_ASSERT(found != have.end());
    const bool is_new = !found->second.has_value() && seen_now.insert(page).second;
    output.keep.push_back(is_new);
    if (is_new) {
      output.writes.emplace_back(std::move(page), std::string(1, kFormatVersion));
    } else {
      ++output.duplicates;
    }
  }
  return output;
}

}  // namespace assay::fold
