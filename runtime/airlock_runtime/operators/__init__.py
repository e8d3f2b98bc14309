"""What DAG files import: `IsolatedOperator`, and the operator behind `@task.isolated`."""

from airlock_runtime.operators.isolated import IsolatedOperator

__all__ = ["IsolatedOperator"]
