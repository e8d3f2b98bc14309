"""Search paths, template files, macros, filters, undefined names, dates."""

from datetime import datetime, timezone
from pathlib import Path

import jinja2
from stock import DAG, BashOperator, PythonOperator
from way import use

ENDS = {"fails": "failed"}

Bash, Python = use(BashOperator), use(PythonOperator)
PREFIX = "<"


def shout(text, times=1):
    return PREFIX + text.upper() + "!" * times


class Rates:
    vat = 0.19

    @classmethod
    def of(cls, net):
        return net * (1 + cls.vat)


def text(**values):
    """Renders each of the values, and returns them."""
    return values


def render(task_id, /, **templates):
    Python(task_id=task_id, python_callable=text, op_kwargs=templates)


with DAG(
    "templates",
    schedule=None,
    start_date=datetime(2024, 1, 1, tzinfo=timezone.utc),
    template_searchpath=[str(Path(__file__).parent / "sql"), str(Path(__file__).parent / "more")],
    template_undefined=jinja2.DebugUndefined,
    user_defined_macros={"shout": shout, "rates": Rates, "limit": 10, "table": {"name": "orders"}},
    user_defined_filters={"shout": shout, "twice": lambda value: value * 2},
    params={"folder": "x"},
) as dag:
    Bash(task_id="file", bash_command="show.sh")
    Bash(task_id="file_of_second_folder", bash_command="second.sh")
    Bash(task_id="file_beside_dag", bash_command="beside.sh")
    Python(
        task_id="file_in_dict",
        python_callable=text,
        op_kwargs={"n": 1},
        templates_dict={"query": "query.sql", "list": ["{{ ds }}", {"deep": ("{{ ts }}", 1)}]},
        templates_exts=[".sql"],
    )
    Python(
        task_id="macros",
        python_callable=text,
        op_kwargs={
            "function": "{{ shout('a', 2) }}",
            "class": "{{ rates.of(100) | round(1) }} {{ rates.vat }}",
            "values": "{{ limit + 1 }} {{ table.name }}",
            "filters": "{{ 'b' | shout }} {{ 3 | twice }} {{ 'c' | shout(3) }}",
        },
    )
    Python(
        task_id="macros_of_airflow",
        python_callable=text,
        op_kwargs={
            "add": "{{ macros.ds_add(ds, 5) }} {{ macros.ds_add('2024-03-01', -1) }}",
            "format": "{{ macros.ds_format(ds, '%Y-%m-%d', '%d/%m/%y') }}",
            "datetime": "{{ macros.datetime(2024, 1, 2).isoformat() }} {{ macros.timedelta(days=1) }}",
            "dateutil": "{{ macros.dateutil.parser.parse('2024-05-06').month }}",
            "json": "{{ macros.json.dumps({'a': 1}) }}",
            "uuid": "{{ macros.uuid.UUID(int=5) }}",
            "time": "{{ macros.time.gmtime(0).tm_year }}",
            "random": "{{ macros.random is defined }}",
            "human": "{{ macros.datetime_diff_for_humans(macros.datetime(2024, 1, 1), macros.datetime(2024, 1, 3)) }}",
        },
    )
    Python(
        task_id="filters_of_airflow",
        python_callable=text,
        op_kwargs={
            name: "{{ logical_date | NAME }} {{ data_interval_end | NAME }}".replace("NAME", name)
            for name in ("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz")
        },
    )
    Python(
        task_id="dates",
        python_callable=text,
        op_kwargs={
            "zone": "{{ logical_date.in_timezone('Europe/Berlin') }} {{ logical_date.timezone_name }}",
            "dst": "{{ logical_date.in_timezone('America/New_York').add(hours=-6) }}",
            "arithmetic": "{{ (logical_date + macros.timedelta(hours=1)).isoformat() }} {{ logical_date - macros.timedelta(1) }}",
            "pendulum": "{{ logical_date.subtract(days=10).to_date_string() }} {{ logical_date.day_of_week }}",
            "format": "{{ data_interval_start.strftime('%Y/%m/%d') }} {{ data_interval_end.format('dddd') }}",
            "class": "{{ logical_date.__class__.__name__ }} {{ dag_run.start_date.__class__.__name__ }}",
        },
    )
    Python(
        task_id="undefined",
        python_callable=text,
        op_kwargs={"kept": "{{ nothing }} {{ nothing.at.all }}", "default": "{{ nothing | default('d') }}"},
    )
    Python(task_id="fails", python_callable=text, op_kwargs={"wrong": "{{ 1 / 0 }}"})
    Python(
        task_id="not_rendered",
        python_callable=text,
        op_kwargs={
            "plain": 5,
            "none": None,
            "date": datetime(2024, 5, 1, tzinfo=timezone.utc),
            "set": {1},
            "raw": "{% raw %}{{ ds }}{% endraw %}",
        },
    )
    Python(
        task_id="looks_around",
        python_callable=text,
        op_kwargs={
            "tasks": "{{ dag.task_ids | sort | join(',') }}",
            "operator": "{{ dag.get_task('file').task_id }} {{ task.op_kwargs | length }}",
            "native": "{{ [1, 2] }} {{ {'a': none} }}",
            "loop": "{% for n in range(3) %}{{ n }}{% endfor %}",
        },
    )
