"""The files of the project as the rules see them, and a small reader of C++ that knows scopes and functions."""

import functools
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE_FOLDERS = ("src", "sources", "bench", "fuzz", "examples")


@functools.cache
def tracked():
    """Paths of all files that git knows or would take, sorted; without git, all but build output."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(path for path in set(listed) if path and os.path.isfile(os.path.join(ROOT, path)))


def cpp_files(*folders):
    folders = folders or CODE_FOLDERS
    return [path for path in tracked() if path.endswith((".cc", ".h")) and path.split("/")[0] in folders]


@functools.cache
def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


@functools.cache
def module_of(path):
    """The module of a file under src/, else None."""
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
                   re.DOTALL)


@functools.cache
def code_of(path):
    """The text with comments and literals blanked out; lines keep their numbers."""
    def blank(match):
        token = match.group(0)
        edge = "" if token.startswith("/") else '"'
        return edge + "\n" * token.count("\n") + edge
    return TOKEN.sub(blank, text_of(path))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def includes_of(path):
    """(line number, name, quoted) of each #include."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', text_of(path), re.MULTILINE):
        yield line_of(text_of(path), match.start()), match.group(2), match.group(1) == '"'


SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
NAME = re.compile(r"((?:[\w~]+::)*(?:operator\b\s*(?:\(\)|[^\s\w(]+|[\w ]+)|[\w~]+))\s*\(")
# "Point(int a) : x(a), y{b}": the brace belongs to a member's initialiser.
MEMBER_VALUE = re.compile(r"\)\s*(?:noexcept\s*)?:[^:].*[\w>]\s*$", re.DOTALL)
ASSIGNED = re.compile(r"[^=!<>]=(?!=)")


def functions_of(path):
    """(name, first line, last line) of each function body; lambdas belong to the function around them."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group(0).count("\n"), code_of(path),
                  flags=re.MULTILINE)
    found, stack = [], []
    start = depth = 0
    for match in re.finditer(r"[{}();]", code):
        token, position = match.group(0), match.start()
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token in "()" or depth:
            continue
        if token == "{":
            stack.append(opened(code, start, position, stack))
            if stack[-1][0] == "value":
                continue
        elif token == "}" and stack:
            kind, name, begin = stack.pop()
            if kind == "value":
                continue
            if kind == "function":
                found.append((name, begin, line_of(code, position)))
        start = position + 1
    return found


def opened(code, start, position, stack):
    """(kind, name, first line) of the scope that an opening brace begins, judged by the text before it."""
    head = code[start:position]
    begin = line_of(code, start + len(head) - len(head.lstrip()))
    if stack and stack[-1][0] in ("function", "block"):
        return "block", "", begin
    plain = re.sub(r"<[^<>{}()]*>", "", head)
    name = NAME.search(plain)
    if name and not ASSIGNED.search(plain[:name.start(1)]):
        return ("value", "", begin) if MEMBER_VALUE.search(plain) else ("function", name.group(1), begin)
    return ("scope" if SCOPE.search(plain) else "value"), "", begin
