#pragma once
// How many requests a tenant may send: a bucket of tokens each.

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

#include "base/time.h"

namespace assay::serve {

/// Thread-safe. Knows only tenants that proved themselves, so that nobody can fill its map.
class RateLimiter {
 public:
  struct Rate {
    double per_second = 200;
    double burst = 1'000;
  };
  explicit RateLimiter(Rate rate) : rate_(rate) {}

  /// False where the tenant has used up its share.
  bool take(const std::string& tenant, Micros now) {
    const std::lock_guard lock(mutex_);
    const auto [found, is_new] = buckets_.try_emplace(tenant, Bucket{rate_.burst, now});
    Bucket& bucket = found->second;
    const double passed =
        static_cast<double>(now > bucket.filled ? now - bucket.filled : 0) / kMicrosPerSecond;
    bucket.tokens = std::min(rate_.burst, bucket.tokens + passed * rate_.per_second);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    Micros filled;
  };
  const Rate rate_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace assay::serve
