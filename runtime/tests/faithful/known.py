"""Where an isolated task is not as Airflow runs it: the differences that `docs/faithfulness.md` lists, with their reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock_runtime.airflow.versions import airflow_generation


@dataclass(frozen=True)
class Known:
    """
    :param heading: of its section in `docs/faithfulness.md`
    :param dag: whose runs differ
    :param paths: matches the paths in it of all that differs so
    :param generations: those where it does
    """

    heading: str
    dag: str
    paths: str
    generations: tuple[int, ...] = (2, 3)

    def covers(self, path: str) -> bool:
        return re.fullmatch(f"{self.dag}/instances/{self.paths}", path) is not None

    def here(self) -> bool:
        return airflow_generation() in self.generations


_LIST = "The XComs of a mapped task, as an argument, are a list"
KNOWN = (
    Known(_LIST, "mapped", "gathered/(rendered/op_args|xcoms/return_value/list)"),
    Known(_LIST, "xcoms", "templates/(rendered/op_args|xcoms/return_value/list)"),
    Known("A `pre_execute` runs before templates are rendered", "callbacks", "hook_skips/rendered(/.*)?"),
    Known("The process is the isolated one", "context", "instance/rendered/templates_dict/pid", generations=(2,)),
)
