#include "decode/xml_rendition.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "decode/rendition.h"
#include "path/json_document.h"

namespace assay::decode {
namespace {

using namespace std::string_literals;

Result<std::string> rendered(std::string_view payload, PayloadLimits limits = {}) {
  std::string out;
  if (auto status = append_xml(out, payload, limits); !status) return std::move(status).error();
  return out;
}

std::string text_of(std::string_view payload) {
  const auto made = rendered(payload);
  return made ? *made : std::to_string(static_cast<int>(made.error().code));
}

TEST(XmlRendition, ElementsAreArraysUnderTheirNames) {
  const std::pair<std::string, std::string> cases[] = {
      {"<a/>", R"({"a":[{}]})"},
      {"<a></a>", R"({"a":[{}]})"},
      {"<a>x</a>", R"({"a":[{"#text":"x"}]})"},
      {"<a> </a>", R"({"a":[{"#text":" "}]})"},
      {"<a x='1' y=\"2\">t</a>", R"({"a":[{"@x":"1","@y":"2","#text":"t"}]})"},
      {"<a>\n <b>1</b>\n <c/>\n <b>2</b>\n</a>",
       R"({"a":[{"b":[{"#text":"1"},{"#text":"2"}],"c":[{}]}]})"},
      {"<a>x<b/>y</a>", R"({"a":[{"#text":"xy","b":[{}]}]})"},
      {"<a><b><c>1</c></b><b x=''/></a>", R"({"a":[{"b":[{"c":[{"#text":"1"}]},{"@x":""}]}]})"},
      {"<a>&lt;&amp;&#65;&#x1F600;<![CDATA[<&\r\n]]>\r\nq\rz</a>",
       "{\"a\":[{\"#text\":\"<&A\U0001f600<&\\n\\nq\\nz\"}]}"},
      {"<a x='\"&#10;\t\r\n.\\'/>", R"({"a":[{"@x":"\"\n  .\\"}]})"},
      {"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<!-- c --><a/><?p q?>\n",
       R"({"a":[{}]})"},
  };
  for (const auto& [xml, json] : cases) EXPECT_EQ(text_of(xml), json) << xml;
}

TEST(XmlRendition, NamespacesAreUrisAndPrefixesDoNotCount) {
  const char* const json = R"({"{urn:a}r":[{"@{urn:a}x":"1","@y":"2","{urn:b}c":[{}],"d":[{}]}]})";
  EXPECT_EQ(text_of("<r xmlns='urn:a' xmlns:p='urn:a' p:x='1' y='2'>"
                    "<c xmlns='urn:b'/><d xmlns=''/></r>"),
            json);
  EXPECT_EQ(text_of("<q:r xmlns:q='urn:a' q:x='1' y='2'><z:c xmlns:z='urn:b'/><d/></q:r>"), json);
  EXPECT_EQ(text_of("<a xml:lang='de'/>"),
            R"({"a":[{"@{http://www.w3.org/XML/1998/namespace}lang":"de"}]})");
}

TEST(XmlRendition, ReadsTheEncodingsThatItNames) {
  const std::string json = "{\"a\":[{\"#text\":\"é\"}]}";
  EXPECT_EQ(text_of("\xef\xbb\xbf<a>é</a>"), json);
  EXPECT_EQ(text_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>"), json);
  EXPECT_EQ(text_of("\xff\xfe<\0a\0>\0\xe9\0<\0/\0a\0>\0"s), json);
  EXPECT_EQ(text_of("\xfe\xff\0<\0a\0>\0\xe9\0<\0/\0a\0>"s), json);
  for (const std::string& payload :
       {"<a>\xe9</a>"s, "<?xml version='1.0' encoding='windows-1252'?><a/>"s,
        "<?xml version='1.0' encoding='UTF-16'?><a/>"s,
        "<?xml version='1.0' encoding='US-ASCII'?><a>é</a>"s, "<\0\0\0a\0\0\0"s,
        "\xff\xfe<\0a\0/\0>"s}) {
    EXPECT_EQ(text_of(payload), "2022") << payload;
  }
}

TEST(XmlRendition, RefusesWhatIsNotWellFormed) {
  for (const std::string& payload : {""s,
                                     "a"s,
                                     "<"s,
                                     "<a"s,
                                     "<a>"s,
                                     "<a></b>"s,
                                     "<a/><b/>"s,
                                     "<a/>x"s,
                                     "<a x='1' x='2'/>"s,
                                     "<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>"s,
                                     "<a x=1/>"s,
                                     "<a x='<'/>"s,
                                     "<a x='1'y='2'/>"s,
                                     "<a>&foo;</a>"s,
                                     "<a>&</a>"s,
                                     "<a>&#0;</a>"s,
                                     "<a>&#xD800;</a>"s,
                                     "<a>]]></a>"s,
                                     "<a><!-- -- --></a>"s,
                                     "<p:a/>"s,
                                     "<a xmlns:p=''/>"s,
                                     "<a:b:c xmlns:a='u'/>"s,
                                     "<1/>"s,
                                     "<a>\x01</a>"s,
                                     " <?xml version='1.0'?><a/>"s,
                                     "<?xml version='2.0'?><a/>"s,
                                     "<a><?xml version='1.0'?></a>"s,
                                     "<a>\xef\xbf\xbf</a>"s,
                                     "<a><![CDATA[</a>"s,
                                     "<a xmlns:xml='u'/>"s,
                                     "<a xmlns:p='u' xmlns:p='u'/>"s,
                                     "<?xml encoding='UTF-8'?><a/>"s}) {
    EXPECT_EQ(text_of(payload), "2020") << payload;
  }
}

TEST(XmlRendition, RefusesDocumentTypes) {
  for (const char* payload :
       {"<!DOCTYPE a><a/>", "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE lolz [<!ENTITY lol "
        "'lol'>]><lolz>&lol;</lolz>"}) {
    const auto made = rendered(payload);
    ASSERT_FALSE(made) << payload;
    EXPECT_EQ(made.error().code, Code::xml_doctype);
  }
}

TEST(XmlRendition, IsBounded) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "<a>";
  EXPECT_EQ(rendered(deep).error().code, Code::json_too_deep);
  // A long name that many short elements share.
  std::string bomb = "<r xmlns='urn:" + std::string(20'000, 'x') + "'>";
  for (int i = 0; i < 2'000; ++i) bomb += "<a><b" + std::to_string(i) + "/></a>";
  bomb += "</r>";
  EXPECT_EQ(rendered(bomb).error().code, Code::json_too_large);
}

RC_GTEST_PROP(XmlRendition, IsJsonOrARefusal, ()) {
  const std::string alphabet = "<>/ab:='\" &;#x1!-[]?\n\r\t\xc3\xa9";
  const auto picks = *rc::gen::container<std::vector<std::size_t>>(
      rc::gen::inRange<std::size_t>(0, alphabet.size()));
  std::string payload = "<a>";
  for (const std::size_t pick : picks) payload += alphabet[pick];
  payload += "</a>";
  const auto made = rendered(payload);
  if (made) RC_ASSERT(path::JsonDocument::read(*made).has_value());
}

TEST(Renderer, UnwrapsEventsThatBringTheirSchema) {
  Renderer renderer({});
  const auto render = [&](std::string_view payload) {
    std::string out;
    const auto status = renderer.append(out, payload, "");
    return status ? out : std::to_string(static_cast<int>(status.error().code));
  };
  const std::string event = R"({"before":null,"after":{"id":1},"source":{"lsn":1},"op":"c"})";
  EXPECT_EQ(render(R"({"schema":{"type":"struct"},"payload":)" + event + "}"), event);
  EXPECT_EQ(render(event), event);
  EXPECT_EQ(render(R"({"schema":null,"payload":null})"), "2050");
  for (const char* other : {R"({"schema":1,"payload":{"op":"c"}})", R"({"schema":1})", "{", "[1]",
                            R"({"schema":1,"payload":{"op":"c","source":{}},"more":1})"}) {
    EXPECT_EQ(render(other), other);
  }
}

}  // namespace
}  // namespace assay::decode
