"""Where an isolated task is not as Airflow runs it: the differences that `docs/faithfulness.md` lists, with their reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock_runtime.airflow.versions import airflow_generation

_CONTAINERS = ("docker", "kubernetes")


@dataclass(frozen=True)
class Known:
    """
    :param heading: of its section in `docs/faithfulness.md`
    :param dag: whose runs differ; None: those of any
    :param paths: matches the paths in it of all that differs so
    :param generations: those where it does
    :param carriers: of the isolated task, by which it does
    """

    heading: str
    dag: str | None
    paths: str
    generations: tuple[int, ...] = (2, 3)
    carriers: tuple[str, ...] = ("external_python", *_CONTAINERS)

    def covers(self, path: str) -> bool:
        return re.fullmatch(f"{self.dag or '[^/]+'}/instances/{self.paths}", path) is not None

    def here(self, dag: str, carrier: str) -> bool:
        return self.dag in (dag, None) and airflow_generation() in self.generations and carrier in self.carriers


_PROCESS = "The process is the isolated one"
_LIST = "The XComs of a mapped task, as an argument, are a list"
KNOWN = (
    Known(_LIST, "mapped", "gathered/(rendered/op_args|xcoms/return_value/list)"),
    Known(_LIST, "xcoms", "templates/(rendered/op_args|xcoms/return_value/list)"),
    Known("A `pre_execute` runs before templates are rendered", "callbacks", "hook_skips/rendered(/.*)?"),
    Known("A pod's name is an XCom of its task", None, "[^/]+/xcoms(/pod_(name|namespace))?", carriers=("kubernetes",)),
    Known(_PROCESS, "context", "instance/rendered/templates_dict/pid", generations=(2,)),
    Known(_PROCESS, "context", "instance/rendered/templates_dict/hostname", carriers=_CONTAINERS),
)
