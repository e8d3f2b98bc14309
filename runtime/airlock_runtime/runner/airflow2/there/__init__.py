"""What is executed in another interpreter, whatever Python and Airflow that has."""
