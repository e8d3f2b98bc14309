# A stand-in for apache/airflow, laid out like it: AIRFLOW_HOME, the user, its virtualenv first on the path, the entrypoint.
ARG BASE
FROM ${BASE}

# The host's CA bundle: builds work behind a proxy that inspects TLS.
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 LANG=C.UTF-8

COPY entrypoint.sh /entrypoint
RUN useradd --uid 50000 --gid 0 --create-home --home-dir /home/airflow --shell /bin/bash airflow \
 && mkdir -p /opt/airflow/dags /opt/airflow/logs /opt/airflow/plugins \
 && chown -R airflow:root /opt/airflow /home/airflow \
 && chmod -R g=u /opt/airflow /home/airflow \
 && chmod 755 /entrypoint
ENV AIRFLOW_HOME=/opt/airflow AIRFLOW_UID=50000 HOME=/home/airflow VIRTUAL_ENV=/home/airflow/.local \
    PATH=/home/airflow/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin
USER airflow
WORKDIR /opt/airflow

ARG PINS
COPY ${PINS} /tmp/pins.txt
# Compiled to bytecode: without it Airflow takes two to three times as long to import.
RUN python3 -m venv /home/airflow/.local \
 && pip install --quiet pip==26.0.1 uv==0.13.9 \
 && uv pip install --quiet --no-deps --compile-bytecode --requirement /tmp/pins.txt

ENTRYPOINT ["/usr/bin/dumb-init", "--", "/entrypoint"]
CMD []
