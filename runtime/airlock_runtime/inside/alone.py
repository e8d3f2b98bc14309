"""Runs one request that lies in a file, with nobody to talk to: for pods that can be reached by no `exec`.

Contract
    started as  python3 -c "<this file>" <folder> <result>
    reads       in the folder: `bootstrap` and `input`, the runner's source and its standard input, request included
    prints      the task's log lines
    writes      to the file <result> what the task told, JSON: `events` and how its process `ending`; at most 4096
                bytes, which is what Kubernetes takes of a termination message
    needs       Python 3.9 or later, the standard library only
"""

import json
import os
import signal
import subprocess
import sys
from typing import Any

LIMIT = 4096
folder, result = sys.argv[1:3]
with open(os.path.join(folder, "bootstrap"), "rb") as source, open(os.path.join(folder, "input"), "rb") as held:
    bootstrap, sent = source.read().decode(), held.read()
runner = subprocess.Popen([sys.executable, "-c", bootstrap], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
assert runner.stdin is not None
assert runner.stdout is not None
signal.signal(signal.SIGTERM, lambda *_: runner.stdin.close())  # type: ignore[union-attr]


def send(data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[runner.stdin.write(rest) or 0 :]  # type: ignore[union-attr]


def receive(size: int) -> bytes:
    parts = []
    while size:
        part = runner.stdout.read(size)  # type: ignore[union-attr]
        if not part:
            return b""
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def shown(events: "list[dict[str, Any]]", code: int) -> str:
    """What fits: of a result that does not, the outcome says so."""
    told = {"events": events, "ending": {"code": code}}
    text = json.dumps(told, separators=(",", ":"))
    if len(text.encode()) <= LIMIT:
        return text
    message = f"What the task told has {len(text)} bytes, and without `exec` a pod can tell {LIMIT}"
    outcome = {"event": "outcome", "state": "failed", "error": {"code": "too_large", "message": message}}
    return json.dumps({"events": [outcome], "ending": {"code": code}})


send(sent)
kept = []
while head := receive(4):
    event = json.loads(receive(int.from_bytes(head, "big")))
    kind = event.get("event")
    if kind == "log":
        print(event["message"], event.get("exception") or "", sep="\n" if event.get("exception") else "", flush=True)
    elif kind == "ask":
        reason = "Nobody can be asked from this pod. Name it in the task's send_ahead"
        answer = json.dumps({"answer": event["id"], "refused": reason}).encode()
        send(len(answer).to_bytes(4, "big") + answer)
    elif kind == "outcome":
        error = event["error"]
        kept.append({**event, "error": error and {**error, "traceback": None}})
        if error and error.get("traceback"):
            print(error["traceback"], flush=True)
    elif kind in ("xcom", "skip", "map_index", "outlet_event"):
        kept.append(event)
with open(result, "w") as termination_message:
    termination_message.write(shown(kept, runner.wait()))
