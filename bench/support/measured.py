"""What a command took, for the benches that start processes."""

import json
import os
import subprocess
import sys
import tempfile
import time


def measured(*command):
    """Runs a command to its end: seconds, processor seconds, peak resident bytes, and its JSON document."""
    os.sync()  # what was written before is not this command's to wait for
    began = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{text[-2000:]}")
    return {"seconds": seconds, "processor_seconds": usage.ru_utime + usage.ru_stime,
            "peak_bytes": usage.ru_maxrss * 1024, "report": json.loads(text) if text.strip() else {}}
