#include "verify/interpreter.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "verify/computation.h"
#include "verify/conversion.h"
#include "verify/rendition.h"
#include "verify/row_encoding.h"
#include "verify/row_items.h"

namespace assay::verify {
namespace {

constexpr int kFirstOwnId = 16;
constexpr int kNullFieldsId = 8;
/// Bytes that texts of outer rows may be repeated in, for each byte of the payload.
constexpr std::size_t kRepeatedPerInputMax = 64;
/// Bytes of text that the expressions of a record may make beside as many as those.
constexpr std::size_t kComputedTextMin = 65'536;

/// The values of one row of a table while it is being made.
struct Draft {
  std::vector<Cell> cells;
  std::set<int> explicit_nulls;  ///< field ids
  std::vector<const Node*> used;
  std::vector<const PlanField*> missing;  ///< needed fields that are null
};

enum class Use { residue, mapped, master };

class Interpreter {
 public:
  Interpreter(const PlanDocument& plan, const Node& root, std::size_t payload_size, Derivation& out)
      : plan_(plan), root_(root), payload_size_(payload_size), out_(out) {
    allowance_.most = kComputedTextMin + kRepeatedPerInputMax * payload_size;
  }

  void run() {
    for (const PlanEntity& entity : out_.version->entities) {
      if (!map_entity(entity)) return;
    }
    if (!gate()) return;
    write_contents();
    write_rows();
    write_residue();
    identify();
  }

 private:
  struct Role {
    const PlanMaster* rule = nullptr;
    bool has_key = false;
    Draft draft;
    std::string copy;  ///< names the copy that it is, for counting
  };
  struct Row {
    const PlanEntity* entity = nullptr;
    Item item;
    std::int64_t number = 0;
    Draft draft;
    std::vector<Role> roles;
  };

  const PlanTable& table(int index) const { return plan_.tables[static_cast<std::size_t>(index)]; }

  bool refuse(Code code, std::string pointer, std::string message) {
    out_.fault = Fault{code, std::move(pointer), std::move(message)};
    return false;
  }

  void set(Draft& draft, int column, Converted converted) {
    Cell& cell = draft.cells[static_cast<std::size_t>(column)];
    cell = converted.cell;
    if (cell.kind == CellKind::string || cell.kind == CellKind::binary) {
      cell.text = out_.texts.emplace_back(std::move(converted.text));
    }
  }

  static const ColumnType& type_of(const PlanTable& into, const PlanField& field) {
    const auto column = static_cast<std::size_t>(field.column);
    return column < into.columns.size() ? into.columns[column].type : field.type;
  }

  void use_fallback(Draft& draft, const PlanTable& into, const PlanField& field) {
    if (!field.fallback) return;
    set(draft, field.column,
        convert_constant(*field.fallback, type_of(into, field), field.normaliser));
  }

  /// Converts one field of a row into the draft. False: the record is refused.
  bool fill(Draft& draft, const PlanTable& into, const PlanField& field, const Row& row) {
    const auto column = static_cast<std::size_t>(field.column);
    const ColumnType& type = type_of(into, field);
    if (field.source == PlanField::Source::item_index) {
      const bool one_array = wildcards(row.entity->rows) == 1;
      const std::int64_t index =
          one_array ? static_cast<std::int64_t>(row.item.indices.front()) : row.number;
      draft.cells[column] = integer_cell(index);
      return true;
    }
    if (field.source == PlanField::Source::constant) {
      set(draft, field.column, convert_constant(field.constant, type, field.normaliser));
      return true;
    }
    const Item found = resolve(field.path, root_, row.item.indices);
    if (found.node == nullptr) {
      use_fallback(draft, into, field);
      return true;
    }
    Converted converted = convert_leaf(*found.node, type, field.normaliser);
    if (converted.outcome == Converted::Outcome::null) {
      // What only expressions see is no column that could be null.
      const bool listed = column < into.columns.size() && !field.fallback;
      if (listed && found.node->kind == Node::Kind::null)
        draft.explicit_nulls.insert(into.columns[column].id);
      use_fallback(draft, into, field);
    } else if (converted.outcome == Converted::Outcome::value) {
      set(draft, field.column, std::move(converted));
    } else {
      if (field.normaliser.null_on_error) return true;  // the leaf is residue
      return refuse(code_of(converted.outcome), found.pointer, "a field does not convert");
    }
    draft.used.push_back(found.node);
    return true;
  }

  /// Computes one field of a row into the draft. False: the record is refused.
  bool compute_field(Draft& draft, const PlanTable& into, const PlanField& field,
                     const std::string& pointer, TextAllowance& allowance) {
    const ColumnType& type = type_of(into, field);
    const Computed computed = fitted(compute(field.expression, draft.cells, allowance), type);
    if (computed.state == Computed::State::fault) {
      return field.normaliser.null_on_error ||
             refuse(Code::expression_value, pointer, "an expression has no value");
    }
    if (computed.state == Computed::State::null) {
      use_fallback(draft, into, field);
      return true;
    }
    if (computed.kind != CellKind::string) {
      draft.cells[static_cast<std::size_t>(field.column)] = {
          computed.kind, computed.scale, computed.number, computed.real, {}};
      return true;
    }
    Node leaf;
    leaf.kind = Node::Kind::string;
    leaf.text = computed.text;
    Converted converted = convert_leaf(leaf, type, field.normaliser);
    if (converted.outcome == Converted::Outcome::null) {
      use_fallback(draft, into, field);
    } else if (converted.outcome == Converted::Outcome::value) {
      set(draft, field.column, std::move(converted));
    } else {
      return field.normaliser.null_on_error ||
             refuse(code_of(converted.outcome), pointer, "what an expression gives");
    }
    return true;
  }

  bool is_outer(const PlanEntity& entity, const PlanField& field) const {
    return field.source == PlanField::Source::path &&
           shared_wildcards(field.path, entity.rows) < wildcards(entity.rows);
  }

  bool map_entity(const PlanEntity& entity) {
    std::int64_t number = 0;
    const Row* before = nullptr;
    for (Item& item : items_of(entity.rows, root_)) {
      Row row{&entity, std::move(item), number++, {}, {}};
      if (!fill_row(row)) return false;
      for (const PlanMaster& master : entity.masters) {
        if (!map_master(row, master)) return false;
      }
      if (before != nullptr && same_parent(*before, row)) count_repeated(row);
      rows_.push_back(std::move(row));
      before = &rows_.back();
    }
    return true;
  }

  /// Fields of outer rows first, then the row's own, then what is computed.
  bool fill_row(Row& row) {
    const PlanEntity& entity = *row.entity;
    row.draft.cells.resize(table(entity.table).columns.size() + entity.inputs.size());
    const PlanTable& into = table(entity.table);
    for (const bool outer : {true, false}) {
      const bool filled = each_in_order(entity.fields, entity.inputs, [&](const PlanField& field) {
        if (is_outer(entity, field) != outer) return true;
        if (is_computed(field))
          return compute_field(row.draft, into, field, row.item.pointer, allowance_);
        return fill(row.draft, into, field, row);
      });
      if (!filled) return false;
    }
    return true;
  }

  static bool same_parent(const Row& a, const Row& b) {
    const auto size = b.item.indices.size();
    return size > 0 &&
           std::equal(a.item.indices.begin(), a.item.indices.end() - 1, b.item.indices.begin());
  }

  void count_repeated(const Row& row) {
    for (const PlanField& field : row.entity->fields) {
      if (is_outer(*row.entity, field))
        repeated_ += row.draft.cells[static_cast<std::size_t>(field.column)].text.size();
    }
  }

  bool map_master(Row& row, const PlanMaster& master) {
    const PlanTable& contents = table(master.content_table);
    Role role{&master, true, {}, copy_name(row, master)};
    role.draft.cells.resize(contents.columns.size() + master.inputs.size());
    const bool computes = std::any_of(master.fields.begin(), master.fields.end(), is_computed);
    // The texts of a copy are made once, however many rows embed it.
    TextAllowance spare = allowance_;
    const bool repeats =
        computes && !computed_copies_.insert(role.copy + source_text(master)).second;
    TextAllowance& allowance = repeats ? spare : allowance_;
    const std::string pointer = computes ? copy_pointer(row, master) : std::string();
    for (const bool keys : {true, false}) {
      const bool filled = each_in_order(master.fields, master.inputs, [&](const PlanField& field) {
        if (field.is_key != keys || !role.has_key) return true;
        const bool given = is_computed(field)
                               ? compute_field(role.draft, contents, field, pointer, allowance)
                               : fill(role.draft, contents, field, row);
        const Cell& cell = role.draft.cells[static_cast<std::size_t>(field.column)];
        if (keys && cell.is_null()) role.has_key = false;
        return given;
      });
      if (!filled) return false;
    }
    row.roles.push_back(std::move(role));
    return true;
  }

  /// All that decides what the copies of a master hold.
  static std::string source_text(const PlanMaster& master) {
    std::string text;
    for (const auto* list : {&master.fields, &master.inputs}) {
      for (const PlanField& field : *list) {
        text += "\n" + field.path.text + "|" + field.constant + "|" + field.normaliser.text + "|" +
                field.expression_text + "|" + field.fallback.value_or("") + "|" +
                std::to_string(field.column);
      }
    }
    return text;
  }

  static std::string copy_pointer(const Row& row, const PlanMaster& master) {
    return pointer_around(row.entity->rows, row.item.indices, depth_of(row, master));
  }

  /// How many indices of a row name the copy that it embeds.
  static std::size_t depth_of(const Row& row, const PlanMaster& master) {
    std::size_t deepest = 0;
    for (const auto* list : {&master.fields, &master.inputs}) {
      for (const PlanField& field : *list) {
        if (field.source == PlanField::Source::path)
          deepest = std::max(deepest, shared_wildcards(field.path, row.entity->rows));
      }
    }
    return deepest;
  }

  /// Copies that share content table, key sources and item are one copy, whatever rows refer to it.
  std::string copy_name(const Row& row, const PlanMaster& master) const {
    const std::size_t depth = wildcards(row.entity->rows);
    const std::size_t deepest = depth_of(row, master);
    std::string keys;
    for (const PlanField& field : master.fields) {
      if (!field.is_key) continue;
      keys += field.path.text + "|" + field.constant + "|" + field.normaliser.text +
              (field.required ? "|!" : "|") + "\n";
    }
    std::string name = std::to_string(master.content_table) + "\n" + keys;
    std::size_t taken = 0;
    for (const PathStep& step : row.entity->rows.steps) {
      if (taken == deepest || depth == 0) break;
      if (step.kind == PathStep::Kind::wildcard)
        append_token(name, std::to_string(row.item.indices[taken++]));
      else
        append_token(name, step.name + std::to_string(step.index));
    }
    return name;
  }

  bool gate() {
    for (const Row& row : rows_) {
      if (const PlanField* missing = first_missing(row)) {
        const bool event_time = missing->column == row.entity->event_time_column;
        const Code code = missing->is_key ? Code::key_null
                          : event_time    ? Code::event_time_null
                                          : Code::required_null;
        return refuse(code, pointer_of(*missing, row, row.item.pointer),
                      "a needed field is missing");
      }
    }
    for (const Row& row : rows_) {
      for (const Role& role : row.roles) {
        if (role.has_key && !gate_role(row, role)) return false;
      }
    }
    if (repeated_ > kRepeatedPerInputMax * payload_size_) {
      return refuse(Code::json_too_large, "", "texts of outer rows are repeated too often");
    }
    if (allowance_.made > allowance_.most)
      return refuse(Code::json_too_large, "", "expressions make too much text");
    return true;
  }

  /// Where a missing value would stand; of what is computed, where its row or copy stands.
  std::string pointer_of(const PlanField& field, const Row& row, const std::string& around) const {
    if (field.source == PlanField::Source::expression) return around;
    return resolve(field.path, root_, row.item.indices).pointer;
  }

  static bool deletes(const Row& row) {
    if (row.entity->deletion_column < 0) return false;
    const Cell& cell = row.draft.cells[static_cast<std::size_t>(row.entity->deletion_column)];
    const auto& values = row.entity->deletion_values;
    return !cell.is_null() && std::count(values.begin(), values.end(), cell.text) > 0;
  }

  /// The needed field that stands first in the table.
  const PlanField* first_missing(const Row& row) const {
    const PlanField* missing = nullptr;
    const bool deletion = deletes(row);
    const auto& of_deletion = row.entity->deletion_needed;
    for (const PlanField& field : row.entity->fields) {
      bool needed = field.is_key || field.required || field.column == row.entity->event_time_column;
      if (deletion) {
        needed =
            std::find(of_deletion.begin(), of_deletion.end(), field.column) != of_deletion.end();
      }
      if (!needed || !row.draft.cells[static_cast<std::size_t>(field.column)].is_null()) continue;
      if (missing == nullptr || field.column < missing->column) missing = &field;
    }
    return missing;
  }

  bool gate_role(const Row& row, const Role& role) {
    for (const bool keys : {true, false}) {
      for (const PlanField& field : role.rule->fields) {
        if (field.is_key != keys || !field.required) continue;
        if (!role.draft.cells[static_cast<std::size_t>(field.column)].is_null()) continue;
        const std::string around = copy_pointer(row, *role.rule);
        return refuse(field.is_key ? Code::key_null : Code::required_null,
                      pointer_of(field, row, around), "a needed field is missing");
      }
    }
    return true;
  }

  /// Fills null_fields and hashes the content columns.
  void finish(const PlanTable& into, Draft& draft, DerivedRow& row) {
    const int nulls = into.index_of_id(kNullFieldsId);
    if (nulls >= 0 && !draft.explicit_nulls.empty()) {
      std::string& list = out_.texts.emplace_back();
      for (const int id : draft.explicit_nulls) append_varint(list, static_cast<UInt128>(id));
      draft.cells[static_cast<std::size_t>(nulls)] = binary_cell(list);
    }
    std::map<int, std::size_t> by_id;
    for (std::size_t i = 0; i < into.columns.size(); ++i) {
      const PlanColumn& column = into.columns[i];
      const bool own = column.id >= kFirstOwnId || column.id == kNullFieldsId;
      if (column.content && own) by_id[column.id] = i;
    }
    RowEncoding encoding;
    for (const auto& [id, index] : by_id) encoding.append(id, draft.cells[index]);
    draft.cells.resize(into.columns.size());
    row.cells = std::move(draft.cells);
    row.hash = encoding.hash();
  }

  void use(const std::vector<const Node*>& leaves, Use how) {
    for (const Node* leaf : leaves) {
      Use& known = uses_[leaf];
      known = std::max(known, how);
    }
  }

  void write_contents() {
    std::set<std::string> counted;
    for (Row& row : rows_) {
      for (Role& role : row.roles) {
        if (!role.has_key) continue;
        DerivedRow content;
        content.table = role.rule->content_table;
        use(role.draft.used, Use::master);
        if (counted.insert(role.copy).second) out_.masters_seen.push_back(role.rule->entity);
        finish(table(content.table), role.draft, content);
        refer(row, role, content);
        out_.contents.push_back(std::move(content));
      }
    }
  }

  /// The row's reference: the master's key, and the hash of its content.
  void refer(Row& row, const Role& role, const DerivedRow& content) {
    const PlanTable& events = table(row.entity->table);
    const PlanTable& contents = table(content.table);
    for (const int column : role.rule->reference_keys) {
      const std::string& name = events.columns[static_cast<std::size_t>(column)].name;
      const int source = contents.index_of(name.substr(role.rule->role.size() + 1));
      if (source >= 0)
        row.draft.cells[static_cast<std::size_t>(column)] =
            content.cells[static_cast<std::size_t>(source)];
    }
    const auto bytes = content.hash.to_bytes();
    const std::string& text =
        out_.texts.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    row.draft.cells[static_cast<std::size_t>(role.rule->reference_hash)] = binary_cell(text);
    if (role.rule->order_column < 0) return;
    row.draft.cells[static_cast<std::size_t>(role.rule->order_column)] =
        content.cells[static_cast<std::size_t>(role.rule->order_field)];
  }

  void write_rows() {
    for (Row& row : rows_) {
      use(row.draft.used, Use::mapped);
      DerivedRow derived;
      derived.table = row.entity->table;
      derived.pointer = row.item.pointer;
      finish(table(derived.table), row.draft, derived);
      out_.rows.push_back(std::move(derived));
    }
  }

  static std::string json_escaped(std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string escaped;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\')
        escaped += std::string("\\") + c;
      else if (byte < 0x20)
        escaped += std::string("\\u00") + kHex[byte >> 4] + kHex[byte & 15];
      else
        escaped += c;
    }
    return escaped;
  }

  void write_residue() {
    std::string& text = out_.texts.emplace_back();
    for_each_leaf(root_, [&](const std::string& pointer, const Node& leaf) {
      ++out_.leaves;
      const auto found = uses_.find(&leaf);
      const Use how = found == uses_.end() ? Use::residue : found->second;
      out_.mapped += how == Use::mapped ? 1 : 0;
      out_.master += how == Use::master ? 1 : 0;
      if (how != Use::residue) return;
      text += (out_.residue_leaves++ == 0 ? "{\"" : ",\"") + json_escaped(pointer) + "\":";
      text += leaf.raw;
    });
    if (out_.residue_leaves == 0) return;
    text += '}';
    out_.residue_text = text;
    const PlanTable& residue = table(plan_.residue_table);
    Draft draft;
    draft.cells.resize(residue.columns.size());
    draft.cells[static_cast<std::size_t>(residue.index_of("leaves"))] = string_cell(text);
    draft.cells[static_cast<std::size_t>(residue.index_of("leaf_count"))] =
        integer_cell(out_.residue_leaves);
    out_.residue.emplace().table = plan_.residue_table;
    finish(residue, draft, *out_.residue);
  }

  /// Hash over the root's entity and key and everything that came out of the record.
  void identify() {
    IdentityHasher hasher;
    const Row& root = rows_.front();
    hasher.text(root.entity->entity);
    const DerivedRow& root_row = out_.rows.front();
    RowEncoding key;
    for (const PlanField& field : root.entity->fields) {
      if (field.is_key)
        key.append(field.column + 1, root_row.cells[static_cast<std::size_t>(field.column)]);
    }
    hasher.text(key.bytes());
    for (const auto* rows : {&out_.rows, &out_.contents}) {
      std::vector<Hash128> hashes;
      for (const DerivedRow& row : *rows) hashes.push_back(row.hash);
      std::sort(hashes.begin(), hashes.end());
      for (const Hash128& hash : hashes) hasher.text(hash.to_hex());
      hasher.number(static_cast<std::int64_t>(hashes.size()));
    }
    hasher.text(out_.residue_text);
    out_.identity = hasher.finish();
  }

  const PlanDocument& plan_;
  const Node& root_;
  const std::size_t payload_size_;
  Derivation& out_;
  std::deque<Row> rows_;
  std::unordered_map<const Node*, Use> uses_;
  TextAllowance allowance_;
  std::set<std::string> computed_copies_;
  std::size_t repeated_ = 0;
};

bool holds(const PlanMatch& match, const Node& root) {
  const Item found = resolve(match.path, root, {});
  if (found.node == nullptr) return false;
  if (match.equals.empty()) return true;
  return found.node->is_scalar() && std::find(match.equals.begin(), match.equals.end(),
                                              found.node->text) != match.equals.end();
}

/// Whether a version of the application answers to the name that an envelope gives at this path.
bool is_registered(const PlanDocument& plan, std::string_view application, const Path& envelope,
                   const std::string& name) {
  for (const PlanVersion& version : plan.versions) {
    if (version.application != application) continue;
    if (version.version == name) return true;
    for (const PlanMatch& match : version.match) {
      if (match.path.steps != envelope.steps) continue;
      if (std::find(match.equals.begin(), match.equals.end(), name) != match.equals.end())
        return true;
    }
  }
  return false;
}

/// No version matches: the envelope names one that is not registered, or the shape is not known.
Fault unmatched(const PlanDocument& plan, std::string_view application, const Node& root) {
  for (const PlanVersion& version : plan.versions) {
    if (version.application != application || !version.envelope_version) continue;
    const Item found = resolve(*version.envelope_version, root, {});
    if (found.node == nullptr || !found.node->is_scalar() || found.node->kind == Node::Kind::null)
      continue;
    if (is_registered(plan, application, *version.envelope_version, found.node->text)) continue;
    return {Code::version_unknown, found.pointer, "the version is not registered"};
  }
  return {Code::shape_unknown, "", "no version matches"};
}

}  // namespace

Derivation derive(const PlanDocument& plan, std::string_view application, std::string_view payload,
                  std::string_view headers) {
  Derivation out;
  auto rendition = rendition_of(payload, headers, plan.limits);
  if (auto* fault = std::get_if<Fault>(&rendition)) {
    out.fault = std::move(*fault);
    return out;
  }
  const std::string& text = out.texts.emplace_back(std::get<std::string>(std::move(rendition)));
  const auto parsed = parse_payload(text, plan.limits);
  if (const auto* fault = std::get_if<Fault>(&parsed)) {
    out.fault = *fault;
    return out;
  }
  const Node& root = std::get<Node>(parsed);
  for (const PlanVersion& version : plan.versions) {
    if (version.application != application) continue;
    const bool all = std::all_of(version.match.begin(), version.match.end(),
                                 [&](const PlanMatch& match) { return holds(match, root); });
    if (!all) continue;
    out.version = &version;
    break;
  }
  if (out.version == nullptr) {
    out.fault = unmatched(plan, application, root);
    return out;
  }
  Interpreter(plan, root, payload.size(), out).run();
  return out;
}

std::string origin_pointer(const PlanEntity& entity, const PlanField& field, const Node& root,
                           std::string_view row_pointer) {
  if (field.source == PlanField::Source::expression) return std::string(row_pointer);
  if (field.source != PlanField::Source::path) return {};
  for (const Item& item : items_of(entity.rows, root)) {
    if (item.pointer != row_pointer) continue;
    const Item found = resolve(field.path, root, item.indices);
    return found.node == nullptr ? std::string() : found.pointer;
  }
  return {};
}

}  // namespace assay::verify
