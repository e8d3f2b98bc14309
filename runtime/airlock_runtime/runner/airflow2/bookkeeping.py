"""The records that Airflow 2 keeps of a task instance: nobody reads them here, so they are not written."""

from __future__ import annotations

from typing import Any

from airlock_runtime.runner.airflow2.instance import dag_run_of
from airlock_runtime.runner.airflow2.session import BookkeepingSession
from airlock_runtime.runner.airflow2.world import World


def patch(world: World) -> None:
    _patch_task_instance(world)
    _patch_dag_run(world)
    _patch_rendered_fields(world)
    _patch_records(world)


def _patch_task_instance(world: World) -> None:
    from airflow.models.taskinstance import TaskInstance

    def handle_reschedule(self: Any, actual_start_date: Any, reschedule: Any, *args: Any, **kwargs: Any) -> None:
        self.state = "up_for_reschedule"
        world.reschedule_date = reschedule.reschedule_date

    def previous_run(self: Any, state: Any = None, session: Any = None) -> Any:
        previous = world.answers.previous_run(None if state is None else str(state)) if world.answers else None
        return None if previous is None else dag_run_of(self.dag_id, previous)

    TaskInstance.refresh_from_db = lambda self, session=None, lock_for_update=False: None
    TaskInstance.save_to_db = staticmethod(lambda *args, **kwargs: None)
    TaskInstance.clear_xcom_data = lambda self, session=None: None
    TaskInstance.get_previous_dagrun = previous_run
    TaskInstance.get_previous_execution_date = lambda self, state=None, session=None: getattr(
        previous_run(self, state), "execution_date", None
    )
    TaskInstance._handle_reschedule = handle_reschedule


def _patch_dag_run(world: World) -> None:
    from airflow.models.dagrun import DagRun
    from airflow.models.skipmixin import SkipMixin

    def get_task_instance(self: Any, task_id: str, session: Any = None, *, map_index: int = -1) -> Any:
        if not world.here(None, self.run_id):
            world.refuse("DagRun.get_task_instance of another run")
        if (task_id, map_index) == (world.instance.task_id, world.instance.map_index):
            return world.instance
        return _OtherInstance(world, task_id, map_index)

    def skip(dag_run: Any, tasks: Any, session: Any = None, *args: Any, **kwargs: Any) -> None:
        if world.events:
            world.events.skip(tasks)

    DagRun.get_task_instance = get_task_instance
    SkipMixin._set_state_to_skipped = staticmethod(skip)


class _OtherInstance:
    """A task instance of this run that is not the one running: it exists, and no more is known."""

    def __init__(self, world: World, task_id: str, map_index: int) -> None:
        assert world.run is not None
        self._world = world
        self.task_id, self.map_index = task_id, map_index
        self.dag_id, self.run_id = world.run.dag_id, world.run.run_id

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._world.refuse(f"{name} of the task instance {self.task_id}")


def _patch_rendered_fields(world: World) -> None:
    from airflow.models import taskinstance
    from airflow.models.renderedtifields import RenderedTaskInstanceFields

    def tell(fields: dict[str, Any]) -> None:
        if world.events:
            world.events.rendered(fields)

    if hasattr(taskinstance, "_update_rtif"):  # 2.10 and later
        taskinstance._update_rtif = lambda ti, rendered_fields, session=None: tell(rendered_fields)
    RenderedTaskInstanceFields.write = lambda self, session=None: tell(self.rendered_fields)
    RenderedTaskInstanceFields.delete_old_records = classmethod(lambda cls, *args, **kwargs: None)


def _patch_records(world: World) -> None:
    from airflow.models import taskinstance

    record_task_map = taskinstance._record_task_map_for_downstreams

    def record_nowhere(*, session: Any, **kwargs: Any) -> None:
        record_task_map(session=BookkeepingSession(world), **kwargs)  # its checks of what can be mapped stay

    taskinstance._record_task_map_for_downstreams = record_nowhere
    if hasattr(taskinstance, "_add_log"):
        taskinstance._add_log = lambda *args, **kwargs: None
    try:
        from airflow.models.taskinstancehistory import TaskInstanceHistory
    except ImportError:  # before 2.10
        return
    TaskInstanceHistory.record_ti = staticmethod(lambda *args, **kwargs: None)
