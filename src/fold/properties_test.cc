// Whatever the order of arrival and the cut into batches: the same current view, balanced equations
// (the host checks them), and nothing new from rows that came before.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "fold/shop_fixture_test.h"

namespace assay::fold::testing {
namespace {

/// One observation as the reference sees it.
struct Seen {
  std::string key;
  std::int64_t valid_from = 0;
  std::int64_t priority = 0;
  std::string hash;
  auto operator<=>(const Seen&) const = default;
};

/// The current view of design section 9, written down once more: order by (valid from, priority,
/// hash), of equal valid_from the last wins, collapse equal neighbours.
std::vector<Seen> current_view(std::vector<Seen> rows) {
  std::sort(rows.begin(), rows.end());
  std::vector<Seen> winners;
  for (const Seen& row : rows) {
    const bool same_instant = !winners.empty() && winners.back().key == row.key &&
                              winners.back().valid_from == row.valid_from;
    if (same_instant) winners.pop_back();
    winners.push_back(row);
  }
  std::vector<Seen> view;
  for (const Seen& row : winners) {
    const bool repeats =
        !view.empty() && view.back().key == row.key && view.back().hash == row.hash;
    if (!repeats) view.push_back(row);
  }
  return view;
}

rc::Gen<Invoice> any_invoice() {
  return rc::gen::apply(
      [](int no, int at, int customer, int content, int price, int known) {
        Invoice row;
        row.no = std::to_string(no);
        row.at = at;
        if (customer == 0) {
          row.customer = std::nullopt;
        } else {
          row.customer = customer;
        }
        row.content = std::string(1, static_cast<char>('A' + content));
        if (price == 0) {
          row.price = std::nullopt;
        } else {
          row.price = price;
        }
        row.quantity = no;
        row.known = known;
        return row;
      },
      rc::gen::inRange(0, 4), rc::gen::inRange(-2, 6), rc::gen::inRange(0, 3),
      rc::gen::inRange(0, 3), rc::gen::inRange(0, 3), rc::gen::inRange(0, 5));
}

std::vector<Invoice> any_invoices() {
  return *rc::gen::container<std::vector<Invoice>>(any_invoice());
}

/// Cuts rows into calls of one or two batches each.
std::vector<std::vector<std::vector<Invoice>>> any_cut(const std::vector<Invoice>& rows) {
  std::vector<std::vector<std::vector<Invoice>>> calls;
  for (std::size_t begin = 0; begin < rows.size();) {
    const auto size =
        std::min<std::size_t>(rows.size() - begin, *rc::gen::inRange<std::size_t>(1, 8));
    const auto middle = *rc::gen::inRange<std::size_t>(0, size + 1);
    const auto at = [&](std::size_t offset) {
      return rows.begin() + static_cast<std::ptrdiff_t>(begin + offset);
    };
    calls.push_back({{at(0), at(middle)}, {at(middle), at(size)}});
    begin += size;
  }
  return calls;
}

std::vector<Invoice> shuffled(std::vector<Invoice> rows) {
  std::vector<Invoice> result;
  while (!rows.empty()) {
    const auto at = *rc::gen::inRange<std::size_t>(0, rows.size());
    result.push_back(rows[at]);
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return result;
}

/// Folds the calls with one rule; a row's call may choose another rule that shares the state.
std::vector<Row> fold_all(Host& host, const std::vector<std::vector<std::vector<Invoice>>>& calls,
                          const std::string& rule) {
  std::vector<Row> rows;
  for (const auto& call : calls) {
    const auto first = invoices(call[0]);
    const auto second = invoices(call[1]);
    for (Row& row : host.fold(rule, {{kInvoice, &first}, {kInvoice, &second}}).rows) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Seen seen(const Row& row, const std::string& key) {
  const auto priority = row.find("source_priority");
  return {row.at(key), std::stoll(row.at("valid_from")),
          priority == row.end() ? 0 : std::stoll(priority->second), row.at("content_hash")};
}

std::vector<Seen> view_of(const std::vector<Row>& rows, const std::string& key) {
  std::vector<Seen> all;
  for (const Row& row : rows) all.push_back(seen(row, key));
  return current_view(std::move(all));
}

RC_GTEST_PROP(HistoryProperty, AnyOrderAndCutGivesTheViewOfAllObservations, ()) {
  // Two roles with their own priorities feed one history.
  const auto plain = any_invoices();
  const auto important = any_invoices();
  std::vector<Seen> all;
  const auto observe = [&](const std::vector<Invoice>& rows, std::int64_t priority) {
    for (const Invoice& row : rows) {
      if (!row.customer) continue;
      all.push_back(
          {std::to_string(*row.customer), row.at, priority, hash_of(row.content).to_hex()});
    }
  };
  observe(plain, 0);
  observe(important, 1);
  const auto expected = current_view(all);

  Host host(shop_plan());
  std::vector<Row> log;
  auto plain_calls = any_cut(shuffled(plain));
  auto important_calls = any_cut(shuffled(important));
  while (!plain_calls.empty() || !important_calls.empty()) {
    const bool take_plain =
        important_calls.empty() || (!plain_calls.empty() && *rc::gen::arbitrary<bool>());
    auto& calls = take_plain ? plain_calls : important_calls;
    for (Row& row : fold_all(host, {calls.back()}, take_plain ? "history" : "important history")) {
      log.push_back(std::move(row));
    }
    calls.pop_back();
  }
  RC_ASSERT(view_of(log, "customer_id") == expected);

  // What came before adds nothing, and no observation is written twice.
  const auto again = invoices(plain);
  const auto replay = host.fold("history", {{kInvoice, &again}});
  RC_ASSERT(replay.rows.empty());
  RC_ASSERT(replay.pages_written == 0U);
  std::set<Seen> distinct;
  for (const Row& row : log) RC_ASSERT(distinct.insert(seen(row, "customer_id")).second);
}

RC_GTEST_PROP(SatelliteProperty, OfAMasterShowsTheViewOfItsHistory, ()) {
  const auto rows = any_invoices();
  Host host(shop_plan());
  std::vector<Content> all_contents;
  for (int customer = 1; customer <= 2; ++customer) {
    for (const char* content : {"A", "B", "C"}) {
      all_contents.push_back({.customer = customer, .content = content, .country = content});
    }
  }
  auto content_batch = contents(all_contents);
  std::vector<Row> history;
  std::vector<Row> satellite;
  for (const auto& call : any_cut(rows)) {
    const auto first = invoices(call[0]);
    const auto second = invoices(call[1]);
    auto folded = host.fold("history", {{kInvoice, &first}, {kInvoice, &second}});
    std::vector<std::pair<int, const column::Batch*>> inputs = {{kContent, &content_batch}};
    for (const auto& batch : folded.batches) inputs.emplace_back(kHistory, &batch);
    for (Row& row : host.fold("sat customer", inputs).rows) satellite.push_back(std::move(row));
    for (Row& row : folded.rows) history.push_back(std::move(row));
    content_batch = contents({});  // later rows find their contents in the state
  }
  const auto without_key = [](std::vector<Seen> view) {
    std::set<std::tuple<std::int64_t, std::string>> rows;
    for (const Seen& row : view) rows.emplace(row.valid_from, row.hash);
    return rows;
  };
  const auto view = view_of(satellite, "hub_key");
  const auto expected = view_of(history, "customer_id");
  RC_ASSERT(view.size() == expected.size());
  RC_ASSERT(without_key(view) == without_key(expected));
  for (const Row& row : satellite) {
    RC_ASSERT(row.at("content_hash") == hash_of(row.at("country")).to_hex());
  }
}

/// Rows without the columns that may depend on the order of arrival (provenance).
std::multiset<Row> content_of(std::vector<Row> rows) {
  std::multiset<Row> result;
  for (Row& row : rows) {
    for (const char* column : {"knowledge_time", "manifest_id", "record_id"}) row.erase(column);
    result.insert(std::move(row));
  }
  return result;
}

void expect_same_rows(const std::string& rule, bool has_state) {
  const auto rows = any_invoices();
  Host one(shop_plan());
  Host other(shop_plan());
  const auto expected = content_of(fold_all(one, {{rows, {}}}, rule));
  RC_ASSERT(content_of(fold_all(other, any_cut(shuffled(rows)), rule)) == expected);
  const std::set<Row> distinct(expected.begin(), expected.end());
  if (!has_state) return;
  RC_ASSERT(distinct.size() == expected.size());
  RC_ASSERT(fold_all(other, any_cut(shuffled(rows)), rule).empty());
}

RC_GTEST_PROP(HubProperty, AnyCutGivesTheSameRows, ()) { expect_same_rows("hub customer", true); }
RC_GTEST_PROP(LinkProperty, AnyCutGivesTheSameRows, ()) { expect_same_rows("link", true); }
RC_GTEST_PROP(SatelliteProperty, OfAnEventAnyCutGivesTheSameRows, ()) {
  expect_same_rows("sat invoice", true);
}
RC_GTEST_PROP(FeatureProperty, AnyCutGivesTheSameRows, ()) { expect_same_rows("feature", false); }

RC_GTEST_PROP(ContentProperty, EachHashComesOutOnce, ()) {
  const auto rows = *rc::gen::container<std::vector<Content>>(rc::gen::apply(
      [](int content, int at) {
        return Content{.content = std::to_string(content), .at = at, .record = std::to_string(at)};
      },
      rc::gen::inRange(0, 5), rc::gen::inRange(0, 9)));
  Host host(shop_plan());
  std::set<std::string> expected;
  for (const Content& row : rows) expected.insert(hash_of(row.content).to_hex());
  std::multiset<std::string> found;
  for (std::size_t begin = 0; begin < rows.size();) {
    const auto size =
        std::min<std::size_t>(rows.size() - begin, *rc::gen::inRange<std::size_t>(1, 5));
    const auto batch = contents({rows.begin() + static_cast<std::ptrdiff_t>(begin),
                                 rows.begin() + static_cast<std::ptrdiff_t>(begin + size)});
    for (const Row& row : host.fold("content", {{kContent, &batch}}).rows) {
      found.insert(row.at("content_hash"));
    }
    begin += size;
  }
  RC_ASSERT(std::vector(found.begin(), found.end()) ==
            std::vector(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace assay::fold::testing
