"""The JSONPath compliance suite (RFC 9535), one count a case: `src/path/json_path_suite_test.cc` holds the cases.

An invalid selector must be refused with the byte; a valid one must find the values that the suite names, at the
normalized paths that it names; and what the single walk takes of it must say the same.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import Skip, Suite, need_data  # noqa: E402
from unit_program import run_cases  # noqa: E402

CASES = 703


def main():
    suite = Suite("jsonpath")
    try:
        need_data("suites", "jsonpath-cts", "cts.json")
        run_cases(suite, "path", "Suite/JsonPathCompliance.", CASES)
    except Skip as reason:
        suite.skipped += CASES
        print(f"  SKIPPED, NOT PASSED: {CASES} cases: {reason}", flush=True)
    suite.finish()


if __name__ == "__main__":
    main()
