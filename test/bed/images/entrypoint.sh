#!/usr/bin/env bash
# As the official image's: `bash` and `python` run as they are, anything else is a subcommand of airflow.
set -euo pipefail
umask 0002
case "${1:-}" in
  bash | python | python3) exec "$@" ;;
  airflow) shift ;;
esac
exec airflow "$@"
