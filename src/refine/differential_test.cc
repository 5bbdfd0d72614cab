// The kernel against a slow and simple interpreter, on random payloads that a plan half
// understands.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "column/batch.h"
#include "refine/plain_interpreter_test.h"
#include "refine/test_fixture_internal.h"

namespace assay::refine {
namespace {

using testing::Reading;

template <typename T>
T pick(const std::vector<T>& values) {
  return values[*rc::gen::inRange<std::size_t>(0, values.size())];
}

std::string random_scalar() {
  static const std::vector<std::string> kValues = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "1",
      "17850.0",
      "1.10",
      "-2.5",
      "1e2",
      "1E-2",
      "9007199254740993",
      "9223372036854775807",
      "-9223372036854775808",
      "9223372036854775808",
      "18446744073709551616",
      "0.001",
      "0.0004",
      "1e400",
      "123456789012345678901234567890.12",
      "0.1234567890123456789",
      "99999999999999.99",
      "1000000000000000000",
      "\"\"",
      "\"x\"",
      "\" N/A\"",
      "\"n/a \"",
      "\"17850.0\"",
      "\"1.5\"",
      "\"true\"",
      "\"2024-02-29\"",
      "\"2024-02-30\"",
      "\"2024-01-02T03:04:05.25+01:00\"",
      "\"2024-01-02 03:04\"",
      "\"\\u00e9\\n\\\"\\\\\"",
      "\"\\ud83d\\ude00\"",
      "\"a text that is longer than thirty-two bytes, so that copies take the slow way\"",
      "{}",
      "[]",
      "{ }",
      "[ ]"};
  return pick(kValues);
}

std::string random_value(int depth);

std::string random_object(const std::vector<std::string>& names, int depth) {
  std::string text = "{";
  for (const std::string& name : names) {
    if (*rc::gen::inRange(0, 5) == 0) continue;
    text += fmt::format("{}\"{}\":{}", text == "{" ? "" : pick<std::string>({",", ", "}), name,
                        random_value(depth));
  }
  return text + "}";
}

std::string random_value(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 8 : 6);
  if (kind < 6) return random_scalar();
  if (kind == 6) return random_object({"a/b", "c~d", "\\u0041", "id"}, depth - 1);
  std::string text = "[";
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + random_value(depth - 1);
  return text + "]";
}

/// Mostly what the plan wants, so that many records get through.
std::string likely(const std::string& wanted, int chance = 12) {
  return *rc::gen::inRange(0, chance) == 0 ? random_value(1) : wanted;
}

std::string random_order() {
  std::vector<std::pair<std::string, std::string>> members = {
      {"no", likely(pick<std::string>({"\"7\"", "\"\\u0041-1\"", "8"}), 30)},
      {"at", likely(pick<std::string>({"\"2024-01-02T03:04:05Z\"", "\"2011-12-09\""}), 30)},
      {"total", likely(pick<std::string>({"12.50", "-1", "null", "\"3.1\""}))},
      {"priority", likely("3")},
      {"score", likely(pick<std::string>({"0.1", "1234567.891", "123456789012345678", "null"}))},
      {"paid", likely("true")},
      {"due", random_value(1)},
      {"status", likely(pick<std::string>({"\" Open\"", "\"n/a\"", "12"}))},
      {"spare", random_value(3)},
      {"customer", likely(fmt::format("{{\"id\":{},\"name\":{},\"address\":{{\"city\":{}}}}}",
                                      likely(pick<std::string>({"1", "2.0", "null"})),
                                      likely("\"N\""), likely("null")))}};
  std::string lines;
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    lines += fmt::format(
        "{}{}", lines.empty() ? "" : ",",
        likely(
            fmt::format(
                R"({{"quantity":{},"note":{},"product":{{"code":{},"text":{}}},"tags":[{}],"more":{}}})",
                likely("5"), likely("\"n\""), likely(pick<std::string>({"\"P\"", "\"Q\""})),
                likely("null"), pick<std::string>({"", "\"t\"", "\"t\",null,7"}), random_value(1)),
            20));
  }
  members.emplace_back("lines", likely("[" + lines + "]", 20));
  // Orders of keys differ, so that predictions miss.
  if (*rc::gen::inRange(0, 3) == 0)
    std::swap(members[0], members[static_cast<std::size_t>(*rc::gen::inRange(1, 11))]);
  std::string text = "{";
  for (const auto& [name, value] : members) {
    if (name != "no" && *rc::gen::inRange(0, 15) == 0) continue;
    text += fmt::format("{}\"{}\":{}", text == "{" ? "" : ",", name, value);
  }
  return text + "}";
}

/// "column=value ..." of the columns that the interpreter makes.
std::map<std::string, std::vector<std::vector<std::string>>> rows_by_record(
    const plan::Plan& plan, const RefineResult& result) {
  std::map<std::string, std::vector<std::vector<std::string>>> made;
  for (const TableBatch& table : result.batches) {
    const auto& schema = plan.tables[static_cast<std::size_t>(table.table)];
    auto& records = made[schema.name];
    records.resize(result.records.size());
    for (std::int64_t row = 0; row < table.batch.rows(); ++row) {
      std::string text;
      std::string tail;
      for (std::size_t i = 0; i < schema.fields.size(); ++i) {
        const column::Field& field = schema.fields[i];
        const auto shown = [&] {
          return testing::value_text(field, column::ColumnView(table.batch, static_cast<int>(i)),
                                     row);
        };
        if (field.name == "null_fields")
          tail = "null_fields=" + shown() + tail;
        else if (field.name == "pointer")
          tail += " pointer=" + shown();
        else if (field.id >= column::field_id::kFirstOwn && !field.name.ends_with("_hash"))
          text += field.name + "=" + shown() + " ";
      }
      records[table.record_of_row[static_cast<std::size_t>(row)]].push_back(text + tail);
    }
  }
  return made;
}

void check_hashes(const plan::Plan& plan, const RefineResult& result) {
  for (const TableBatch& table : result.batches) {
    const auto& schema = plan.tables[static_cast<std::size_t>(table.table)];
    RC_ASSERT(column::validate(table.batch, schema).has_value());
    const int column = std::max(schema.index_of("row_hash"), schema.index_of("content_hash"));
    if (column < 0) continue;
    const auto hashes = column::row_hashes(table.batch, schema);
    const column::ColumnView view(table.batch, column);
    for (std::int64_t row = 0; row < table.batch.rows(); ++row) {
      RC_ASSERT(Hash128::from_bytes(view.bytes(row)) == hashes[static_cast<std::size_t>(row)]);
    }
  }
}

void check_record(const Reading& reading, std::size_t record,
                  const std::map<std::string, std::vector<std::vector<std::string>>>& rows) {
  for (const std::string table : {"silver.order", "silver.line", "silver.tag"}) {
    const auto expected = reading.rows.find(table);
    const auto actual = rows.find(table);
    const auto none = std::vector<std::string>();
    RC_ASSERT((actual == rows.end() ? none : actual->second[record]) ==
              (expected == reading.rows.end() || reading.code != 0 ? none : expected->second));
  }
  const auto residue = rows.find("silver.residue");
  const std::string prefix = fmt::format("leaves='{}' ", reading.residue);
  if (residue != rows.end() && !residue->second[record].empty()) {
    RC_ASSERT(residue->second[record][0].substr(residue->second[record][0].find("leaves="),
                                                prefix.size()) == prefix);
  } else {
    RC_ASSERT(reading.residue.empty());
  }
}

TEST(Differential, RowsMastersResidueAndCodes) {
  const plan::Plan plan = testing::order_plan();
  auto opened = Refiner::open(std::make_shared<plan::Plan>(plan));
  ASSERT_TRUE(opened);
  Refiner& refiner = *opened;  // one for all, so that its caches are full of other shapes
  int refined = 0;
  EXPECT_TRUE(rc::check("kernel and interpreter agree", [&] {
    std::vector<std::string> records;
    const int count = *rc::gen::inRange(1, 12);
    for (int i = 0; i < count; ++i) records.push_back(random_order());
    const testing::OwnedSlab slab(records);
    const auto result = refiner.refine(slab.slab());
    RC_ASSERT(result.has_value());
    check_hashes(plan, *result);
    // The second time every way is known; a kernel that never saw anything knows none.
    const auto again = refiner.refine(slab.slab());
    RC_ASSERT(again.has_value());
    RC_ASSERT(testing::to_text(plan, *again) == testing::to_text(plan, *result));
    RC_ASSERT(testing::to_text(plan, testing::refine_all(plan, records)) ==
              testing::to_text(plan, *result));
    const auto codes = testing::codes_of(plan, *result);
    const auto rows = rows_by_record(plan, *result);
    Accounting expected;
    std::map<std::string, std::set<std::string>> contents;
    for (std::size_t i = 0; i < records.size(); ++i) {
      RC_LOG() << records[i] << "\n";
      const Reading reading = testing::read_plainly(plan, testing::parse_valid(records[i]));
      RC_ASSERT(codes[i] == reading.code);
      RC_ASSERT(result->records[i].refined == (reading.code == 0));
      check_record(reading, i, rows);
      if (reading.code != 0) continue;
      ++refined;
      expected.leaves += reading.leaves;
      expected.leaves_mapped += reading.mapped;
      expected.leaves_master += reading.master;
      for (const auto& [table, made] : reading.contents)
        contents[table].insert(made.begin(), made.end());
    }
    RC_ASSERT(result->accounting.leaves == expected.leaves);
    RC_ASSERT(result->accounting.leaves_mapped == expected.leaves_mapped);
    RC_ASSERT(result->accounting.leaves_master == expected.leaves_master);
    RC_ASSERT(result->accounting.leaves_residue ==
              expected.leaves - expected.leaves_mapped - expected.leaves_master);
    for (const std::string table : {"silver.customer_content", "silver.product_content"}) {
      std::vector<std::string> actual;
      if (rows.contains(table)) {
        for (const auto& record : rows.at(table))
          actual.insert(actual.end(), record.begin(), record.end());
      }
      RC_ASSERT(actual.size() == contents[table].size());  // each content once
      RC_ASSERT(std::set<std::string>(actual.begin(), actual.end()) == contents[table]);
    }
  }));
  EXPECT_GT(refined, 50);
}

/// The names of a version instead of those of order_plan().
using Names = std::map<std::string, std::string>;

/// Two sets of names of their own; the third calls its lines and tags as the first calls others, so
/// that the same scope means one thing to one version and another thing to the next.
const std::vector<Names>& names_of_versions() {
  static const std::vector<Names> kNames = {
      {},
      {{"no", "number"}, {"lines", "rows"}, {"tags", "marks"}, {"product", "article"}},
      {{"no", "order"}, {"lines", "tags"}, {"tags", "lines"}, {"customer", "buyer"}},
      {{"no", "code"}, {"quantity", "pieces"}}};
  return kNames;
}

void rename(path::JsonPath& path, const Names& names) {
  for (path::Step& step : path.steps) {
    if (const auto found = names.find(step.name); found != names.end()) step.name = found->second;
  }
}

plan::VersionPlan renamed(plan::VersionPlan version, std::size_t number) {
  const Names& names = names_of_versions()[number];
  version.version = fmt::format("v{}", number + 1);
  for (plan::MatchCondition& condition : version.match) rename(condition.path, names);
  for (plan::EntityRule& entity : version.entities) {
    rename(entity.rows, names);
    for (plan::FieldRule& field : entity.fields) rename(field.path, names);
    for (plan::MasterRule& master : entity.masters) {
      for (plan::FieldRule& field : master.fields) rename(field.path, names);
    }
  }
  // One of them does not convert alike.
  if (number == 3) version.entities[0].fields[2].normalisation.on_error = plan::OnError::null;
  return version;
}

std::string renamed(const std::string& record, std::size_t number) {
  const Names& names = names_of_versions()[number];
  std::string text;
  for (std::size_t at = 0; at < record.size();) {
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto& name) {
      return record.compare(at, name.first.size() + 3, "\"" + name.first + "\":") == 0;
    });
    text += found == names.end() ? record.substr(at, 1) : "\"" + found->second + "\":";
    at += found == names.end() ? 1 : found->first.size() + 3;
  }
  // An array that is rows to another version, and nothing to this one.
  const std::string rows = number == 2 ? "lines" : "tags";
  const std::string items = number == 2 ? "tags" : "lines";
  if (text.size() > 2 && *rc::gen::inRange(0, 3) == 0) {
    text.insert(
        text.size() - 1,
        fmt::format(R"(,"{}":[{{"quantity":1,"{}":[2]}},{{"quantity":"x"}}])", rows, items));
  }
  return text;
}

TEST(Differential, VersionsTogetherGiveWhatEachAloneGives) {
  plan::Plan plan = testing::order_plan();
  std::vector<plan::VersionPlan> versions;
  for (std::size_t i = 0; i < names_of_versions().size(); ++i)
    versions.push_back(renamed(plan.versions[0], i));
  plan.versions = versions;
  std::rotate(plan.versions.begin(), plan.versions.begin() + 2, plan.versions.end());
  int refined = 0;
  EXPECT_TRUE(rc::check("versions in one slab do not see each other", [&] {
    std::vector<std::string> records;
    std::vector<std::size_t> numbers;
    const int count = *rc::gen::inRange(1, 16);
    for (int i = 0; i < count; ++i) {
      numbers.push_back(*rc::gen::inRange<std::size_t>(0, versions.size()));
      records.push_back(renamed(random_order(), numbers.back()));
      RC_LOG() << records.back() << "\n";
    }
    const RefineResult together = testing::refine_all(plan, records);
    check_hashes(plan, together);
    const auto rows = rows_by_record(plan, together);
    for (std::size_t number = 0; number < versions.size(); ++number) {
      plan::Plan one = plan;
      one.versions = {versions[number]};
      const RefineResult alone = testing::refine_all(one, records);
      const auto rows_alone = rows_by_record(one, alone);
      for (std::size_t i = 0; i < records.size(); ++i) {
        if (numbers[i] != number) continue;
        RC_ASSERT(together.records[i].refined == alone.records[i].refined);
        RC_ASSERT(together.records[i].key_hash == alone.records[i].key_hash);
        RC_ASSERT(together.records[i].content_hash == alone.records[i].content_hash);
        refined += alone.records[i].refined ? 1 : 0;
        for (const std::string table :
             {"silver.order", "silver.line", "silver.tag", "silver.residue", "bronze.quarantine"}) {
          const auto of = [&](const auto& all) {
            return all.contains(table) ? all.at(table)[i] : std::vector<std::string>();
          };
          RC_ASSERT(of(rows) == of(rows_alone));
        }
      }
    }
  }));
  EXPECT_GT(refined, 50);
}

}  // namespace
}  // namespace assay::refine
