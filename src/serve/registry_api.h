#pragma once
// Confluent's Schema Registry API over a workspace's registry (docs/registry.md has the table of
// what answers). The tenant comes from the API key alone; a path names contexts of that tenant.

#include <memory>
#include <string>

#include "base/result.h"
#include "io/clock.h"
#include "serve/http.h"
#include "serve/rate_limiter.h"

namespace assay::serve {

class StorePool;

class RegistryApi : public HttpHandler {
 public:
  struct Options {
    std::string control_db;  ///< path of the control database; made where it is missing
    RateLimiter::Rate rate = {};
  };
  /// Errors as control::Database::open.
  static Result<std::unique_ptr<RegistryApi>> open(const Options& options);

  ~RegistryApi() override;
  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse refusal(int status, const std::string& message) override;

 private:
  RegistryApi(std::unique_ptr<StorePool> stores, RateLimiter::Rate rate);

  std::unique_ptr<StorePool> stores_;
  std::unique_ptr<io::Clock> clock_ = io::system_clock();
  RateLimiter limiter_;
};

}  // namespace assay::serve
