#pragma once
// Collects what the checks find into the report.

#include <string>
#include <utility>

#include "verify/verify.h"

namespace assay::verify {

class Findings {
 public:
  explicit Findings(Report& report) : report_(report) {}

  void problem(Problem problem) {
    report_.ok = false;
    ++report_.problem_count;
    if (report_.problems.size() < kProblemsMax) report_.problems.push_back(std::move(problem));
  }
  void notice(std::string text) { report_.notices.push_back(std::move(text)); }
  void check(Check check) { report_.checks.push_back(std::move(check)); }
  std::int64_t problem_count() const { return report_.problem_count; }
  Report& report() { return report_; }

 private:
  Report& report_;
};

/// Makes a check's verdict out of whether problems were added while it ran.
class CheckScope {
 public:
  CheckScope(Findings& findings, Check check)
      : findings_(findings), check_(std::move(check)), before_(findings.problem_count()) {}
  ~CheckScope() {
    check_.ok = findings_.problem_count() == before_;
    findings_.check(std::move(check_));
  }
  CheckScope(const CheckScope&) = delete;
  CheckScope& operator=(const CheckScope&) = delete;
  std::int64_t& count(const std::string& name) { return check_.counts[name]; }
  void problem(const std::string& kind, std::string message, std::string manifest = {}) {
    Problem problem;
    problem.kind = kind;
    problem.table = check_.table;
    problem.tenant = check_.tenant;
    problem.manifest = std::move(manifest);
    problem.message = std::move(message);
    findings_.problem(std::move(problem));
  }

 private:
  Findings& findings_;
  Check check_;
  std::int64_t before_;
};

}  // namespace assay::verify
