#include "serve/registry_api.h"

#include <exception>
#include <mutex>
#include <vector>

#include "serve/api_keys.h"
#include "serve/registry_answers.h"
#include "serve/registry_call.h"
#include "serve/request_target.h"

namespace assay::serve {

/// Connections to the database, each lent to one thread at a time. Thread-safe.
class RegistryApi::StorePool {
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

RegistryApi::RegistryApi(std::unique_ptr<StorePool> stores, RateLimiter::Rate rate)
    : stores_(std::move(stores)), limiter_(rate) {}
RegistryApi::~RegistryApi() = default;

Result<std::unique_ptr<RegistryApi>> RegistryApi::open(const Options& options) {
  auto stores = std::make_unique<StorePool>(options.control_db);
  ASSAY_TRY(auto first, stores->take());
  stores->give_back(std::move(first));
  return std::unique_ptr<RegistryApi>(new RegistryApi(std::move(stores), options.rate));
}

namespace {

/// Who asks is settled before anything of the request is looked at.
HttpResponse answer(control::SubjectStore& store, const HttpRequest& request, RateLimiter& limiter,
                    Micros now) {
  const auto header = request.headers.find("authorization");
  const auto caller = Caller::authenticate(
      store, header == request.headers.end() ? std::string_view() : header->second, now);
  if (!caller) return error_answer(caller.error());
  HttpResponse response;
  if (!limiter.take(caller->tenant(), now)) {
    response = error_answer(429, 42901, "too many requests; try again in a second");
    response.headers.emplace_back("Retry-After", "1");
  } else if (const auto target = parse_target(request.target); !target) {
    response = error_answer(target.error());
  } else {
    response = answer_registry_call(store, *caller, request, *target, now);
  }
  response.tenant = caller->tenant();
  response.key_id = caller->key_id();
  return response;
}

}  // namespace

HttpResponse RegistryApi::handle(const HttpRequest& request) {
  try {
    auto store = stores_->take();
    if (!store) return error_answer(store.error());
    HttpResponse response = answer(*store, request, limiter_, clock_->now());
    stores_->give_back(*std::move(store));
    return response;
  } catch (const std::exception& failure) {
    HttpResponse response = error_answer(500, 50001, "internal error");
    response.fault = failure.what();
    return response;
  }
}

HttpResponse RegistryApi::refusal(int status, const std::string& message) {
  return error_answer(status, status, message);
}

}  // namespace assay::serve
