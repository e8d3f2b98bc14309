SELECT {% include "columns.sql" %} FROM t WHERE d = '{{ ds }}'
