"""Which Airflow the tests run on, and where it has its own operators."""

from importlib import metadata

from airlock_runtime.airflow.versions import airflow_generation, airflow_release

AIRFLOW = airflow_generation()
VERSION = airflow_release()

TERM_IS_HEARD = not (3,) <= VERSION < (3, 0, 4)
"""Whether Airflow calls `on_kill` of a task that is sent SIGTERM: the process of 3.0.0 to 3.0.3 ends without a word."""

OUTLET_EVENTS = VERSION >= (2, 10)
"""Whether tasks can say more of what they update (`outlet_events`)."""


def _standard() -> str:
    """The provider that took over Airflow's own operators; images from before it (2024) have them in Airflow itself."""
    try:
        metadata.version("apache-airflow-providers-standard")
    except metadata.PackageNotFoundError:
        return "airflow"
    return "airflow.providers.standard"


STANDARD = _standard()
BASH = f"{STANDARD}.operators.bash.BashOperator"
PYTHON = f"{STANDARD}.operators.python.PythonOperator"
