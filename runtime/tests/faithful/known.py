"""Where an isolated task is not as Airflow runs it: the differences that `docs/faithfulness.md` lists, with their reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock_runtime.airflow.versions import airflow_release

_CONTAINERS = ("docker", "kubernetes")


@dataclass(frozen=True)
class Known:
    """
    :param heading: of its section in `docs/faithfulness.md`
    :param dag: whose runs differ; None: those of any
    :param paths: matches the paths in it of all that differs so
    :param releases: of Airflow, where it does
    :param carriers: of the isolated task, by which it does
    """

    heading: str
    dag: str | None
    paths: str
    releases: tuple[str, ...] = ("2", "3")
    carriers: tuple[str, ...] = ("external_python", *_CONTAINERS)

    def covers(self, path: str) -> bool:
        return re.fullmatch(f"{self.dag or '[^/]+'}/instances/{self.paths}", path) is not None

    def here(self, dag: str, carrier: str) -> bool:
        return self.dag in (dag, None) and self._in_this_airflow() and carrier in self.carriers

    def _in_this_airflow(self) -> bool:
        here = [str(number) for number in airflow_release()]
        return any(here[: len(parts)] == parts for parts in (release.split(".") for release in self.releases))


_PROCESS = "The process is the isolated one"
_BEFORE = "A task that ends before it begins has no rendered fields"
_LIST = "The XComs of a mapped task, as an argument, are a list"
KNOWN = (
    Known(_LIST, "mapped_groups", "gathered/rendered/op_args", ("2",)),
    Known(_LIST, "mapped", "gathered/(rendered/op_args|xcoms/return_value/list|neutral/return_value)"),
    Known(
        _LIST,
        "xcoms",
        "templates/(rendered/op_args|xcoms/return_value/list)",
        releases=("2", "3.1", "3.2", "3.3"),  # Airflow 3.0 fails there
    ),
    # There an index of -1 is that of the first.
    Known(_LIST, "xcoms", "templates/neutral/return_value", releases=("2.9",)),
    Known("A `pre_execute` runs before templates are rendered", "callbacks", "hook_skips/rendered(/.*)?"),
    Known(_BEFORE, "aliases", "yields/rendered(/.*)?", releases=("3.0",)),
    Known(_BEFORE, "assets", "writes/rendered(/.*)?", releases=("3.0",)),
    Known(
        _BEFORE,
        "sensors",
        "(comes_back|times_out_between|times_out_softly_between)/rendered(/.*)?",
        releases=("3.0",),
    ),
    Known(
        "A pod's name is an XCom of its task",
        None,
        "[^/]+/(xcoms|neutral)(/pod_(name|namespace))?",
        carriers=("kubernetes",),
    ),
    Known(_PROCESS, "context", "instance/rendered/templates_dict/pid", releases=("2",)),
    Known(_PROCESS, "context", "instance/rendered/templates_dict/hostname", carriers=_CONTAINERS),
)
