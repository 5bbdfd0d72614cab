#pragma once
// Workspace to plans: compile, and tell what a change does to what is applied.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/workspace.h"
#include "plan/plan.h"

namespace assay::registry {

/// "silver.invoice/invoice_no" -> Iceberg field id.
using FieldIds = std::map<std::string, int>;

struct Compiled {
  std::vector<plan::Plan> plans;                      ///< one a tenant, by name
  FieldIds new_field_ids;                             ///< those that `known` did not have
  std::map<std::string, std::string> renamed_fields;  ///< "table/new" -> "table/old", same id
};
/// REQUIRES: a workspace without problems. Ids of known fields never change; new ones follow the
/// highest of their table. A renamed field takes its id along; a retyped one gets a new id under
/// "table/field:type".
Result<Compiled> compile(const model::Workspace& workspace, const FieldIds& known);

/// All table schemas that tenants share (what `compile` puts into every plan), in a fixed order.
std::vector<column::TableSchema> tables(const model::Workspace& workspace, FieldIds& ids);

/// SQL of a generated mart's rows: from the temporary tables or scans that the caller names.
/// `silver` is the relation with the event's rows, `contents` gives the relation of each content
/// table by name.
struct MartSql {
  std::string mart_table;                   ///< "mart.invoice"
  std::string silver_table;                 ///< "silver.invoice" or "silver.customer_history"
  std::vector<std::string> content_tables;  ///< that it joins
};
std::vector<MartSql> marts(const model::Workspace& workspace);
std::string mart_select(const model::Workspace& workspace, const plan::Plan& plan,
                        const MartSql& mart,
                        const std::map<std::string, std::string>& relation_of_table,
                        const std::string& manifest_id);

struct Change {
  enum class Kind { added, changed, removed };
  Kind kind = Kind::added;
  std::string what;                  ///< "entity order, field total_amount"
  std::string detail;                ///< "type decimal(18,2) -> decimal(18,4)"
  std::vector<std::string> breaks;   ///< what depends on it and would break; empty = safe
  std::vector<std::string> effects;  ///< what becomes of stored columns and of readers
};
/// What applying `next` on top of `applied` would do.
std::vector<Change> difference(const model::Workspace& applied, const model::Workspace& next);

}  // namespace assay::registry
