"""The vectors of JSON canonicalization (RFC 8785), one count a vector: `src/path/canonical_json_suite_test.cc` holds them.

The canonical text must agree byte for byte with the vector's text and with its hexadecimal form, and be its own
canonical text.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from suite import Skip, Suite, need_data  # noqa: E402
from unit_program import run_cases  # noqa: E402

VECTORS = 6


def main():
    suite = Suite("jcs")
    try:
        need_data("suites", "json-canonicalization", "input")
        run_cases(suite, "path", "Suite/CanonicalJsonVectors.", VECTORS)
    except Skip as reason:
        suite.skipped += VECTORS
        print(f"  SKIPPED, NOT PASSED: {VECTORS} vectors: {reason}", flush=True)
    suite.finish()


if __name__ == "__main__":
    main()
