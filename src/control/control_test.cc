// Manifests and their states, look-ups, plans and field ids, and how the database opens.

#include "control/control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "control/connection_internal.h"
#include "control/control_fixture_internal.h"
#include "control/digest_internal.h"

namespace assay::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> ids_of(const std::vector<Manifest>& manifests) {
  std::vector<std::string> ids;
  for (const Manifest& manifest : manifests) ids.push_back(manifest.manifest_id);
  return ids;
}

TEST(ManifestStateTest, TheTableOfTheDesignAndNothingElse) {
  using enum ManifestStatus;
  const std::vector<ManifestStatus> all = {received, processing, complete, failed, paused};
  std::string allowed;
  for (const ManifestStatus from : all) {
    for (const ManifestStatus to : all) {
      if (may_move(from, to)) allowed += fmt::format("{} {}\n", to_string(from), to_string(to));
    }
  }
  EXPECT_EQ(allowed,
            "RECEIVED PROCESSING\nRECEIVED PAUSED\nPROCESSING COMPLETE\nPROCESSING FAILED\nFAILED "
            "PROCESSING\n"
            "FAILED PAUSED\nPAUSED RECEIVED\n");
}

TEST(ManifestStateTest, NamesRoundTrip) {
  for (const char* name : {"RECEIVED", "PROCESSING", "COMPLETE", "FAILED", "PAUSED"}) {
    EXPECT_EQ(to_string(*parse_manifest_status(name)), name);
  }
  EXPECT_EQ(parse_manifest_status("complete").error().code, Code::usage);
}

TEST_F(ControlTest, AManifestComesBackAsItWasWritten) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  Manifest manifest = manifest_of("0a1b", "silver");
  manifest.lineage = {"0b", "0c"};
  manifest.plan_id = "p";
  manifest.record_count = std::int64_t{1} << 60;
  manifest.quality_checks = R"({"schema_valid":true})";
  manifest.attempt = 3;
  EpochCommit commit = begin(database, lease, {manifest});
  manifest.tables = R"({"silver.invoice":{"rows":1}})";
  manifest.superseded_by = "later";
  manifest.current = false;
  commit.completed = {manifest};
  ASSERT_TRUE(database.commit(commit));
  const Manifest stored = *database.manifest("0a1b");
  EXPECT_EQ(stored.status, ManifestStatus::complete);
  EXPECT_EQ(stored.record_count, std::int64_t{1} << 60);
  EXPECT_EQ(stored.end_time, 2'000);
  EXPECT_EQ(stored.epoch, commit.epoch);
  EXPECT_THAT(stored.lineage, ElementsAre("0b", "0c"));
  EXPECT_EQ(stored.tables, manifest.tables);
  EXPECT_EQ(stored.quality_checks, manifest.quality_checks);
  EXPECT_EQ(stored.superseded_by, "later");
  EXPECT_FALSE(stored.current);
  EXPECT_EQ(stored.attempt, 3);
  EXPECT_EQ(ids_of(*database.children("0c")), std::vector<std::string>{"0a1b"});
  EXPECT_TRUE(database.children("0a1b")->empty());
}

TEST_F(ControlTest, StatesAreEnforcedByTheDatabase) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  EpochCommit commit = begin(database, lease, {manifest_of("a")});
  commit.completed = {manifest_of("a")};
  ASSERT_TRUE(database.commit(commit));
  // COMPLETE has no way out, neither by a new intent nor by a second commit.
  const Manifest again[] = {manifest_of("a")};
  const Intent intent{
      .epoch = *database.next_epoch(), .generation = lease.generation, .writer = "w"};
  const Status refused = database.write_intent(intent, again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::manifest_state);
  EXPECT_THAT(refused.error().message, HasSubstr("COMPLETE to PROCESSING"));
  EpochCommit second = begin(database, lease, {});
  second.completed = {manifest_of("a")};
  EXPECT_EQ(database.commit(second).error().code, Code::manifest_state);
  second.completed = {manifest_of("never seen")};
  EXPECT_EQ(database.commit(second).error().code, Code::manifest_unknown);
  second.completed.clear();
  second.inserted = {manifest_of("a")};
  EXPECT_EQ(database.commit(second).error().code, Code::manifest_state);
  EXPECT_EQ(database.manifest("a")->status, ManifestStatus::complete);
}

TEST_F(ControlTest, AFailedManifestIsTriedAgainAndCounted) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const EpochCommit epoch = begin(database, lease, {manifest_of("a")});
    EXPECT_EQ(database.manifest("a")->retries, attempt);
    EXPECT_EQ(database.manifest("a")->error, "");
    ASSERT_TRUE(database.fail_epoch(epoch.epoch, "no room", 3'000));
    EXPECT_EQ(database.manifest("a")->status, ManifestStatus::failed);
    EXPECT_EQ(database.manifest("a")->error, "no room");
  }
  EXPECT_FALSE(*database.open_intent());
}

TEST_F(ControlTest, FiltersAndOrder) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  Manifest other = manifest_of("c", "gold");
  other.tenant_id = "de";
  Manifest late = manifest_of("a", "silver");
  late.start_time = 9'000;
  begin(database, lease, {late, other, manifest_of("b", "silver"), manifest_of("d", "bronze")});
  EXPECT_THAT(ids_of(*database.manifests({})), ElementsAre("d", "b", "c", "a"));
  EXPECT_THAT(ids_of(*database.manifests({.tenant_id = "uk"})), ElementsAre("d", "b", "a"));
  EXPECT_THAT(ids_of(*database.manifests({.layer = "silver"})), ElementsAre("b", "a"));
  EXPECT_THAT(ids_of(*database.manifests({.application = "crm"})), ElementsAre());
  EXPECT_THAT(ids_of(*database.manifests({.status = ManifestStatus::processing, .limit = 2})),
              ElementsAre("c", "a"));
  EXPECT_TRUE(database.manifests({.status = ManifestStatus::complete})->empty());
}

TEST_F(ControlTest, AUniquePrefixIsEnough) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  begin(database, lease, {manifest_of("abc-1"), manifest_of("abc-12"), manifest_of("abd_%")});
  EXPECT_EQ(database.manifest("abc-12")->manifest_id, "abc-12");
  EXPECT_EQ(database.manifest("abd")->manifest_id, "abd_%");
  EXPECT_EQ(database.manifest("abc-1")->manifest_id, "abc-1");  // exact, though it begins another
  const auto several = database.manifest("ab");
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().code, Code::manifest_unknown);
  EXPECT_THAT(several.error().message, HasSubstr("3 manifests"));
  for (const char* none : {"", "zzz", "ab%", "ab_"}) {
    EXPECT_EQ(database.manifest(none).error().code, Code::manifest_unknown) << none;
  }
}

TEST_F(ControlTest, EveryManifestRowHasItsDigest) {
  Database database = open();
  const Lease lease = *database.take_lease("me", 1);
  EpochCommit commit = begin(database, lease, {manifest_of("a")});
  commit.completed = {manifest_of("a")};
  commit.offsets = {range(0, 5)};
  commit.files = {{"lake/x", 3, "ff", "silver.x", "data"}};
  commit.swaps = {{"silver.x", std::nullopt, "file:///x/1.json"}};
  commit.source_files = {{.source = "files",
                          .source_id = "abc",
                          .tenant_id = "uk",
                          .application = "shop",
                          .path = "p"}};
  ASSERT_TRUE(database.commit(commit));
  const auto connection = *Connection::open(path_, Connection::Access::read);
  const soci::rowset<soci::row> rows =
      (connection->sql().prepare
       << R"(SELECT "table", sha256, manifest FROM row_digest ORDER BY "table")");
  std::vector<std::string> tables;
  for (const soci::row& row : rows) {
    tables.push_back(row.get<std::string>(0));
    EXPECT_EQ(row.get<std::string>(1).size(), 64u);
    EXPECT_EQ(row.get<std::string>(2), "a");
  }
  EXPECT_THAT(tables, ElementsAre("file", "iceberg_tables", "ledger", "manifest", "source_file",
                                  "source_offset"));
  // The row of the table, column by column, gives the digest that was stored.
  soci::row row;
  connection->sql() << "SELECT * FROM file", soci::into(row);
  EXPECT_EQ(row.get<std::string>(0), "lake/x");
  std::string stored;
  connection->sql() << R"(SELECT sha256 FROM row_digest WHERE "table" = 'file')",
      soci::into(stored);
  EXPECT_EQ(stored,
            digest_of({"lake/x", "3", "ff", "silver.x", "data", std::to_string(commit.epoch)}));
}

TEST(DigestTest, NullIsNotEmptyAndBordersCount) {
  EXPECT_NE(digest_of({std::nullopt}), digest_of({""}));
  EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"}));
  // printf '2:ab,-,0:,' | sha256sum
  EXPECT_EQ(digest_of({"ab", std::nullopt, ""}), to_hex(sha256("2:ab,-,0:,")));
}

TEST_F(ControlTest, PlansFieldIdsAndWorkspaceAreKept) {
  Database database = open();
  EXPECT_FALSE(*database.applied_workspace());
  const AppliedPlan first[] = {{"uk", "p1", "{1}", 5}, {"de", "p2", "{2}", 5}};
  ASSERT_TRUE(database.apply(first, {{{"silver.invoice/invoice_no", 16}}, {}}, "{w1}", 5));
  const AppliedPlan second[] = {{"uk", "p3", "{3}", 6}};
  ASSERT_TRUE(database.apply(
      second, {{{"silver.invoice/total", 17}, {"silver.invoice/invoice_no", 16}}, {}}, "{w2}", 6));
  EXPECT_EQ((*database.current_plan("uk"))->plan_json, "{3}");
  EXPECT_EQ((*database.current_plan("de"))->plan_id, "p2");
  EXPECT_FALSE(*database.current_plan("fr"));
  EXPECT_EQ(database.current_plans()->size(), 2u);
  EXPECT_EQ(database.plan("p1")->plan_json, "{1}");
  EXPECT_EQ(database.plan("p9").error().code, Code::plan_not_applied);
  EXPECT_EQ(**database.applied_workspace(), "{w2}");
  // An older plan may become the current one again.
  ASSERT_TRUE(database.apply(std::span(first, 1), {}, "{w1}", 7));
  EXPECT_EQ((*database.current_plan("uk"))->plan_id, "p1");
  EXPECT_EQ(database.field_ids()->at("silver.invoice/total"), 17);
}

TEST_F(ControlTest, AnIdOfAFieldNeverMoves) {
  Database database = open();
  ASSERT_TRUE(database.apply({}, {{{"t/a", 16}}, {}}, "{1}", 1));
  EXPECT_EQ(database.apply({}, {{{"t/a", 17}}, {}}, "{2}", 2).error().code, Code::plan_breaking);
  EXPECT_EQ(database.apply({}, {{{"t/b", 16}}, {}}, "{2}", 2).error().code, Code::plan_breaking);
  EXPECT_TRUE(database.apply({}, {{{"u/a", 16}}, {}}, "{3}", 3));
  EXPECT_EQ(**database.applied_workspace(), "{3}");
}

TEST_F(ControlTest, ARenamedFieldKeepsItsIdAndItsOldNamesLeadToIt) {
  Database database = open();
  EXPECT_TRUE(database.renamed_fields()->empty());
  ASSERT_TRUE(database.apply({}, {{{"t/a", 16}, {"t/b", 17}}, {}}, "{1}", 1));
  ASSERT_TRUE(database.apply({}, {{}, {{"t/c", "t/a"}}}, "{2}", 2));
  ASSERT_TRUE(database.apply({}, {{{"t/a", 18}}, {{"t/d", "t/c"}}}, "{3}", 3));
  EXPECT_EQ(*database.field_ids(),
            (std::map<std::string, int>{{"t/a", 18}, {"t/b", 17}, {"t/d", 16}}));
  EXPECT_EQ(database.renamed_fields()->at("t/a"), "t/d");
  EXPECT_EQ(database.renamed_fields()->at("t/c"), "t/d");
  EXPECT_EQ(database.apply({}, {{}, {{"t/e", "t/x"}}}, "{4}", 4).error().code, Code::plan_breaking);
}

TEST_F(ControlTest, WhatIsInForceIsOfOneApply) {
  Database database = open();
  EXPECT_FALSE(*database.in_force());
  const AppliedPlan plans[] = {{"uk", "p1", "{1}", 5}};
  ASSERT_TRUE(database.apply({}, {}, "{w1}", 5));
  ASSERT_TRUE(database.apply(plans, {}, "{w2}", 6));
  const auto found = *database.in_force();
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->workspace_json, "{w2}");
  EXPECT_EQ(found->plan_of_tenant, (std::map<std::string, std::string>{{"uk", "p1"}}));
  EXPECT_EQ(*database.workspace(1), "{w1}");
  EXPECT_EQ(database.workspace(3).error().code, Code::plan_not_applied);
  ASSERT_TRUE(database.set_swept("uk", "p1"));
  ASSERT_TRUE(database.set_swept("uk", "p2"));
  EXPECT_EQ(database.swept_plans()->at("uk"), "p2");
}

TEST_F(ControlTest, IcebergTablesHaveTheLayoutOfJdbcV1) {
  open();
  const auto connection = *Connection::open(path_, Connection::Access::read);
  std::string tables, properties;
  connection->sql()
      << "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' || pk, ', ')"
         " FROM pragma_table_info('iceberg_tables')",
      soci::into(tables);
  connection->sql()
      << "SELECT group_concat(name || ' ' || type || ' ' || \"notnull\" || ' ' || pk, ', ')"
         " FROM pragma_table_info('iceberg_namespace_properties')",
      soci::into(properties);
  EXPECT_EQ(tables,
            "catalog_name VARCHAR(255) 1 1, table_namespace VARCHAR(255) 1 2, table_name "
            "VARCHAR(255) 1 3, "
            "metadata_location VARCHAR(1000) 0 0, previous_metadata_location VARCHAR(1000) 0 0, "
            "iceberg_type VARCHAR(5) 0 0");
  EXPECT_EQ(
      properties,
      "catalog_name VARCHAR(255) 1 1, namespace VARCHAR(255) 1 2, property_key VARCHAR(255) 1 3, "
      "property_value VARCHAR(1000) 0 0");
}

TEST_F(ControlTest, EveryConnectionHasItsSettings) {
  const auto connection = *Connection::open(path_, Connection::Access::create);
  int synchronous = 0, wait_ms = 0;
  std::string mode;
  connection->sql() << "PRAGMA synchronous", soci::into(synchronous);
  connection->sql() << "PRAGMA busy_timeout", soci::into(wait_ms);
  connection->sql() << "PRAGMA journal_mode", soci::into(mode);
  EXPECT_EQ(synchronous, 2);
  EXPECT_GE(wait_ms, 5'000);
  EXPECT_EQ(mode, "wal");
}

TEST_F(ControlTest, AReaderIsNotStoppedByAWriter) {
  Database writer = open();
  const Lease lease = *writer.take_lease("me", 1);
  begin(writer, lease, {manifest_of("a")});
  const auto holding = *Connection::open(path_, Connection::Access::write);
  holding->sql() << "BEGIN IMMEDIATE";
  holding->sql() << "DELETE FROM manifest";
  Database reader = open(true);
  EXPECT_EQ(ids_of(*reader.manifests({})), std::vector<std::string>{"a"});
  EXPECT_EQ(reader.take_lease("reader", 2).error().code, Code::file_permission);
  holding->sql() << "ROLLBACK";
}

TEST_F(ControlTest, OpeningTellsWhatIsWrong) {
  const auto missing = Database::open({.path = path_});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::control_database);
  EXPECT_THAT(missing.error().hint, HasSubstr("assay apply"));
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::ofstream(path_)
      << "this is not a database, but a text that is long enough to be looked at as one";
  EXPECT_EQ(Database::open({.path = path_}).error().code, Code::control_database);
  EXPECT_FALSE(Database::open({.path = folder_ + "/no/control.db", .create = true}));
  EXPECT_FALSE(Database::open({.path = folder_ + "/a\"b", .create = true}));
}

TEST_F(ControlTest, ADatabaseOfAnotherVersionIsRefused) {
  open();
  {
    const auto connection = *Connection::open(path_, Connection::Access::write);
    connection->sql() << "UPDATE assay_schema SET version = 99";
  }
  const auto refused = Database::open({.path = path_, .create = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::control_schema);
  EXPECT_THAT(refused.error().message, HasSubstr("99"));
  {
    const auto other = *Connection::open(folder_ + "/other.db", Connection::Access::create);
    other->sql() << "DROP TABLE assay_schema";
  }
  EXPECT_EQ(Database::open({.path = folder_ + "/other.db"}).error().code, Code::control_schema);
}

TEST_F(ControlTest, AFullDiskHasItsOwnCodeAndChangesNothing) {
  const auto connection = *Connection::open(path_, Connection::Access::create);
  connection->sql() << "PRAGMA max_page_count = 1";
  const Status status = connection->transaction([&]() -> Status {
    const std::string large(1 << 20, 'x');
    connection->sql()
        << "INSERT INTO workspace (version, workspace_json, applied) VALUES (1, :json, 1)",
        soci::use(large);
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::disk_full);
  EXPECT_THAT(status.error().hint, HasSubstr("Free room"));
  long long count = 0;
  connection->sql() << "SELECT count(*) FROM workspace", soci::into(count);
  EXPECT_EQ(count, 0);
}

TEST_F(ControlTest, NoPermissionHasItsOwnCode) {
  open();
  std::filesystem::permissions(path_, std::filesystem::perms::none);
  // Root may read everything, so a child gives its rights away first.
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(2);
    const auto refused = Database::open({.path = path_});
    ::_exit(!refused && refused.error().code == Code::file_permission ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace assay::control
