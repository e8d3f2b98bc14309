"""What Airflow's ProvidersManager learns of this package, by its entry point `apache_airflow_provider`."""

from __future__ import annotations

from typing import Any

from airlock_runtime import __version__


def get_provider_info() -> dict[str, Any]:
    """As `airflow/provider_info.schema.json` has it."""
    return {
        "package-name": "airlock-runtime",
        "name": "Airlock",
        "description": "Runs any operator in the image of its own child environment.",
        "versions": [__version__],
        "task-decorators": [
            {"name": "isolated", "class-name": "airlock_runtime.operators.decorator.isolated_task"},
        ],
    }
