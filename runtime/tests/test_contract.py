"""The examples of the contract, which the tests of the other side read too."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator

import pytest
from generation import STANDARD
from runner_process import ROOT, Told, run

from airlock_runtime.runner.channel import Channel, Refused
from airlock_runtime.wire.frames import encode_frame
from airlock_runtime.wire.values import decode, encode

EXAMPLES = ROOT.parent / "contract" / "examples"


def examples(name: str) -> list[dict[str, Any]]:
    text = (EXAMPLES / f"{name}.json").read_text()
    read = json.loads(text.replace("airflow.providers.standard", STANDARD))
    assert isinstance(read, list)
    return read


def name_of(request: dict[str, Any]) -> str:
    """The kind of a request, and the task where there are several."""
    return " ".join([request["kind"], *([request["task"]["task_id"]] if "task" in request else [])])


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    """What the runner answers to each request."""
    return {name_of(request): run(request) for request in examples("requests") if request["kind"] != "prepare"}


def test_every_kind_of_request_is_understood(told: dict[str, Told]) -> None:
    assert told["execute hello"].outcome["state"] == "success"
    assert told["execute count"].returned == {"day": "2024-01-01", "task": "count", "words": 4}
    assert told["catalogue"].outcome["state"] == "success"
    assert told["resolve"].error["code"] == "dag_import"  # the file is not in this image


def test_what_is_told_has_the_fields_of_the_examples(told: dict[str, Told]) -> None:
    known: dict[str, set[str]] = {}
    for event in examples("events"):
        known.setdefault(event["event"], set()).update(event)
    known["log"].add("exception")
    for event in (event for answer in told.values() for event in answer.events):
        if event["event"] != "catalogue":
            assert event.keys() <= known[event["event"]], event
            assert known[event["event"]] - {"exception", "shown"} <= event.keys(), event


@pytest.fixture
def pipes() -> Iterator[tuple[Channel, int]]:
    """A channel, and where answers to it are written."""
    read, answers = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with os.fdopen(answers, "wb", buffering=0) as writer:
        yield Channel(read, nowhere), writer.fileno()
    for fd in (read, nowhere):
        os.close(fd)


def test_the_answers_are_understood(pipes: tuple[Channel, int]) -> None:
    channel, answers = pipes
    listening = channel.listen(lambda: None)
    for example in examples("answers"):
        os.write(answers, encode_frame(example))
        question = {"kind": "connection", "id": "x"}
        if "refused" in example:
            with pytest.raises(Refused, match=example["refused"]):
                channel.ask(question)
        else:
            assert channel.ask(question) == example["value"]
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, answers)  # the only end for writing is gone
    os.close(nothing)
    listening.join()
    with pytest.raises(Refused, match="nobody is there to answer"):
        channel.ask({"kind": "connection", "id": "x"})


def test_the_values_of_the_examples_come_back_as_they_are() -> None:
    values = [event["value"] for event in examples("events") if event["event"] == "xcom"]
    assert values
    for value in values:
        assert encode(decode(value)) == value
