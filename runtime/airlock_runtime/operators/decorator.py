"""`@task.isolated`: a function as an isolated task, with TaskFlow's arguments and `multiple_outputs`.

Contract: Airflow finds the decorator through the package's provider entry point (`airlock_runtime.provider`); the
function runs by PythonOperator in the image of the task's environment.
"""

from __future__ import annotations

from typing import Any, Callable, Collection, Mapping, Sequence

from airlock_runtime.operators.compat import DecoratedOperator, task_decorator_factory
from airlock_runtime.operators.isolated import IsolatedOperator

_PYTHON_OPERATOR = "airflow.providers.standard.operators.python.PythonOperator"
"""The runner knows Airflow 2's own name for it too."""


class IsolatedDecoratedOperator(DecoratedOperator, IsolatedOperator):  # type: ignore[misc]
    """The operator behind `@task.isolated`; takes what `IsolatedOperator` takes beside the function's arguments."""

    custom_operator_name = "@task.isolated"
    template_fields: Sequence[str] = IsolatedOperator.template_fields
    template_fields_renderers = IsolatedOperator.template_fields_renderers

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        inner = {"python_callable": python_callable, "op_args": list(op_args or ()), "op_kwargs": dict(op_kwargs or {})}
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            kwargs_to_upstream={"operator": _PYTHON_OPERATOR, "operator_kwargs": inner},
            **kwargs,
        )


def isolated_task(
    python_callable: Callable[..., Any] | None = None, multiple_outputs: bool | None = None, **kwargs: Any
) -> Any:
    """The decorator itself.

    :param multiple_outputs: whether each entry of a dict that the function returns is an XCom of its own; by default
        what the function's annotation says
    :param kwargs: what `IsolatedOperator` takes: `environment`, `image`, `isolation_type`, `python`, `retries`...
    """
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=IsolatedDecoratedOperator,
        **kwargs,
    )
