"""Imports Airflow into the tests' own process, as an outer task has it: its deprecations are not ours."""

import importlib
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for module in ("airflow", "airflow.exceptions", "airflow.models.dag", "airflow.models.taskinstance"):
        importlib.import_module(module)
