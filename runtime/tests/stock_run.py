"""One DAG file and Airflow's own `dag.test()`, on every release from 2.9 to 3.3 that has it on its tasks' own feet.

Contract: a process of its own, `AIRFLOW_HOME` a migrated home of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airlock_runtime.airflow.versions import airflow_release

VERSION = airflow_release()


def load(file: str) -> Any:
    """The one DAG of a file, loaded as a worker loads it."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    bag = DagBag(file)
    assert not bag.import_errors, bag.import_errors
    (dag,) = bag.dags.values()
    return dag


def dag_test(dag: Any, logical_date: datetime, conf: dict[str, Any] | None = None) -> Any:
    """:returns: the DAG run"""
    if VERSION < (3,):
        _survive_tasks()
        return dag.test(execution_date=logical_date, run_conf=conf)
    if not hasattr(dag, "test"):  # 3.0, as its `airflow dags test` does
        from airflow.models.dag import DAG

        dag = DAG.from_sdk_dag(dag)
    return dag.test(logical_date=logical_date, run_after=logical_date, run_conf=conf)


def _survive_tasks() -> None:
    """A task that exits, or runs out of time, ends its own process, which `dag.test()` of Airflow 2 is itself."""
    from airflow.models import dag as module

    run_task = module._run_task

    def run(**kwargs: Any) -> None:
        try:
            run_task(**kwargs)
        except KeyboardInterrupt:
            raise
        except Exception:
            _count_the_try(**kwargs)
            raise
        except BaseException as error:
            _count_the_try(**kwargs)
            raise RuntimeError("The task's process ended") from error

    module._run_task = run


def _count_the_try(ti: Any, session: Any, **_: Any) -> None:
    """A worker of 2.9 counts, its `dag.test()` does not and tries for ever; from 2.10 on the scheduler's half counts."""
    if VERSION < (2, 10) and str(ti.state) == "up_for_retry":
        ti._try_number += 1
        session.merge(ti)
        session.commit()
