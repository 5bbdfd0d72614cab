#include "engine/push_log.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "io/faulty_file_system.h"
#include "io/memory_file_system.h"

namespace assay::engine {
namespace {

const std::string kFolder = "/push";

struct Read {
  std::vector<std::string> payloads;
  std::vector<std::int64_t> firsts;
  PushLog::Position end;
};

class PushLogTest : public ::testing::Test {
 protected:
  static std::unique_ptr<PushLog> open(io::FileSystem& files, PushLog::Options options = {}) {
    options.folder = kFolder;
    auto log = PushLog::open(files, std::move(options));
    EXPECT_TRUE(log.has_value()) << log.error().to_text();
    if (!log) return nullptr;
    (*log)->set_streams({{{"acme", "shop"}, 0}, {{"brown", "shop"}, 0}});
    return *std::move(log);
  }
  static PushEntry entry(std::string_view payload, std::string_view key = {},
                         std::string_view tenant = "acme") {
    return {.number = 0,
            .tenant = tenant,
            .application = "shop",
            .idempotency_key = key,
            .sha256 = sha256(payload),
            .first = 0,
            .received = 7,
            .records = {{.headers = {}, .payload = payload}}};
  }
  static Read read(PushLog& log, PushLog::Position from = {}) {
    Read found;
    const auto end = log.read(from, [&](const PushEntry& given) -> Result<bool> {
      for (const PushedRecord& record : given.records) found.payloads.emplace_back(record.payload);
      found.firsts.push_back(given.first);
      return true;
    });
    EXPECT_TRUE(end.has_value()) << end.error().to_text();
    if (end) found.end = *end;
    return found;
  }
  /// One segment with these entries.
  static std::string segment(const std::vector<std::string>& payloads) {
    io::MemoryFileSystem files;
    const auto log = open(files);
    for (const std::string& payload : payloads)
      EXPECT_TRUE(log->append(entry(payload, "key-" + payload)).has_value());
    return files.read(kFirst).value();
  }
  static void put(io::FileSystem& files, const std::string& path, std::string_view bytes) {
    EXPECT_TRUE(files.create(path, bytes).has_value());
    EXPECT_TRUE(files.sync_folder(kFolder).has_value());
  }

  const static std::string kFirst;
};
const std::string PushLogTest::kFirst = kFolder + "/000000000001.log";

TEST_F(PushLogTest, KeepsWhatItAcknowledged) {
  io::MemoryFileSystem files;
  {
    const auto log = open(files);
    EXPECT_EQ(log->append(entry("a"))->first, 0);
    EXPECT_EQ(log->append(entry("b", {}, "brown"))->first, 0);
    EXPECT_EQ(log->append(entry("c"))->first, 1);
    EXPECT_EQ(log->waiting().records, 3);
    EXPECT_EQ(log->waiting().since, 7);
  }
  files.drop_unsynced();
  const auto log = open(files);
  EXPECT_EQ(read(*log).payloads, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(log->append(entry("d"))->first, 2);
  EXPECT_EQ(read(*log).firsts, (std::vector<std::int64_t>{0, 0, 1, 2}));
}

TEST_F(PushLogTest, CutsATornTailAtEveryByteAndGoesOnBehindIt) {
  const std::string two = segment({"first", "second"});
  const std::string three = segment({"first", "second", "third"});
  for (std::size_t size = two.size(); size <= three.size(); ++size) {
    io::MemoryFileSystem files;
    put(files, kFirst, std::string_view(three).substr(0, size));
    std::vector<std::string> expected{"first", "second"};
    {
      const auto log = open(files);
      ASSERT_NE(log, nullptr) << size;
      if (size == three.size()) expected.emplace_back("third");
      EXPECT_EQ(log->cut_bytes(), size == three.size() ? 0 : size - two.size());
      EXPECT_EQ(read(*log).payloads, expected) << size;
      const auto receipt = log->append(entry("next"));
      ASSERT_TRUE(receipt.has_value());
      EXPECT_EQ(receipt->first, static_cast<std::int64_t>(expected.size()));
    }
    expected.emplace_back("next");
    files.drop_unsynced();
    const auto log = open(files);
    ASSERT_NE(log, nullptr) << size;
    EXPECT_EQ(read(*log).payloads, expected) << size;
    EXPECT_EQ(log->cut_bytes(), 0);
  }
}

TEST_F(PushLogTest, FindsEveryFlippedBitBeforeTheLastFrame) {
  const std::string two = segment({"first", "second"});
  const std::string three = segment({"first", "second", "third"});
  for (std::size_t bit = 0; bit < two.size() * 8; ++bit) {
    std::string bytes = three;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    io::MemoryFileSystem files;
    put(files, kFirst, bytes);
    const auto log = PushLog::open(files, {.folder = kFolder});
    ASSERT_FALSE(log.has_value()) << "bit " << bit;
    EXPECT_EQ(log.error().code, Code::push_log_damaged);
  }
}

TEST_F(PushLogTest, NeverGivesOutAFlippedLastFrame) {
  const std::string two = segment({"first", "second"});
  const std::string three = segment({"first", "second", "third"});
  for (std::size_t bit = two.size() * 8; bit < three.size() * 8; ++bit) {
    std::string bytes = three;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    io::MemoryFileSystem files;
    put(files, kFirst, bytes);
    const auto log = open(files);
    ASSERT_NE(log, nullptr) << "bit " << bit;
    EXPECT_EQ(read(*log).payloads, (std::vector<std::string>{"first", "second"}));
  }
}

TEST_F(PushLogTest, FindsAFlipInASegmentThatAnotherOneFollows) {
  io::MemoryFileSystem files;
  open(files)->append(entry("first")).value();
  open(files)->append(entry("second")).value();
  const std::string bytes = files.read(kFirst).value();
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    std::string flipped = bytes;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    ASSERT_TRUE(files.remove(kFirst).has_value());
    put(files, kFirst, flipped);
    const auto log = PushLog::open(files, {.folder = kFolder});
    ASSERT_FALSE(log.has_value()) << place;
    EXPECT_EQ(log.error().code, Code::push_log_damaged);
  }
}

TEST_F(PushLogTest, DropsSegmentsThatAreInBronzeAndMissesNoOther) {
  io::MemoryFileSystem files;
  const auto log = open(files, {.segment_bytes = 200});
  std::vector<std::string> payloads;
  for (int i = 0; i < 20; ++i) {
    payloads.push_back("record " + std::to_string(i));
    ASSERT_TRUE(log->append(entry(payloads.back())).has_value());
  }
  const std::size_t segments = files.list(kFolder)->size();
  EXPECT_GT(segments, 5U);
  PushLog::Position middle;
  int left = 10;
  middle = *log->read({}, [&](const PushEntry&) -> Result<bool> { return --left > 0; });
  ASSERT_TRUE(log->forget(middle, {}).has_value());
  EXPECT_LT(files.list(kFolder)->size(), segments);
  EXPECT_EQ(log->waiting().records, 10);
  EXPECT_EQ(read(*log, middle).payloads,
            std::vector<std::string>(payloads.begin() + 10, payloads.end()));
  EXPECT_EQ(read(*open(files)).payloads.back(), payloads.back());

  const auto found = files.list(kFolder).value();
  ASSERT_TRUE(files.remove(found[found.size() / 2].path).has_value());
  const auto broken = PushLog::open(files, {.folder = kFolder});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code, Code::push_log_damaged);
}

TEST_F(PushLogTest, CountsOnFromBronzeWhereTheLogIsEmpty) {
  io::MemoryFileSystem files;
  const auto log = open(files);
  log->set_streams({{{"acme", "shop"}, 41}});
  EXPECT_EQ(log->append(entry("a"))->first, 41);
  EXPECT_EQ(log->append(entry("b", {}, "brown")).error().code, Code::tenant_unknown);
}

TEST_F(PushLogTest, RefusesWhatIsBeyondItsBacklog) {
  io::MemoryFileSystem files;
  const auto log = open(files, {.backlog_bytes = 400});
  int taken = 0;
  while (log->append(entry("0123456789")).has_value()) ++taken;
  EXPECT_GT(taken, 1);
  EXPECT_EQ(log->append(entry("0123456789")).error().code, Code::backlog_full);
  ASSERT_TRUE(log->forget(read(*log).end, {}).has_value());
  EXPECT_EQ(log->waiting().bytes, 0U);
  EXPECT_TRUE(log->append(entry("0123456789")).has_value());
}

TEST_F(PushLogTest, AnswersAKeyAsItDidFirst) {
  io::MemoryFileSystem files;
  std::optional<control::PushReceipt> in_bronze;
  const PushLog::Options options{
      .earlier = [&](const std::string&, const std::string&,
                     const std::string&) -> Result<std::optional<control::PushReceipt>> {
        return in_bronze;
      }};
  const auto log = open(files, options);
  log->append(entry("before")).value();
  EXPECT_FALSE(log->append(entry("a", "k"))->repeated);
  const auto again = open(files, options)->append(entry("a", "k"));
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->first, 1);
  EXPECT_EQ(log->append(entry("b", "k")).error().code, Code::idempotency_key_reused);
  EXPECT_FALSE(log->append(entry("b", "k", "brown"))->repeated);  // another tenant's key

  const std::vector<PushedKey> keys = {{"acme", "shop", "k", 1}};
  ASSERT_TRUE(log->forget(read(*log).end, keys).has_value());
  in_bronze = control::PushReceipt{"acme", "shop", "k", to_hex(sha256("a")), 1, 1, 7};
  EXPECT_TRUE(log->append(entry("a", "k"))->repeated);
  EXPECT_EQ(log->append(entry("b", "k")).error().code, Code::idempotency_key_reused);
}

TEST_F(PushLogTest, ThreadsShareSyncsAndAKeyIsTakenOnce) {
  io::MemoryFileSystem files;
  const auto log = open(files);
  std::atomic<int> repeated = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const std::string payload = "record " + std::to_string(i);
        repeated += log->append(entry(payload, payload))->repeated ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Read found = read(*log);
  EXPECT_EQ(found.payloads.size(), 50U);
  EXPECT_EQ(repeated, 7 * 50);
  for (std::size_t i = 0; i < found.firsts.size(); ++i)
    EXPECT_EQ(found.firsts[i], static_cast<std::int64_t>(i));
}

TEST_F(PushLogTest, ThreadsGetOffsetsWithoutGaps) {
  io::MemoryFileSystem files;
  const auto log = open(files, {.segment_bytes = 5000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const std::string payload = std::to_string(t) + "/" + std::to_string(i);
        PushEntry pushed = entry(payload);
        pushed.records.resize(1 + static_cast<std::size_t>(i % 3), pushed.records.front());
        ASSERT_TRUE(log->append(std::move(pushed)).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::int64_t next = 0;
  const auto visit = [&](const PushEntry& given) -> Result<bool> {
    EXPECT_EQ(given.first, next);
    next += static_cast<std::int64_t>(given.records.size());
    return true;
  };
  ASSERT_TRUE(log->read({}, visit).has_value());
  EXPECT_EQ(next, 8 * (100 + 33 + 2 * 33));
}

TEST_F(PushLogTest, FailsOneCallAfterTheOtherAndKeepsWhatItAcknowledged) {
  for (const Code code : {Code::disk_full, Code::file_io}) {
    for (long call = 1; call <= 24; ++call) {
      io::MemoryFileSystem files;
      io::FaultyFileSystem faulty(files, {.call = call, .code = code, .effects_only = true});
      std::vector<std::string> taken;
      auto opened = PushLog::open(faulty, {.folder = kFolder, .segment_bytes = 250});
      if (!opened) continue;
      (*opened)->set_streams({{{"acme", "shop"}, 0}});
      for (int i = 0; i < 8; ++i) {
        const std::string payload = "record " + std::to_string(i);
        const auto receipt = (*opened)->append(entry(payload));
        if (!receipt) continue;
        EXPECT_EQ(receipt->first, static_cast<std::int64_t>(taken.size()));
        taken.push_back(payload);
      }
      EXPECT_GE(taken.size(), 7U) << call;
      EXPECT_EQ(read(**opened).payloads, taken) << call;
      files.drop_unsynced();
      const auto log = open(files);
      ASSERT_NE(log, nullptr) << call;
      EXPECT_EQ(read(*log).payloads, taken) << call;
    }
  }
}

TEST_F(PushLogTest, RemovesASegmentWhoseMakingWasCutOff) {
  io::MemoryFileSystem files;
  open(files)->append(entry("first")).value();
  const std::string second = kFolder + "/000000000002.log";
  for (std::size_t size = 0; size < kSegmentHeaderSize; size += 7) {
    put(files, second, std::string(size, 'A'));
    const auto log = open(files);
    ASSERT_NE(log, nullptr);
    EXPECT_FALSE(*files.exists(second));
    EXPECT_EQ(read(*log).payloads, std::vector<std::string>{"first"});
  }
}

}  // namespace
}  // namespace assay::engine
