"""What became of the examples of a page of docs/formats, where example N is record N and fills field fN of `thing`."""

import json


def results_of(deployment):
    """What each field became, as text; "null" for a null, the code of a refused record."""
    answer = deployment.json("sql", "SELECT * FROM silver.thing", "--tenant", "acme")
    place = {name: i for i, name in enumerate(answer["columns"])}
    became = {}
    for row in answer["rows"]:
        key = int(row[place["k"]])
        value = row[place[f"f{key}"]]
        became[key] = "null" if value is None else value if isinstance(value, str) else json.dumps(value)
    refused = deployment.rows("SELECT decode(payload), code FROM bronze.quarantine", "acme")
    became.update({json.loads(payload)["k"]: f"A{code}" for payload, code in refused})
    return became


def check(became, expected):
    assert became == expected, f"became {became}, not {expected}"
