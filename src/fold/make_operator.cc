#include <fmt/format.h>

#include <array>

#include "fold/operator.h"
#include "fold/operators.h"
#include "plan/check.h"

namespace assay::fold {
namespace {

struct Maker {
  plan::OperatorRule::Kind kind;
  OperatorResult (*make)(const plan::Plan&, const plan::OperatorRule&);
};

using Kind = plan::OperatorRule::Kind;
// Kind::dedupe works on records and has no rows: see RecordDedupe.
constexpr auto kMakers = std::to_array<Maker>({
    {Kind::content, &make_content},
    {Kind::history, &make_history},
    {Kind::hub, &make_hub},
    {Kind::link, &make_link},
    {Kind::satellite, &make_satellite},
    {Kind::feature, &make_feature},
});

}  // namespace

Result<std::unique_ptr<Operator>> make_operator(const plan::Plan& plan,
                                                const plan::OperatorRule& rule) {
  ASSAY_TRY_VOID(plan::check_operator(plan, rule, ""));
  for (const Maker& maker : kMakers) {
    if (maker.kind == rule.kind) return maker.make(plan, rule);
  }
  return make_error(Code::plan_invalid, fmt::format("operator \"{}\" works on no rows", rule.name));
}

}  // namespace assay::fold
