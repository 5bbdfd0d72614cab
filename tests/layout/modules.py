"""The order of the modules (design section 3): who may know whom, and what src/*/CMakeLists.txt says."""

import functools
import re

from sources import ROOT, text_of, tracked

# What a module may reach, directly or not. `cli` may use anything.
MAY_USE = {
    "base": set(),
    "io": {"base"},
    "column": {"base"},
    "path": {"base"},
    "schema": {"base", "path"},
    "decode": {"base", "path", "schema"},
    "expression": {"base", "column", "path"},
    "plan": {"base", "column", "path", "expression"},
    "refine": {"base", "column", "path", "schema", "decode", "expression", "plan"},
    "fold": {"base", "column", "path", "expression", "plan"},
    "model": {"base", "io", "column", "path", "expression", "plan"},
    "registry": {"base", "io", "column", "path", "expression", "plan", "model"},
    "parquet": {"base", "io", "column"},
    "lake": {"base", "io", "column", "parquet"},
    "control": {"base", "io"},
    "engine": {"base", "io", "column", "path", "schema", "decode", "expression", "plan", "refine", "fold", "model",
               "registry", "parquet", "lake", "control"},
    "feature": {"base", "io", "column", "path", "expression", "plan", "model", "parquet", "lake", "control"},
    "ask": {"base", "io", "column", "path", "expression", "plan", "model", "parquet", "lake", "control", "feature"},
    "verify": {"base", "io"},
    "serve": {"base", "io", "path", "schema", "control"},
}
ANYTHING = "cli"

# The kernel goes into other hosts' processes: it must not bring these along.
KERNEL = ("base", "column", "path", "schema", "decode", "expression", "plan", "refine", "fold")
NOT_IN_KERNEL = ("yaml-cpp", "duckdb", "soci", "RocksDB::rocksdb", "CLI11::CLI11")


class Module:
    def __init__(self, name, deps, libs):
        self.name, self.deps, self.libs = name, deps, libs


@functools.cache
def modules():
    """The modules that CMake declares, by name."""
    found = {}
    for path in tracked():
        match = re.fullmatch(r"src/([a-z]+)/CMakeLists\.txt", path)
        declared = match and re.search(r"assay_module\(\s*NAME\s+(\w+)([^)]*)\)", text_of(path))
        if not declared:
            continue
        words = declared.group(2).split()
        groups = {"DEPS": [], "LIBS": []}
        group = None
        for word in words:
            group = word if word in groups else group
            if word not in groups:
                groups[group].append(word)
        found[match.group(1)] = Module(declared.group(1), groups["DEPS"], groups["LIBS"])
    return found


def reach(name):
    """All modules that a module links, directly or not."""
    seen, todo = set(), list(modules()[name].deps)
    while todo:
        dep = todo.pop()
        if dep not in seen and dep in modules():
            seen.add(dep)
            todo += modules()[dep].deps
    return seen


__all__ = ["ANYTHING", "KERNEL", "MAY_USE", "NOT_IN_KERNEL", "ROOT", "modules", "reach"]
