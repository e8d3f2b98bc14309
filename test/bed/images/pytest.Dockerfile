# An Airflow image with what the tests of our own Python need beside it.
ARG BASE
FROM ${BASE}
ARG PINS
COPY ${PINS} /tmp/pins-pytest.txt
RUN uv pip install --quiet --no-deps --compile-bytecode --requirement /tmp/pins-pytest.txt
