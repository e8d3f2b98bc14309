"""Runs the DAGs of the faithfulness set by Airflow itself, and writes what each found and left: plain.py <folder> <result>."""

import json
import sys
from pathlib import Path

from runs import Runs, sources

folder, result = map(Path, sys.argv[1:])
runs = Runs(folder, "external_python")
for source in sources():
    runs.begin(source, ["plain"])
told = {
    source.name: {
        "found": source.found,
        "left": runs.of(source.name, "plain"),
        "home": str(folder / f"{source.name}-plain"),
    }
    for source in sources()
}
runs.end()
result.write_text(json.dumps(told))
