#pragma once
// One call of the registry's API: matched to its route, and carried out.

#include <cstdint>
#include <string>
#include <vector>

#include "control/subject_store.h"
#include "serve/api_keys.h"
#include "serve/http.h"
#include "serve/request_target.h"
#include "serve/schema_registry.h"

namespace assay::serve {

/// Carries out what a caller asks for; the answer is an error's where it is refused. Routes say
/// which role they need.
HttpResponse answer_registry_call(control::SubjectStore& store, const Caller& caller,
                                  const HttpRequest& request, const RequestTarget& target,
                                  Micros now);

}  // namespace assay::serve
