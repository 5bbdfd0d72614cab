"""The 927 mandatory tests of JSON Schema's own suite for draft 7, one count a test: `src/schema/json_schema_suite_test.cc`
holds them.

The schema must compile with its references taken from the suite's folder `remotes` (never from a network), and find valid
what the suite calls valid and nothing else.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from unit_program import conformance_suite  # noqa: E402

if __name__ == "__main__":
    conformance_suite("json-schema", "schema", "Suite/JsonSchemaDraft7.", 927, "suites", "json-schema", "tests", "draft7")
