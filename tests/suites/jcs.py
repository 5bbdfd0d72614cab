"""The vectors of JSON canonicalization (RFC 8785), one count a vector: `src/path/canonical_json_suite_test.cc` holds them.

The canonical text must agree byte for byte with the vector's text and with its hexadecimal form, and be its own
canonical text.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from unit_program import conformance_suite  # noqa: E402

if __name__ == "__main__":
    conformance_suite("jcs", "path", "Suite/CanonicalJsonVectors.", 6, "suites", "json-canonicalization", "input")
