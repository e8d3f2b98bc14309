"""Runs a SQL text over the connection `warehouse` by the hook of the image's own provider, and gives the rows.

python -m include.sql <text>

In place of a SQL operator, for operators that start a container. `%(provider)s` in the text is the provider's version.
"""

import sys
from importlib.metadata import version

from airflow.providers.common.sql.hooks.sql import fetch_all_handler
from airflow.providers.postgres.hooks.postgres import PostgresHook

from include.results import give


def main(sql):
    provider = version("apache-airflow-providers-postgres")
    print("apache-airflow-providers-postgres", provider)
    hook = PostgresHook("warehouse")
    give(hook.run(sql, parameters={"provider": provider}, handler=fetch_all_handler))


if __name__ == "__main__":
    main(*sys.argv[1:])
