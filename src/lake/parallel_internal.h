#pragma once
// A loop over a few threads, for effects that wait for the disk.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"

namespace assay::lake {

/// Calls step(i) for i from 0 to count - 1, each once, on up to `threads_max` threads; after a
/// failure no further step begins, and the failure of the lowest index is returned. The steps must
/// not touch one another's data.
inline Status for_each_parallel(std::size_t count, std::size_t threads_max,
                                const std::function<Status(std::size_t)>& step) {
  std::vector<std::optional<Error>> errors(count);
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !failed; i = next++) {
      Status status = step(i);
      if (status) continue;
      errors[i] = std::move(status).error();
      failed = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(count, threads_max); ++i) threads.emplace_back(work);
    work();
  }
  for (std::optional<Error>& error : errors) {
    if (error) return std::move(*error);
  }
  return {};
}

}  // namespace assay::lake
