"""Params, variables and connections."""

from datetime import datetime, timezone

from stock import DAG, BaseHook, Param, PythonOperator, Variable
from way import use

ENDS = {"failed": "missing_variable missing_connection"}
CONF = {"overridden": 7, "listed": ["x"], "unknown": "kept in conf alone", "deep": {"a": [1, None, True]}}
VARIABLES = {"text": "plain", "json": '{"key": {"list": [1, 2]}}', "dotted.name-x": "dotted"}
CONNECTIONS = {
    "db": {
        "conn_type": "postgres",
        "host": "db.example",
        "login": "user",
        "password": "secret",
        "schema": "shop",
        "port": 5432,
        "extra": '{"sslmode": "require", "nested": {"a": [1]}}',
    },
    "with-dash.dot": {"conn_type": "http", "host": "example.com", "extra": '{"a": "b"}'},
}

Python = use(PythonOperator)


def same(values):
    return values


def read_in_code(params, **context):
    connection = BaseHook.get_connection("db")
    return {
        "variable": Variable.get("text"),
        "json": Variable.get("json", deserialize_json=True),
        "connection": [connection.host, connection.port, connection.extra_dejson, connection.schema],
        "params": dict(params),
        "conf": context["dag_run"].conf,
    }


def render(task_id, /, params=None, **templates):
    """A task that returns its templates as they are rendered."""
    Python(task_id=task_id, python_callable=same, op_args=[templates], params=params)


with DAG(
    "parameters",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    params={
        "plain": 5,
        "overridden": Param(1, type="integer", minimum=0),
        "listed": Param([], type="array"),
        "nullable": Param(None, type=["null", "string"]),
    },
) as dag:
    render(
        "params",
        each="{{ params.plain }} {{ params.overridden }} {{ params['listed'] }} {{ params.nullable }}",
        own="{{ params.own }}",
        loop="{% for key in params | sort %}{{ key }},{% endfor %}",
        undeclared="{{ params.unknown is defined }}",
        conf="{{ dag_run.conf.deep.a }} {{ dag_run.conf['unknown'] }} {{ dag_run.conf.get('nope', 'd') }}",
        params={"own": "task", "plain": 6},
    )
    render(
        "variables",
        value="{{ var.value.text }} {{ var.value.get('text') }} {{ var.value.get('nope', 'fallback') }}",
        json="{{ var.json.json.key.list[1] }} {{ var.json.get('json').key }} {{ var.json.get('nope', {'a': 1}) }}",
        dotted="{{ var.value.get('dotted.name-x') }}",
    )
    render(
        "connections",
        parts="{{ conn.db.host }} {{ conn.db.port }} {{ conn.db.login }} {{ conn.db.schema }} {{ conn.db.conn_type }}",
        extra="{{ conn.db.extra_dejson.sslmode }} {{ conn.db.extra_dejson.nested.a }} {{ conn.db.conn_id }}",
        get="{{ conn.get('with-dash.dot').host }} {{ conn.get('nope', {'host': 'fallback'}).host }}",
        secret="{{ conn.db.password }}",
    )
    Python(task_id="read_in_code", python_callable=read_in_code)
    render("missing_variable", value="{{ var.value.nope }}")
    render("missing_connection", value="{{ conn.nope.host }}")
