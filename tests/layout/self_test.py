"""The rules' reader of C++, on texts with known answers."""

import sources

SAMPLE = '''\
#pragma once
// { a brace in a comment, and a "quote
#define MACRO(x) { \\
  x }
namespace a {
namespace {
constexpr char kText[] = "}{";
constexpr int kTable[] = {1, 2, 3};
constexpr auto kMore = make({{1, 2}, {3, 4}});
const std::string kRaw = R"sql({ "not a scope" )sql";
struct Point {
  int x = 0;
  int y{0};
  int sum() const { return x + y; }
  Point(int a, int b) : x(a), y{b} {
    if (a) { b = 0; }
  }
};
enum class Kind { one, two };
}  // namespace
template <typename T>
auto longer(const std::map<int, T>& map,
            int other) -> Result<T> {
  auto inner = [&](int z) {
    return z;
  };
  for (char c : {'{', '}'}) { inner(c); }
  return inner(other);
}
bool operator==(const Point& a, const Point& b) {
  return true;
}
}  // namespace a
'''
EXPECTED = [("sum", 14, 14), ("Point", 15, 17), ("longer", 21, 29), ("operator==", 30, 32)]


def reader_of_cpp():
    """the reader of C++ finds the functions of a sample"""
    path = "a sample"
    original = sources.text_of
    sources.text_of = lambda name: SAMPLE if name == path else original(name)
    try:
        found = sources.functions_of(path)
    finally:
        sources.text_of = original
    if found != EXPECTED:
        yield f"expected {EXPECTED}"
        yield f"found    {found}"
