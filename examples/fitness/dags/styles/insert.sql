CREATE TABLE IF NOT EXISTS runs (dag_id text, run_id text, provider text);
INSERT INTO runs VALUES ('{{ ti.dag_id }}', '{{ run_id }}', %(provider)s);
