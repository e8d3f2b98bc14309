SELECT 1, '{{ ti.dag_id }}'
