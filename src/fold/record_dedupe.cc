// Duplicates of records under `dedupe: key+content`: of equal ones the first stays.

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "fold/operator.h"

namespace assay::fold {
namespace {

// Page: format version, nothing else.
constexpr std::string_view kSeenPage("\1", 1);

/// Its key is that of both hashes, so that there is no page to rewrite.
PageKey page_of_record(const RecordKey& record) {
  std::array<std::uint8_t, 32> bytes;
  const auto content = record.content_hash.to_bytes();
  const auto key = record.key_hash.to_bytes();
  std::copy(content.begin(), content.end(), std::copy(key.begin(), key.end(), bytes.begin()));
  return {xxh3_128({reinterpret_cast<const char*>(bytes.data()), bytes.size()}), 0};
}

}  // namespace

std::vector<PageKey> RecordDedupe::pages(std::span<const RecordKey> records,
                                         const Pages& have) const {
  std::vector<PageKey> needed;
  for (const RecordKey& record : records) {
    const PageKey page = page_of_record(record);
    if (!have.contains(page)) needed.push_back(page);
  }
  std::sort(needed.begin(), needed.end());
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  return needed;
}

RecordDedupe::Output RecordDedupe::fold(std::span<const RecordKey> records,
                                        const Pages& have) const {
  Output output;
  output.keep.reserve(records.size());
  Pages seen_now;
  seen_now.reserve(records.size());
  for (const RecordKey& record : records) {
    const PageKey page = page_of_record(record);
    const auto found = have.find(page);
    ASSAY_ASSERT(found.has_value());
    const bool is_new = !found->has_value() && !seen_now.contains(page);
    output.keep.push_back(is_new);
    if (is_new) {
      seen_now.set(page, std::nullopt);
      output.writes.add(page, kSeenPage);
    } else {
      ++output.duplicates;
    }
  }
  return output;
}

}  // namespace assay::fold
