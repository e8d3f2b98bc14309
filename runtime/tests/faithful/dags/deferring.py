"""Operators that defer, and triggers."""

from datetime import datetime, timedelta, timezone

from airlock_test_image import DeferringOperator
from stock import DAG, DateTimeSensorAsync, TimeDeltaSensorAsync
from way import use

with DAG("deferring", schedule=None, start_date=datetime(2024, 1, 1, tzinfo=timezone.utc)) as dag:
    use(DeferringOperator)(task_id="own_trigger", carried=None)
    use(DateTimeSensorAsync)(task_id="date", target_time="{{ logical_date }}")
    use(TimeDeltaSensorAsync)(task_id="delta", delta=timedelta(seconds=1))
