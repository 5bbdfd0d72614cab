#include "path/query.h"

#include "path/evaluate.h"
#include "path/single_walk.h"

namespace assay::path {

Result<Query> Query::compile(std::string_view text, RootsTaken roots) {
  ASSAY_TRY(ParsedQuery parsed, parse_query(text, roots));
  return Query(text, std::move(parsed));
}

Result<JsonPath> Query::single_walk() const { return path::single_walk(parsed_->syntax, text_); }

Result<std::vector<NodeId>> Query::select(const JsonDocument& document, const PathLimits& limits,
                                          NodeId row) const {
  return Evaluation(document, limits, row).run(parsed_->syntax, row);
}

}  // namespace assay::path
