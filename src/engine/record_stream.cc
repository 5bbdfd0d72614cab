#include "engine/record_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/avro_splitter.h"
#include "engine/csv_splitter.h"
#include "engine/record_splitter.h"

namespace assay::engine {
namespace {

constexpr std::size_t kDetectBytes = std::size_t{64} << 10;  ///< what a look at the content takes

/// Gives what was looked at, then the rest.
class PeekedReader final : public io::Reader {
 public:
  explicit PeekedReader(std::unique_ptr<io::Reader> rest) : rest_(std::move(rest)) {}

  Status peek(std::size_t count) {
    while (head_.size() < count) {
      const std::size_t size = head_.size();
      head_.resize(count);
      auto taken = rest_->read(head_.data() + size, count - size);
      head_.resize(size + (taken ? *taken : 0));
      if (!taken) return unexpected(std::move(taken).error());
      if (*taken == 0) break;
    }
    return {};
  }
  std::string_view head() const { return head_; }

  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    if (given_ == head_.size()) return rest_->read(buffer, capacity);
    const std::size_t count = std::min(capacity, head_.size() - given_);
    std::memcpy(buffer, head_.data() + given_, count);
    given_ += count;
    return count;
  }

 private:
  std::unique_ptr<io::Reader> rest_;
  std::string head_;
  std::size_t given_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordStream>> open_records(io::FileSystem& files,
                                                   std::unique_ptr<io::Reader> reader,
                                                   RecordStream::Options options) {
  auto peeked = std::make_unique<PeekedReader>(std::move(reader));
  ASSAY_TRY_VOID(peeked->peek(kDetectBytes));
  const std::string_view head = peeked->head();
  if (head.starts_with(decode::kAvroMagic)) {
    return std::unique_ptr<RecordStream>(
        std::make_unique<AvroSplitter>(files, std::move(peeked), std::move(options)));
  }
  std::optional<char> delimiter = detect_csv(head, head.size() < kDetectBytes);
  if (options.csv) {
    delimiter = options.csv->delimiter;
    if (!delimiter) delimiter = guess_csv_delimiter(head);
  }
  if (!delimiter && options.is_named_csv && may_be_csv(head)) delimiter = guess_csv_delimiter(head);
  if (delimiter) {
    return std::unique_ptr<RecordStream>(
        std::make_unique<CsvSplitter>(files, std::move(peeked), std::move(options), *delimiter));
  }
  return std::unique_ptr<RecordStream>(
      std::make_unique<RecordSplitter>(files, std::move(peeked), std::move(options)));
}

}  // namespace assay::engine
