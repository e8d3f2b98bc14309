echo part {{ task.task_id }}
