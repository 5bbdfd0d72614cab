"""Suites whose cases are tests of a unit program: conformance suites of a module that no command runs by itself."""

import json
import os
import subprocess

from suite import Skip, Suite, need_data


def conformance_suite(name, module, prefix, expected, *data):
    """The whole suite `name`: the unit tests of a module that begin with `prefix`, over outside data."""
    suite = Suite(name)
    try:
        need_data(*data)
        run_cases(suite, module, prefix, expected)
    except Skip as reason:
        suite.skipped += expected
        print(f"  SKIPPED, NOT PASSED: {expected} cases: {reason}", flush=True)
    suite.finish()


def run_cases(suite, module, prefix, expected):
    """Builds assay_<module>_test beside the program that is tested, runs its tests that begin with `prefix`, and counts
    each; `expected` is how many there must be. The outside data must be there: need_data says so before."""
    build = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(suite.options.assay))))
    if not os.path.exists(os.path.join(build, "build.ninja")):
        raise Skip(f"{suite.options.assay} does not lie in a build folder, so there is no unit program beside it")
    target = f"assay_{module}_test"
    built = subprocess.run(["ninja", "-C", build, target], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-3000:]
    report = os.path.join(suite.folder, f"{module}.json")
    subprocess.run([os.path.join(build, "src", module, target), f"--gtest_filter={prefix}*", f"--gtest_output=json:{report}",
                    "--gtest_brief=1"], stdout=subprocess.DEVNULL, timeout=600)
    assert os.path.exists(report), f"{target} ended without a report"
    with open(report, encoding="utf-8") as file:
        cases = [case for group in json.load(file)["testsuites"] for case in group["testsuite"]]
    assert len(cases) == expected, f"{len(cases)} cases ran, there should be {expected}"
    failed = [case for case in cases if case.get("failures") or case["result"] != "COMPLETED"]
    for case in failed:
        detail = "\n".join(failure["failure"] for failure in case.get("failures", []))
        print(f"  FAIL {case['classname']}.{case['name']}\n{detail}", flush=True)
    suite.count(prefix, len(cases) - len(failed), len(failed))
