"""A secrets backend that asks Airlock's runner for connections and variables.

Contract: Python 2.7 and 3, the standard library and an Airflow (1.10.10 and later have secrets backends). One
connection to the runner's socket is one question, a line of JSON; the answer is JSON.
"""

import json
import socket
from contextlib import closing

from airflow.secrets import BaseSecretsBackend


class Runner(BaseSecretsBackend):  # type: ignore[misc]
    """
    :param path: of the runner's socket
    """

    def __init__(self, path):
        super(Runner, self).__init__()
        self.path = path

    def get_conn_value(self, conn_id, *args, **kwargs):
        return self._asked("connection", conn_id)

    def get_conn_uri(self, conn_id):
        """As Airflow before 2.3 calls it."""
        return self._asked("connection", conn_id)

    def get_variable(self, key, *args, **kwargs):
        return self._asked("variable", key)

    def _asked(self, kind, name):
        runner = socket.socket(socket.AF_UNIX)
        with closing(runner):
            runner.connect(self.path)
            runner.sendall((json.dumps({"kind": kind, "id": name}) + "\n").encode("ascii"))
            with closing(runner.makefile("rb")) as answer:
                return json.loads(answer.read().decode("ascii"))
