#include "path/query.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assay::path {
namespace {

constexpr std::string_view kShop = R"({"store": {"book": [
  {"title": "Sayings", "author": "Rees", "price": 8.95, "tags": ["a", "b"]},
  {"title": "Sword", "author": "Waugh", "price": 12.99, "isbn": null},
  {"title": "Moby", "author": "Melville", "price": 8.950, "tags": []}],
  "bicycle": {"color": "red", "price": 399}}, "limit": 10})";

JsonDocument read(std::string_view text) {
  auto document = JsonDocument::read(text);
  EXPECT_TRUE(document) << document.error().to_text();
  return std::move(document).value();
}

/// The normalized paths of what a query finds, without "$", one blank between them.
std::string found(std::string_view path, std::string_view text = kShop) {
  const auto query = Query::compile(path);
  if (!query) return query.error().message;
  const JsonDocument document = read(text);
  const auto nodes = query->select(document);
  if (!nodes) return nodes.error().message;
  std::string paths;
  for (const NodeId node : *nodes) {
    if (!paths.empty()) paths += ' ';
    paths += document.normalized_path(node).substr(1);
  }
  return paths;
}

TEST(Query, FindsByEverySelector) {
  EXPECT_EQ(found("$.store.book[-1].title"), "['store']['book'][2]['title']");
  EXPECT_EQ(found("$.store.book[::-2].author"),
            "['store']['book'][2]['author'] ['store']['book'][0]['author']");
  EXPECT_EQ(found("$.store['bicycle', 'book'][0, 'color']"),
            "['store']['bicycle']['color'] ['store']['book'][0]");
  EXPECT_EQ(found("$..price"),
            "['store']['book'][0]['price'] ['store']['book'][1]['price'] "
            "['store']['book'][2]['price'] ['store']['bicycle']['price']");
  EXPECT_EQ(found("$.store.book[?@.price < $.limit].price"),
            "['store']['book'][0]['price'] ['store']['book'][2]['price']");
  EXPECT_EQ(found("$.store.book[?@.isbn]"), "['store']['book'][1]");
  EXPECT_EQ(found("$.store.book[?@.isbn == null]"), "['store']['book'][1]");
  EXPECT_EQ(found("$.store.book[?!(@.tags || @.isbn)]"), "");
}

TEST(Query, CallsEveryFunction) {
  EXPECT_EQ(found("$.store.book[?length(@.tags) == 2]"), "['store']['book'][0]");
  EXPECT_EQ(found("$.store.book[?count(@.*) == 4].title"),
            "['store']['book'][0]['title'] ['store']['book'][1]['title'] "
            "['store']['book'][2]['title']");
  EXPECT_EQ(found("$.store.book[?match(@.title, 'S.*s')]"), "['store']['book'][0]");
  EXPECT_EQ(found("$.store.book[?search(@.author, '[vV]ill')]"), "['store']['book'][2]");
  EXPECT_EQ(found("$.store[?value(@..color) == 'red']"), "['store']['bicycle']");
  EXPECT_EQ(found("$[?length(@) == 3]", R"(["äöü", "abcd", [1, 2, 3], {"a": 1}, 3])"), "[0] [2]");
}

// A double sees no difference between the first two; RFC 9535 asks for the values themselves.
TEST(Query, ComparesNumbersByTheirValue) {
  constexpr std::string_view kNumbers =
      "[9007199254740992, 9007199254740993, 9007199254740993.0, 9.007199254740993e15, 1e400, -0, "
      "0.10, 1e-400]";
  EXPECT_EQ(found("$[?@ == 9007199254740993]", kNumbers), "[1] [2] [3]");
  EXPECT_EQ(found("$[?@ > 9007199254740993]", kNumbers), "[4]");
  EXPECT_EQ(found("$[?@ == 10e399]", kNumbers), "[4]");
  EXPECT_EQ(found("$[?@ == 0]", kNumbers), "[5]");
  EXPECT_EQ(found("$[?@ == 1e-1]", kNumbers), "[6]");
  EXPECT_EQ(found("$[?@ < 0.1]", kNumbers), "[5] [7]");
}

TEST(Query, ComparesWhatIsNested) {
  constexpr std::string_view kNested =
      R"([{"a": [1, {"b": 2, "c": "x"}]}, {"a": [1.0, {"c": "\u0078", "b": 2}]},
          {"a": [1, {"b": 2}]}, {"a": [{"b": 2, "c": "x"}, 1]}])";
  EXPECT_EQ(found("$[?@ == $[0]]", kNested), "[0] [1]");
  EXPECT_EQ(found("$[?@ != $[0]]", kNested), "[2] [3]");
}

struct Refused {
  const char* text;
  const char* message;
};

TEST(Query, SaysWhatWasExpectedAndWhere) {
  const Refused cases[] = {
      {"@.a", "expected \"$\" at byte 0"},
      {"$[?@.a = 1]", "expected one of == != < <= > >= at byte 7"},
      {"$[?@.a =~ 'x']", "expected one of == != < <= > >= at byte 7"},
      {"$[?@.a === 1]", "expected one of == != < <= > >= at byte 7"},
      {"$[?@.a & @.b]", "expected \"&&\" at byte 7"},
      {"$[?@.a and @.b]", "expected \",\" or \"]\" at byte 7"},
      {"$[?a == 1]", "expected a query, a literal or a function at byte 3"},
      {"$[?True]", "expected a query, a literal or a function at byte 3"},
      {"$[?true]", "expected a condition, not a literal at byte 3"},
      {"$[?@.* == 1]", "expected a query for one node: names and indices at byte 3"},
      {"$[?1 == @..a]", "expected a query for one node: names and indices at byte 8"},
      {"$[?!@.a == 1]", "expected no comparison right behind \"!\" at byte 8"},
      {"$[?(@.a]", "expected \")\" at byte 7"},
      {"$[?length(@.a)]", "expected a comparison: length() gives a value at byte 3"},
      {"$[?length(@.*) < 3]", "expected a query for one node: names and indices at byte 10"},
      {"$[?length() < 3]", "expected 1 argument of length(), not 0 at byte 3"},
      {"$[?count(1) == 1]", "expected a query, which count() takes at byte 9"},
      {"$[?match(@.a, 'x') == true]", "expected a value, and match() is a condition at byte 3"},
      {"$[?match(@.a)]", "expected 2 arguments of match(), not 1 at byte 3"},
      {"$[?count(@.a == 1) == 1]", "expected an argument that is no condition at byte 9"},
      {"$[?size(@) == 1]", "expected a function that exists, not size() at byte 3"},
      {"$[?@.a == 01]", "expected a number without a leading zero at byte 10"},
      {"$[-0]", "expected an index other than -0 at byte 2"},
      {"$[-9007199254740992]", "expected an index of at least -9007199254740991 at byte 2"},
      {"$[1:2:]x", "expected \".\" or \"[\" at byte 7"},
      {"$[?@.a == 'x]", "expected the closing quote at byte 13"},
  };
  for (const Refused& refused : cases) {
    const auto query = Query::compile(refused.text);
    ASSERT_FALSE(query) << refused.text;
    EXPECT_EQ(query.error().code, Code::path_invalid);
    EXPECT_EQ(query.error().message, refused.message) << refused.text;
  }
  EXPECT_EQ(Query::compile("$[?@.a = 1]").error().hint,
            "Equality is written ==; patterns are match() and search().");
}

TEST(Query, BoundsItsOwnNesting) {
  const auto nested = [](std::size_t levels) {
    return "$" + fmt::format("[?{}@.a{}]", std::string(levels, '('), std::string(levels, ')'));
  };
  EXPECT_TRUE(Query::compile(nested(20)));
  EXPECT_NE(Query::compile(nested(5000)).error().message.find("levels of nesting"),
            std::string::npos);
  std::string filters = "@";
  for (int i = 0; i < 500; ++i) filters = "@[?" + filters + "]";
  filters[0] = '$';
  EXPECT_NE(Query::compile(filters).error().message.find("levels of nesting"), std::string::npos);
  EXPECT_FALSE(Query::compile("$" + std::string(1 << 20, '.')));
}

TEST(Query, SaysWhatTheSingleWalkTakes) {
  EXPECT_EQ(to_string(*Query::compile("$['a'] [*].b[3]")->single_walk()), "$.a[*].b[3]");
  EXPECT_EQ(Query::compile("$.a[?@.b]")->single_walk().error().message,
            "filters are not taken yet at byte 4");
  EXPECT_FALSE(Query::compile("@.a"));
  EXPECT_TRUE(Query::compile("@.a", RootsTaken::payload_and_row)->is_relative());
  EXPECT_TRUE(Query::compile("$.a[-1]")->is_singular());
  EXPECT_FALSE(Query::compile("$.a[*]")->is_singular());
}

TEST(Query, BeginsAtTheRow) {
  const JsonDocument document = read(R"({"rate": 2, "lines": [{"n": 1}, {"n": 2}]})");
  const NodeId row = Query::compile("$.lines[1]")->select(document)->at(0);
  const auto query = Query::compile("@[?@ == $.rate]", RootsTaken::payload_and_row);
  const auto nodes = query->select(document, {}, row);
  ASSERT_EQ(nodes->size(), 1U);
  EXPECT_EQ(document.normalized_path(nodes->at(0)), "$['lines'][1]['n']");
}

TEST(Query, TellsOfPatternsThatMatchNothing) {
  const auto query = Query::compile("$[?match(@.a, '(?i)x')]");
  ASSERT_TRUE(query);
  ASSERT_EQ(query->notices().size(), 1U);
  EXPECT_EQ(query->notices()[0],
            "The pattern at byte 14 is no I-Regexp (RFC 9485) and matches nothing.");
  EXPECT_TRUE(Query::compile("$[?match(@.a, 'x')]")->notices().empty());
}

// ---------------------------------------------------------------------------------- hostile input

std::string message_with(const PathLimits& limits, std::string_view path, std::string_view text) {
  PayloadLimits payload;
  payload.depth_max = 100'000;
  auto document = JsonDocument::read(text, payload);
  EXPECT_TRUE(document) << document.error().to_text();
  const auto nodes = Query::compile(path)->select(*document, limits);
  if (nodes) return fmt::format("{} nodes", nodes->size());
  EXPECT_EQ(nodes.error().code, Code::path_limit);
  EXPECT_FALSE(nodes.error().hint.empty());
  return nodes.error().message;
}

TEST(QueryLimits, EndWhatTakesTooLong) {
  std::string zeros = "[0";
  for (int i = 1; i < 2000; ++i) zeros += ",0";
  zeros += "]";
  EXPECT_EQ(message_with({.steps_max = 10'000}, "$[?$[?$[?@ == 1] || @ == 1]]", zeros),
            "the path takes more than 10000 steps");
  // What begins at "$" is the same for every node, so it is asked for once.
  EXPECT_EQ(message_with({.steps_max = 20'000}, "$[?count($[?@ == 0]) == 2000]", zeros),
            "2000 nodes");
  std::string twice = "$";
  for (int i = 0; i < 30; ++i) twice += "[0, 0]";
  std::string nested = std::string(31, '[') + std::string(31, ']');
  EXPECT_EQ(message_with({}, twice, nested), "the path finds more than 1000000 nodes");
  EXPECT_EQ(message_with({.results_max = 10}, "$[*]", zeros), "the path finds more than 10 nodes");
}

TEST(QueryLimits, EndWhatGoesTooDeep) {
  const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
  EXPECT_EQ(message_with({}, "$..*", deep), "\"..\" goes down more than 256 levels");
  EXPECT_EQ(message_with({.descendant_depth_max = 100'000}, "$..*", deep), "49999 nodes");
  EXPECT_EQ(message_with({.descendant_depth_max = 100'000}, "$[?@ == $[0]]", deep), "1 nodes");
}

TEST(QueryLimits, CountTheBytesOfWhatIsCompared) {
  const std::string text = R"({"n": 1)" + std::string(100'000, '0') + R"(, "a": [)" + "0" + [] {
    std::string more;
    for (int i = 0; i < 1000; ++i) more += ",0";
    return more;
  }() + "]}";
  EXPECT_EQ(message_with({.steps_max = 1'000'000}, "$.a[?$.n == 1]", text),
            "the path takes more than 1000000 steps");
}

TEST(QueryLimits, KeepPatternsLinear) {
  const std::string hostile = "[\"" + std::string(50'000, 'a') + "!\"]";
  EXPECT_EQ(message_with({}, "$[?match(@, '(a*)*b')]", hostile), "0 nodes");
  EXPECT_EQ(message_with({}, "$[?search(@, '(a|a|aa)+$')]", hostile), "0 nodes");
  EXPECT_EQ(message_with({.steps_max = 1000}, "$[?match(@, 'a*')]", hostile),
            "the path takes more than 1000 steps");
  EXPECT_EQ(message_with({}, "$[?match(@, $[1])]", R"(["a", "((a{999}){999}){999}"])"),
            "a pattern is larger than the limit");
}

// ------------------------------------------------------------------------------------- properties

std::string any_json(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 7 : 5)) {
    case 0: return "null";
    case 1: return "true";
    case 2: return fmt::format("{}", *rc::gen::inRange(-3, 4));
    case 3: return *rc::gen::element<std::string>("1.5", "1e2", "100", "-0", "0.0");
    case 4: return *rc::gen::element<std::string>("\"a\"", "\"\"", "\"\\u00e9\"", "\"'\\\\\"");
    case 5: {
      std::string text;
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + any_json(depth - 1);
      return "[" + text + "]";
    }
    default: break;
  }
  std::string text;
  const auto keys = *rc::gen::unique<std::vector<std::string>>(
      rc::gen::element<std::string>("a", "b", "", "'", "\\\\", "\\n", "é", "\\ud83d\\ude00"));
  for (std::size_t i = 0; i < keys.size() && i < 4; ++i) {
    text += fmt::format("{}\"{}\":{}", i > 0 ? "," : "", keys[i], any_json(depth - 1));
  }
  return "{" + text + "}";
}

std::string any_query() {
  std::string text = "$";
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) {
    text += *rc::gen::element<std::string>(
        ".a", "..b", "..*", "[*]", "[-1]", "[0,'a']", "['é']", "[::-1]", "[1:]", "..[?@.a]",
        "[?@ == 100]", "[?@ != $..a]", "[?!@.*]", "[?length(@) > 1]", "[?count(@..*) >= 2]",
        "[?search(@, '[a-z]')]", "[?@ == $[0]]", "[?value(@.*) <= 'a' || @.b]");
  }
  return text;
}

// Each normalized path is a query that selects the node that it names, and no other.
RC_GTEST_PROP(QueryProperties, NormalizedPathsNameTheirNodes, ()) {
  const std::string text = any_json(4);
  const auto document = JsonDocument::read(text);
  RC_ASSERT(document.has_value());
  const std::string path = any_query();
  RC_LOG() << path << " over " << text;
  const auto query = Query::compile(path);
  if (!query) return;  // a comparison with more than one node
  const auto nodes = query->select(*document);
  RC_ASSERT(nodes.has_value());
  for (const NodeId node : *nodes) {
    const auto again = Query::compile(document->normalized_path(node));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->is_singular() && again->single_walk().has_value());
    RC_ASSERT(*again->select(*document) == std::vector<NodeId>{node});
  }
}

RC_GTEST_PROP(QueryProperties, DescendantsAreAllNodesButTheRoot, ()) {
  const std::string text = any_json(4);
  const auto document = JsonDocument::read(text);
  auto nodes = *Query::compile("$..*")->select(*document);
  std::sort(nodes.begin(), nodes.end());
  RC_ASSERT(nodes.size() == document->node_count() - 1);
  RC_ASSERT(std::adjacent_find(nodes.begin(), nodes.end()) == nodes.end());
}

RC_GTEST_PROP(QueryProperties, AnyTextIsTakenOrRefused, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "$", "@", ".", "..", "[", "]", "?", "(", ")", "!", "==", "<", "&&", "||", ",", ":", "*",
      "'a'", "a", "-1", "0", "1e3", "length(", "match(", "true", " "));
  std::string text = "$";
  for (const std::string& word : words) text += word;
  const auto query = Query::compile(text);
  if (!query) {
    RC_ASSERT(query.error().code == Code::path_invalid);
    return;
  }
  const JsonDocument document = *JsonDocument::read(R"({"a": [1, {"a": "a"}, [0]]})");
  RC_ASSERT(query->select(document).has_value());
}

}  // namespace
}  // namespace assay::path
