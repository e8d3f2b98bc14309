"""The Airflow that is installed here: its version, its classes, its serializers; the same questions to 2 and to 3."""
