#include "verify/interpreter.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "verify/conversion.h"
#include "verify/query.h"
#include "verify/rendition.h"
#include "verify/row_encoding.h"

namespace assay::verify {
namespace {

constexpr int kFirstOwnId = 16;
constexpr int kNullFieldsId = 8;
/// Bytes that texts of outer rows may be repeated in, for each byte of the payload.
constexpr std::size_t kRepeatedPerInputMax = 64;

/// One item of the payload that is a row, and the indices of the wildcards on the way to it.
struct Item {
  const Node* node = nullptr;
  std::vector<std::size_t> indices;
  std::string pointer;
};

std::size_t wildcards(const Path& path, std::size_t steps) {
  return static_cast<std::size_t>(
      std::count_if(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(steps),
                    [](const PathStep& step) { return step.kind == PathStep::Kind::wildcard; }));
}

/// Wildcards in the beginning that two paths share: how far a row fixes the way of another path.
std::size_t shared_wildcards(const Path& path, const Path& rows) {
  std::size_t same = 0;
  while (same < path.steps.size() && same < rows.steps.size() &&
         path.steps[same] == rows.steps[same])
    ++same;
  return wildcards(path, same);
}

const Node* step_into(const Node& node, const PathStep& step) {
  if (step.kind == PathStep::Kind::name) return node.member(step.name);
  const auto index = static_cast<std::size_t>(step.index);
  return index < node.items.size() ? &node.items[index] : nullptr;
}

void expand(const Path& path, std::size_t at, const Item& item, std::vector<Item>& found) {
  if (at == path.steps.size()) {
    found.push_back(item);
    return;
  }
  const PathStep& step = path.steps[at];
  if (step.kind != PathStep::Kind::wildcard) {
    const Node* next = step_into(*item.node, step);
    if (next == nullptr) return;
    Item below{next, item.indices, item.pointer};
    append_token(below.pointer,
                 step.kind == PathStep::Kind::name ? step.name : std::to_string(step.index));
    return expand(path, at + 1, below, found);
  }
  for (std::size_t i = 0; i < item.node->items.size(); ++i) {
    Item below{&item.node->items[i], item.indices, item.pointer};
    below.indices.push_back(i);
    append_token(below.pointer, std::to_string(i));
    expand(path, at + 1, below, found);
  }
}

std::vector<Item> items_of(const Path& path, const Node& root) {
  std::vector<Item> found;
  expand(path, 0, {&root, {}, ""}, found);
  return found;
}

/// Goes on to the first leaf that a query finds. One that is not there has the pointer of the node
/// that the query begins at.
void follow_query(const PathStep& step, const Node& root, Item& item) {
  if (item.node == nullptr) return;
  auto found = first_leaf(step.name, root, {item.node, item.pointer});
  const bool there = found && found->has_value();
  item.node = there ? (*found)->node : nullptr;
  if (there) item.pointer = std::move((*found)->pointer);
}

/// The one value that a path means for a row: wildcards take the row's indices. `node` may be
/// nullptr; the pointer then says where it would stand.
Item resolve(const Path& path, const Node& root, const std::vector<std::size_t>& indices) {
  Item item{&root, {}, ""};
  std::size_t wildcard = 0;
  for (const PathStep& step : path.steps) {
    PathStep fixed = step;
    if (step.kind == PathStep::Kind::query) {
      follow_query(step, root, item);
      break;
    }
    if (step.kind == PathStep::Kind::wildcard) {
      fixed = {PathStep::Kind::index, {}, static_cast<std::int64_t>(indices.at(wildcard++))};
    }
    append_token(item.pointer,
                 fixed.kind == PathStep::Kind::name ? fixed.name : std::to_string(fixed.index));
    item.node = item.node == nullptr ? nullptr : step_into(*item.node, fixed);
  }
  return item;
}

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
      : plan_(plan), root_(root), payload_size_(payload_size), out_(out) {}

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

  /// Converts one field of a row into the draft. False: the record is refused.
  bool fill(Draft& draft, const PlanTable& into, const PlanField& field, const Row& row) {
    const PlanColumn& column = into.columns[static_cast<std::size_t>(field.column)];
    if (field.source == PlanField::Source::item_index) {
      const bool one_array = wildcards(row.entity->rows, row.entity->rows.steps.size()) == 1;
      const std::int64_t index =
          one_array ? static_cast<std::int64_t>(row.item.indices.front()) : row.number;
      draft.cells[static_cast<std::size_t>(field.column)] = integer_cell(index);
      return true;
    }
    if (field.source == PlanField::Source::constant) {
      set(draft, field.column, convert_constant(field.constant, column.type, field.normaliser));
      return true;
    }
    const Item found = resolve(field.path, root_, row.item.indices);
    if (found.node == nullptr) return true;
    Converted converted = convert_leaf(*found.node, column.type, field.normaliser);
    if (converted.outcome == Converted::Outcome::null) {
      if (found.node->kind == Node::Kind::null) draft.explicit_nulls.insert(column.id);
    } else if (converted.outcome == Converted::Outcome::value) {
      set(draft, field.column, std::move(converted));
    } else {
      if (field.normaliser.null_on_error) return true;  // the leaf is residue
      return refuse(code_of(converted.outcome), found.pointer, "field " + column.name);
    }
    draft.used.push_back(found.node);
    return true;
  }

  bool is_outer(const PlanEntity& entity, const PlanField& field) const {
    return field.source == PlanField::Source::path &&
           shared_wildcards(field.path, entity.rows) <
               wildcards(entity.rows, entity.rows.steps.size());
  }

  bool map_entity(const PlanEntity& entity) {
    std::int64_t number = 0;
    const Row* before = nullptr;
    for (Item& item : items_of(entity.rows, root_)) {
      Row row{&entity, std::move(item), number++, {}, {}};
      row.draft.cells.resize(table(entity.table).columns.size());
      // Fields of outer rows first, then the row's own, then its masters.
      for (const bool outer : {true, false}) {
        for (const PlanField& field : entity.fields) {
          if (is_outer(entity, field) == outer && !fill(row.draft, table(entity.table), field, row))
            return false;
        }
      }
      for (const PlanMaster& master : entity.masters) {
        if (!map_master(row, master)) return false;
      }
      if (before != nullptr && same_parent(*before, row)) count_repeated(row);
      rows_.push_back(std::move(row));
      before = &rows_.back();
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
    role.draft.cells.resize(contents.columns.size());
    for (const bool keys : {true, false}) {
      for (const PlanField& field : master.fields) {
        if (field.is_key != keys || !role.has_key) continue;
        if (!fill(role.draft, contents, field, row)) return false;
        if (keys && role.draft.cells[static_cast<std::size_t>(field.column)].is_null())
          role.has_key = false;
      }
    }
    row.roles.push_back(std::move(role));
    return true;
  }

  /// Copies that share content table, key sources and item are one copy, whatever rows refer to it.
  std::string copy_name(const Row& row, const PlanMaster& master) const {
    const std::size_t depth = wildcards(row.entity->rows, row.entity->rows.steps.size());
    std::size_t deepest = 0;
    bool any = false;
    std::string keys;
    for (const PlanField& field : master.fields) {
      if (field.source == PlanField::Source::path) {
        deepest = std::max(deepest, shared_wildcards(field.path, row.entity->rows));
        any = true;
      }
      if (!field.is_key) continue;
      keys += field.path.text + "|" + field.constant + "|" + field.normaliser.text +
              (field.required ? "|!" : "|") + "\n";
    }
    if (!any) deepest = 0;
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
        return refuse(code, resolve(missing->path, root_, row.item.indices).pointer,
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
    return true;
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
        return refuse(field.is_key ? Code::key_null : Code::required_null,
                      resolve(field.path, root_, row.item.indices).pointer,
                      "a needed field is missing");
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
  if (field.source != PlanField::Source::path) return {};
  for (const Item& item : items_of(entity.rows, root)) {
    if (item.pointer != row_pointer) continue;
    const Item found = resolve(field.path, root, item.indices);
    return found.node == nullptr ? std::string() : found.pointer;
  }
  return {};
}

}  // namespace assay::verify
