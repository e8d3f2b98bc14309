"""SQLAlchemy sessions and an engine that never connect.

Contract: what `provide_session` does around every call (open, commit, close) is harmless; a question is refused.
"""

from __future__ import annotations

from typing import Any, Iterator

from airlock_runtime.runner.airflow2.world import World


class RefusingSession:
    """What `settings.Session()` gives to user code, hooks and operators."""

    is_active = True
    bind = None
    dirty = new = deleted = frozenset[Any]()

    def __init__(self, world: World) -> None:
        self._world = world
        self.info: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._world.refuse(f"session.{name}")

    def _nothing(self, *args: Any, **kwargs: Any) -> None:
        return None

    commit = rollback = close = flush = expunge = expunge_all = remove = _nothing

    def __enter__(self) -> RefusingSession:
        return self

    def __exit__(self, *args: object) -> None:
        return None

    def __contains__(self, row: object) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(())


class BookkeepingSession(RefusingSession):
    """What `_run_raw_task` gets: its own records of the task go nowhere."""

    def merge(self, row: Any, **kwargs: Any) -> Any:
        return row

    add = delete = refresh = RefusingSession._nothing


class SessionFactory:
    """Stands for `settings.Session`, a scoped session: called, or used as one."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, *args: Any, **kwargs: Any) -> RefusingSession:
        return RefusingSession(self._world)

    def remove(self) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(RefusingSession(self._world), name)


class RefusingEngine:
    """Stands for `settings.engine`: its URL is looked at (`sensors/base.py`), nothing is ever connected."""

    name = "sqlite"

    class dialect:  # noqa: N801 - as SQLAlchemy has it
        name = "sqlite"

    def __init__(self, world: World) -> None:
        from sqlalchemy.engine import make_url

        self._world = world
        self.url = make_url("sqlite://")

    def dispose(self, *args: Any, **kwargs: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._world.refuse(f"engine.{name}")
