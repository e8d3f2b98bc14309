"""What the tests do themselves in PostgreSQL, in the database that AIRLOCK_TEST_WAREHOUSE names.

python warehouse.py create | drop | rows <query>
"""

import json
import os
import sys
from urllib.parse import urlsplit

import psycopg2


def main(command, *query):
    address = urlsplit(os.environ["AIRLOCK_TEST_WAREHOUSE"])
    database = address.path.lstrip("/")
    if command == "rows":
        connection = psycopg2.connect(address.geturl())
        cursor = connection.cursor()
        cursor.execute(*query)
        print(json.dumps(cursor.fetchall()))
        return
    connection = psycopg2.connect(address._replace(path="/postgres").geturl())
    connection.autocommit = True
    made = {"create": "CREATE DATABASE {}", "drop": "DROP DATABASE IF EXISTS {} WITH (FORCE)"}
    connection.cursor().execute(made[command].format(database))


main(*sys.argv[1:])
