"""Every DAG of `dags/`, run by Airflow itself and isolated: what is left of it must be the same.

Where it cannot be, `known.py` says so, and why.
"""

from __future__ import annotations

from typing import Any, Iterator

import pytest
from runs import RunFailed, Runs, sources

SOURCES = {source.name: source for source in sources()}


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    runs = Runs(tmp_path_factory.mktemp("faithful"))
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


def differences(plain: Any, isolated: Any, path: str) -> list[str]:
    one, other = flat(plain, path), flat(isolated, path)
    nothing = "(nothing)"
    return [
        f"{at}: {one.get(at, nothing)!r} -> {other.get(at, nothing)!r}"
        for at in sorted(one.keys() | other.keys())
        if one.get(at, nothing) != other.get(at, nothing)
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_a_dag_is_as_in_airflow(runs: Runs, name: str) -> None:
    plain, isolated = left_by(runs, name)
    ends = {task: ti["state"] for task, ti in plain["instances"].items() if ti["state"] != "success"}
    assert ends == SOURCES[name].ends
    different = differences(plain, isolated, name)
    if different:
        pytest.fail("in Airflow -> isolated\n" + "\n".join(different), pytrace=False)
