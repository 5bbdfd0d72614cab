"""The rules of the house that a machine can check (CONTRIBUTING.md lists them): `python3 tests/layout/run.py`.

One line a rule, its violations below it; the last line is `N passed, N failed`, one count a rule. The readers of C++ here
are heuristics, so the rules test themselves first on small texts with known answers.
"""

import re
import sys

import errors_page
import modules as order
import self_test
from sources import code_of, cpp_files, functions_of, includes_of, line_of, module_of, text_of, tracked

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
COLUMNS_MAX = 100
MACROS_MAX = 10
SHOWN_MAX = 25

STANDARD_HEADERS = frozenset("""
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale
    cmath compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring
    ctime cuchar cwchar cwctype deque exception execution filesystem forward_list fstream functional future initializer_list
    iomanip ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new numbers numeric
    optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream
    stack stdexcept stop_token streambuf string string_view strstream system_error thread tuple type_traits typeindex typeinfo
    unordered_map unordered_set utility valarray variant vector version""".split())

# Style rule 27: what belongs behind the seams in io/.
SEAMS = re.compile(r"\b(?:system_clock|steady_clock|high_resolution_clock|random_device)\b(?!\s*\()"
                   r"|\b(?:gettimeofday|clock_gettime|getenv|fopen)\s*\(|(?<![.>\w])socket\s*\(|\btime\s*\(\s*(?:nullptr|NULL|0)\s*\)"
                   r"|\bstd::[io]?fstream\b|\bs?rand\s*\(\s*\)")
BAD_NAMES = re.compile(r"(?:[a-z0-9]|\b)(?:Utils?|Helpers?|Common|Manager)(?:\b|(?=[A-Z_]))|\bnamespace (?:utils?|helpers?|common)\b")
BAD_FILES = re.compile(r"(?:^|[/_])(?:utils?|helpers?|common|manager)(?:[_./]|$)", re.IGNORECASE)
UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# Names that others gave: XXH_INLINE_ALL asks xxHash to be inlined; ARROW_... guard the structs of the C data interface.
FOREIGN_MACROS = ("XXH_INLINE_ALL",)
STAGES = ("detect", "parse", "map", "gate", "extract", "account")


def include_direction():
    """a file includes only its own module and those that its module links"""
    for path in cpp_files("src"):
        module = module_of(path)
        if module not in order.modules():
            continue
        known = order.reach(module) | {module}
        for line, name, quoted in includes_of(path):
            other = name.split("/")[0]
            if quoted and other in order.modules() and other not in known:
                yield f"{path}:{line}: {module} does not link {other}"


def link_direction():
    """modules link only what stands below them (design section 3)"""
    for name, module in order.modules().items():
        if name not in order.MAY_USE:
            yield f"src/{name}: not in the order of tests/layout/modules.py"
            continue
        for other in sorted(order.reach(name) - order.MAY_USE[name]):
            yield f"src/{name}/CMakeLists.txt: {name} must not reach {other}"
        if name in order.KERNEL:
            for library in module.libs:
                if library in order.NOT_IN_KERNEL:
                    yield f"src/{name}/CMakeLists.txt: the kernel must not link {library}"


def every_module_is_built():
    """every folder of src/ is a module that CMake builds"""
    listed = set(re.findall(r"\b[a-z]+\b", re.search(r"foreach\(module ([^)]*)\)", text_of("src/CMakeLists.txt")).group(1)))
    for folder in sorted({module_of(path) for path in cpp_files("src")} - {None} - listed):
        yield f"src/{folder}: not in src/CMakeLists.txt"
    for name, module in order.modules().items():
        if module.name != name:
            yield f"src/{name}/CMakeLists.txt: the module calls itself {module.name}"


def quoted_includes_are_full_paths():
    """includes of ours are full paths from src/"""
    for path in cpp_files("src"):
        for line, name, quoted in includes_of(path):
            if quoted and "/" not in name:
                yield f"{path}:{line}: \"{name}\""


def third_party_headers():
    """headers of ours include the standard library, fmt and nothing else from outside (apart from *_internal.h)"""
    for path in cpp_files("src"):
        if not path.endswith(".h") or path.endswith("_internal.h"):
            continue
        for line, name, quoted in includes_of(path):
            if not quoted and name not in STANDARD_HEADERS and not re.match(r"fmt/|\w*intrin\.h", name):
                yield f"{path}:{line}: <{name}>"


def function_length():
    """functions have at most 70 lines"""
    for path in cpp_files():
        for name, begin, end in functions_of(path):
            if end - begin + 1 > FUNCTION_LINES_MAX:
                yield f"{path}:{begin}: {name} has {end - begin + 1} lines"


def file_length():
    """files have at most 600 lines"""
    for path in tracked():
        if path.endswith((".cc", ".h", ".py", ".cmake", ".txt")) or path in ("dev", ".ci/run"):
            lines = text_of(path).count("\n")
            if lines > FILE_LINES_MAX and "generated by" not in text_of(path)[:200].lower():
                yield f"{path}: {lines} lines"


def line_width():
    """lines of C++ have at most 100 columns (a JSON text in a test is data)"""
    for path in cpp_files():
        is_data = re.compile(r'R"|"[\w /-]+": ?["{\[\d]|":\{\{?' if path.endswith("_test.cc") else r"(?!)")
        wide = [number for number, line in enumerate(text_of(path).splitlines(), 1)
                if len(line) > COLUMNS_MAX and not is_data.search(line)]
        if wide:
            yield f"{path}:{wide[0]}: {len(wide)} lines"


def no_friends():
    """no friends, and no tests that look behind the contract"""
    for path in cpp_files():
        for match in re.finditer(r"\bfriend\b|\bFRIEND_TEST\b|#define private", code_of(path)):
            yield f"{path}:{line_of(code_of(path), match.start())}"


def names():
    """nothing is called Utils, Helper, Common or Manager"""
    for path in tracked():
        if BAD_FILES.search(path):
            yield path
    for path in cpp_files():
        for match in BAD_NAMES.finditer(code_of(path)):
            yield f"{path}:{line_of(code_of(path), match.start())}: {match.group(0)}"


def macros():
    """fewer than 10 macros of our own, all in base/, all called ASSAY_..."""
    found = set()
    for path in cpp_files():
        undone = set(re.findall(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", code_of(path), re.MULTILINE))
        for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)", code_of(path), re.MULTILINE):
            name = match.group(1)
            place = f"{path}:{line_of(code_of(path), match.start())}: {name}"
            if name in FOREIGN_MACROS or name.startswith("ARROW_"):
                continue
            if module_of(path) != "base":
                yield f"{place} stands outside of base/"
            elif not name.startswith("ASSAY_"):
                yield f"{place} has no prefix"
            elif name not in undone and not name.endswith("_INNER"):
                found.add(name)
    if len(found) >= MACROS_MAX:
        yield f"{len(found)} macros: {', '.join(sorted(found))}"


def properties_can_fail():
    """a property's verdict is a test's: rc::check is expected, asserted or returned"""
    for path in cpp_files():
        for match in re.finditer(r"^\s*rc::check\(", code_of(path), re.MULTILINE):
            yield f"{path}:{line_of(code_of(path), match.end())}: nobody looks at what rc::check answers"


def nothing_undone():
    """no marks of work left undone"""
    for path in tracked():
        if path.endswith((".cc", ".h", ".py", ".md", ".cmake", ".txt", ".yaml", ".sql")) or path == "dev":
            for match in UNDONE.finditer(text_of(path)):
                yield f"{path}:{line_of(text_of(path), match.start())}: {match.group(0)}"


def pragma_once():
    """headers begin with #pragma once, and have no other guard"""
    for path in cpp_files():
        if path.endswith(".h") and not text_of(path).startswith("#pragma once\n"):
            yield path


def seams():
    """no clock, randomness, environment, file or socket outside of io/"""
    for path in cpp_files("src"):
        if module_of(path) == "io" or path.endswith("_test.cc"):
            continue
        for match in SEAMS.finditer(code_of(path)):
            yield f"{path}:{line_of(code_of(path), match.start())}: {match.group(0)}"


def six_stages():
    """src/refine/refine.cc calls the six stages in order, in one function of at most 70 lines"""
    path = "src/refine/refine.cc"
    if path not in tracked():
        yield f"{path} is missing"
        return
    lines = code_of(path).split("\n")
    for _, begin, end in functions_of(path):
        body = "\n".join(lines[begin:end])
        calls = [match.group(1) for match in re.finditer(r"\b(%s)\s*\(" % "|".join(STAGES), body)]
        if list(dict.fromkeys(calls)) == list(STAGES) and end - begin + 1 <= FUNCTION_LINES_MAX:
            return
    yield f"{path}: no function calls {', '.join(STAGES)} in this order"


def error_table():
    """every error has a number and a name of its own, within the block of its kind"""
    rows = errors_page.rows()
    declared = len(re.findall(r"^\s*X\(", text_of(errors_page.TABLE), re.MULTILINE))
    if declared != len(rows):
        yield f"{errors_page.TABLE}: {declared} rows, {len(rows)} of them can be read"
    for position, what in ((0, "name"), (1, "number")):
        values = [row[position] for row in rows]
        for value in sorted({value for value in values if values.count(value) > 1}, key=str):
            yield f"{errors_page.TABLE}: the {what} {value} is used twice"


def errors_documented():
    """docs/errors.md is what the error table gives (python3 tests/layout/errors_page.py writes it)"""
    if errors_page.PAGE not in tracked() or text_of(errors_page.PAGE) != errors_page.page():
        yield f"{errors_page.PAGE} is not up to date"


def places():
    """no paths of one machine"""
    machine = re.compile("/(?:wo" "rk/(?:ma" "in|sha" "red)|ro" "ot/)")
    for path in tracked():
        if path.endswith((".cc", ".h", ".py", ".md", ".cmake", ".txt", ".yaml", ".json")) or path in ("dev", ".ci/run"):
            for match in machine.finditer(text_of(path)):
                yield f"{path}:{line_of(text_of(path), match.start())}: {match.group(0)}"


RULES = (include_direction, link_direction, every_module_is_built, quoted_includes_are_full_paths, third_party_headers,
         function_length, file_length, line_width, no_friends, names, macros, properties_can_fail, nothing_undone,
         pragma_once, seams, six_stages, error_table, errors_documented, places)


def main():
    failed = 0
    for rule in (self_test.reader_of_cpp, *RULES):
        violations = list(rule())
        failed += bool(violations)
        print(f"  {'FAIL' if violations else 'ok  '} {rule.__doc__}")
        for violation in violations[:SHOWN_MAX]:
            print(f"         {violation}")
        if len(violations) > SHOWN_MAX:
            print(f"         and {len(violations) - SHOWN_MAX} more")
    print(f"{len(RULES) + 1 - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
