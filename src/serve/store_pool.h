#pragma once
// Connections to the control database for the threads of a server.

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "control/subject_store.h"

namespace assay::serve {

/// Each connection is lent to one thread at a time. Thread-safe.
class StorePool {
 public:
  explicit StorePool(std::string path) : path_(std::move(path)) {}

  Result<control::SubjectStore> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        control::SubjectStore store = std::move(free_.back());
        free_.pop_back();
        return store;
      }
    }
    return control::SubjectStore::open(path_);
  }
  void give_back(control::SubjectStore store) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(store));
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::vector<control::SubjectStore> free_;  // guarded by mutex_
};

}  // namespace assay::serve
