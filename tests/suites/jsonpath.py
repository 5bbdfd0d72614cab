"""The JSONPath compliance suite (RFC 9535), one count a case: `src/path/json_path_suite_test.cc` holds the cases.

An invalid selector must be refused with the byte; a valid one must find the values that the suite names, at the
normalized paths that it names; and what the single walk takes of it must say the same.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from unit_program import conformance_suite  # noqa: E402

if __name__ == "__main__":
    conformance_suite("jsonpath", "path", "Suite/JsonPathCompliance.", 703, "suites", "jsonpath-cts", "cts.json")
