"""Search paths, template files, macros, filters, undefined names, dates."""

from datetime import datetime, timezone
from pathlib import Path

import jinja2
from stock import DAG, BashOperator, PythonOperator
from way import use

ENDS = {"failed": "fails"}

Bash, Python = use(BashOperator), use(PythonOperator)
PREFIX = "_"


def shout(text, times=1):
    return PREFIX + text.upper() + "!" * times


class Rates:
    vat = 0.19

    @classmethod
    def of(cls, net):
        return net * (1 + cls.vat)


def same(values):
    return values


def render(task_id, /, **templates):
    """A task that returns its templates as they are rendered."""
    Python(task_id=task_id, python_callable=same, op_args=[templates])


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
        python_callable=same,
        op_args=[1],
        templates_dict={"query": "query.sql", "list": ["{{ ds }}", {"deep": ("{{ ts }}", 1)}]},
        templates_exts=[".sql"],
    )
    render(
        "macros",
        function="{{ shout('a', 2) }}",
        of_class="{{ rates.of(100) | round(1) }} {{ rates.vat }}",
        values="{{ limit + 1 }} {{ table.name }}",
        filters="{{ 'b' | shout }} {{ 3 | twice }} {{ 'c' | shout(3) }}",
    )
    render(
        "macros_of_airflow",
        add="{{ macros.ds_add(ds, 5) }} {{ macros.ds_add('2024-03-01', -1) }}",
        format="{{ macros.ds_format(ds, '%Y-%m-%d', '%d/%m/%y') }}",
        datetime="{{ macros.datetime(2024, 1, 2).isoformat() }} {{ macros.timedelta(days=1) }}",
        dateutil="{{ macros.dateutil.parser.parse('2024-05-06').month }}",
        uuid="{{ macros.uuid.UUID(int=5) }} {{ macros.random is defined }} {{ macros.time.gmtime(0).tm_year }}",
    )
    filters = ("ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz")
    render(
        "filters_of_airflow",
        **{name: "{{ logical_date | NAME }} {{ data_interval_end | NAME }}".replace("NAME", name) for name in filters},
    )
    render(
        "dates",
        zone="{{ logical_date.in_timezone('Europe/Berlin') }} {{ logical_date.timezone_name }}",
        dst="{{ logical_date.in_timezone('America/New_York').add(hours=-6) }}",
        sum="{{ (logical_date + macros.timedelta(hours=1)).isoformat() }} {{ logical_date - macros.timedelta(1) }}",
        pendulum="{{ logical_date.subtract(days=10).to_date_string() }} {{ logical_date.day_of_week }}",
        format="{{ data_interval_start.strftime('%Y/%m/%d') }} {{ data_interval_end.format('dddd') }}",
        difference="{{ macros.datetime_diff_for_humans(logical_date, data_interval_end.add(days=2)) }}",
    )
    render("undefined", kept="{{ nothing }} {{ nothing_else | upper }}", default="{{ nothing | default('d') }}")
    render("fails", wrong="{{ 1 / 0 }}")
    render(
        "not_rendered",
        number=5,
        nothing=None,
        date=datetime(2024, 5, 1, tzinfo=timezone.utc),
        tuple=(1, "{{ ds }}"),
        raw="{% raw %}{{ ds }}{% endraw %}",
    )
    render(
        "looks_around",
        tasks="{{ dag.task_ids | join(',') }} {{ dag.get_task('file').task_id }} {{ task.op_args | length }}",
        python="{{ [1, 2] }} {{ {'a': none} }} {% for n in range(3) %}{{ n }}{% endfor %}",
    )
