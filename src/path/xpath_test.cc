#include "path/xpath.h"

#include <gtest/gtest.h>

namespace assay::path {
namespace {

const XmlNamespaces kNamespaces = {{"u", "urn:u"}, {"c", "urn:c"}};

std::string compiled(std::string_view text, XPathUse use = XPathUse::value) {
  const auto path = compile_xpath(text, kNamespaces, use);
  return path ? to_string(*path) : path.error().message;
}

TEST(XPath, BecomesAPathOverTheRendition) {
  const std::pair<const char*, const char*> cases[] = {
      {"/a", "$.a[0]['#text']"},
      {"/u:a/c:b", "$['{urn:u}a'][0]['{urn:c}b'][:]['#text']"},
      {"/a/b[2]/text()", "$.a[0].b[1]['#text']"},
      {"/a/b[last()]", "$.a[0].b[-1]['#text']"},
      {"/a/@x", "$.a[0]['@x']"},
      {"@x", "@['@x']"},
      {".", "@['#text']"},
      {"./b", "@.b[:]['#text']"},
      {"b/@u:x", "@.b[:]['@{urn:u}x']"},
      {"//b", "$..['b'][:]['#text']"},
      {"/a//@x", "$.a[0]..['@x']"},
      {"b[@x='1']", "@.b[?(@['@x'] && @['@x']=='1')]['#text']"},
      {"b[@x]", "@.b[?@['@x']]['#text']"},
      {"b[c='v']/d", "@.b[?@['c'][?@['#text'] && @['#text']=='v']]['d'][:]['#text']"},
      {"b[c/d='v']", "@.b[?@['c'][:]['d'][?@['#text'] && @['#text']=='v']]['#text']"},
      {"b[c/@x!=\"it's\"]", "@.b[?@['c'][?@['@x'] && @['@x']!='it\\'s']]['#text']"},
      {"b[not(@x) and c or .='v']",
       "@.b[?((!(@['@x']) && @['c'][:]) || (@['#text'] && @['#text']=='v'))]['#text']"},
      {"b[@x=/a/c]", "@.b[?(@['@x'] && @['@x']==$['a'][0]['c'][0]['#text'])]['#text']"},
      {"b[@x='1'][c]", "@.b[?(@['@x'] && @['@x']=='1') && @['c'][:]]['#text']"},
      {"/a/b | /a/c", "$.a[0]['b','c'][:]['#text']"},
      {"b[c[1]='v']", "@.b[?(@['c'][0]['#text'] && @['c'][0]['#text']=='v')]['#text']"},
  };
  for (const auto& [xpath, expected] : cases) EXPECT_EQ(compiled(xpath), expected) << xpath;
}

TEST(XPath, RowsAndExistenceKeepTheElement) {
  EXPECT_EQ(compiled("/u:a/c:b", XPathUse::rows), "$['{urn:u}a'][0]['{urn:c}b'][*]");
  EXPECT_EQ(compiled("/", XPathUse::rows), "$");
  EXPECT_EQ(compiled("/u:a", XPathUse::existence), "$['{urn:u}a'][0]");
  EXPECT_EQ(compiled("/a/b", XPathUse::condition), "$.a[0].b[0]['#text']");
  EXPECT_EQ(compiled("/a/b[@x]", XPathUse::existence),
            "a match condition takes child steps and positions alone at byte 0");
  EXPECT_EQ(compiled("/a/b[@x]", XPathUse::rows),
            "rows take child steps and positions alone at byte 0");
}

TEST(XPath, SaysWhatIsNotTakenAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected the name of an element or attribute at byte 0"},
      {"/a/", "expected the name of an element or attribute at byte 3"},
      {"/a/../b", "parents (\"..\") are not taken at byte 5"},
      {"/*/b", "\"*\" is not taken: a path names what it looks for at byte 1"},
      {"/x:a", "the prefix \"x\" is not declared at byte 1"},
      {"/a/following::b", "axes other than child and attribute are not taken at byte 3"},
      {"string(/a)", "the function string() is not taken at byte 0"},
      {"/a[0]", "positions count from 1 at byte 3"},
      {"/a/b[@x='1'][1]", "a position together with a condition is not taken at byte 13"},
      {"/a/b[@x>'1']", "not taken in a condition at byte 7"},
      {"/a/b[@x=1]", "expected a text in quotes at byte 8"},
      {"/a/b[@x='']", "comparisons with the empty text are not taken at byte 9"},
      {"/a/@x/b", "nothing stands below a text or an attribute at byte 6"},
      {"/a/b[@x='1'", "expected \"]\" at byte 11"},
      {"/a | /b/c", "a union joins paths that differ in one name alone at byte 5"},
      {"/a b", "expected \"/\" or the end of the path at byte 3"},
  };
  for (const auto& [xpath, expected] : cases) EXPECT_EQ(compiled(xpath), expected) << xpath;
}

}  // namespace
}  // namespace assay::path
