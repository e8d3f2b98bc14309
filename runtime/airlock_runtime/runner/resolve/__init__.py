"""What a DAG file says of its tasks, as the scheduler would load it."""
