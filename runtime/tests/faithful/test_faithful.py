"""Every DAG of `dags/`, run by Airflow itself and isolated: what is left of it must be the same.

Where it cannot be, `known.py` says so, and `docs/faithfulness.md` why.
"""

from __future__ import annotations

from typing import Any, Iterator

import pytest
from known import KNOWN
from runs import HERE, RunFailed, Runs, sources

SOURCES = {source.name: source for source in sources()}


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    runs = Runs(tmp_path_factory.mktemp("faithful"), request.config.getoption("--carrier"))
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    for name in dict.fromkeys(call.params["name"] for call in calls if call and call.params.get("name") in SOURCES):
        runs.begin(SOURCES[name])
    yield runs
    runs.end()


def left_by(runs: Runs, name: str) -> list[dict[str, Any]]:
    """What is left of the DAG run as Airflow runs it, and of the isolated one."""
    try:
        return [runs.of(name, way) for way in ("plain", "isolated")]
    except RunFailed as failure:
        return pytest.fail(str(failure), pytrace=False)


def flat(value: Any, path: str) -> dict[str, Any]:
    """A tree's leaves by their paths."""
    if isinstance(value, dict) and value:
        return {at: leaf for key, part in value.items() for at, leaf in flat(part, f"{path}/{key}").items()}
    return {path: value}


def differences(plain: Any, isolated: Any, name: str) -> dict[str, str]:
    """What differs, by its path."""
    one, other = flat(plain, name), flat(isolated, name)
    nothing = "(nothing)"
    return {
        at: f"{one.get(at, nothing)!r} -> {other.get(at, nothing)!r}"
        for at in sorted(one.keys() | other.keys())
        if one.get(at, nothing) != other.get(at, nothing)
    }


@pytest.mark.parametrize("name", SOURCES)
def test_a_dag_is_as_in_airflow(runs: Runs, name: str) -> None:
    plain, isolated = left_by(runs, name)
    ends = {task: ti["state"] for task, ti in plain["instances"].items() if ti["state"] != "success"}
    assert ends == SOURCES[name].ends
    different = differences(plain, isolated, name)
    known = [each for each in KNOWN if each.here(name, runs.carrier)]
    lines = [f"{at}: {how}" for at, how in different.items() if not any(each.covers(at) for each in known)]
    lines += [f"no longer so: {each.heading}" for each in known if not any(map(each.covers, different))]
    if lines:
        pytest.fail("\n".join([runs.said(name, "isolated"), "in Airflow -> isolated", *lines]), pytrace=False)


def test_each_known_difference_is_explained() -> None:
    documented = (HERE.parents[2] / "docs" / "faithfulness.md").read_text().splitlines()
    assert {each.heading for each in KNOWN} == {line[len("## ") :] for line in documented if line.startswith("## ")}


def test_the_set_is_as_large_as_it_says(runs: Runs) -> None:
    tasks = {(name, task) for name in SOURCES for task in runs.of(name, "plain")["instances"]}
    assert len(tasks) >= 60
