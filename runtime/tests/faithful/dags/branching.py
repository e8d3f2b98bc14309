"""Tasks that decide what follows."""

from datetime import datetime, timezone

from stock import (
    DAG,
    BranchDayOfWeekOperator,
    BranchPythonOperator,
    EmptyOperator,
    LatestOnlyOperator,
    ShortCircuitOperator,
    TaskGroup,
)
from way import use

ENDS = {
    "failed": "wrong_branch",
    "upstream_failed": "e1",
    "skipped": "a2 a3 b2 c1 c2 left.d3 left.d4 f1 f2 g1 j2",
    # 2.9 knows no group to go on with
    "failed on 2.9": "into_group",
    "upstream_failed on 2.9": "chosen.d1 chosen.d2 left.d3 left.d4",
}

Branch, Short = use(BranchPythonOperator), use(ShortCircuitOperator)


def choose(*task_ids):
    return list(task_ids) if len(task_ids) > 1 else task_ids[0]


def empty(task_id, **kwargs):
    return EmptyOperator(task_id=task_id, **kwargs)


with DAG("branching", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    one = Branch(task_id="one_of_three", python_callable=choose, op_args=["a1"])
    one >> [empty("a1"), empty("a2"), empty("a3")] >> empty("a_join", trigger_rule="none_failed_min_one_success")

    several = Branch(task_id="several", python_callable=choose, op_args=["b1", "b3"])
    several >> [empty("b1"), empty("b2"), empty("b3")]

    none = Branch(task_id="no_branch", python_callable=lambda: None)
    none >> [empty("c1"), empty("c2")]

    into_group = Branch(task_id="into_group", python_callable=choose, op_args=["chosen"])
    with TaskGroup("chosen") as chosen:
        empty("d1") >> empty("d2")
    with TaskGroup("left") as left:
        empty("d3") >> empty("d4")
    into_group >> [chosen, left]

    wrong = Branch(task_id="wrong_branch", python_callable=choose, op_args=["nowhere"])
    wrong >> empty("e1")

    stop = Short(task_id="stops", python_callable=lambda: False)
    stop >> empty("f1") >> empty("f2", trigger_rule="all_done")

    next_only = Short(task_id="stops_next_only", python_callable=list, ignore_downstream_trigger_rules=False)
    next_only >> empty("g1") >> empty("g2", trigger_rule="all_done")

    go_on = Short(task_id="goes_on", python_callable=lambda: "yes")
    go_on >> empty("h1")

    latest = use(LatestOnlyOperator)(task_id="latest_only")
    latest >> empty("i1")

    weekday = use(BranchDayOfWeekOperator)(
        task_id="weekday",
        follow_task_ids_if_true="j1",
        follow_task_ids_if_false="j2",
        week_day="Sunday",
        use_task_logical_date=True,
    )
    weekday >> [empty("j1"), empty("j2")]
