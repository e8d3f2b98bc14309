"""How a container gives its result to Airflow; for Python 2 too."""

import json
import os
import pickle

SIDECAR = "/airflow/xcom"
RESULT = "/tmp/result.pickle"


def give(value):
    """KubernetesPodOperator takes JSON that its sidecar reads, DockerOperator a pickle that it copies out."""
    if os.path.isdir(SIDECAR):
        with open(os.path.join(SIDECAR, "return.json"), "w") as result:
            json.dump(value, result)
    else:
        with open(RESULT, "wb") as result:
            pickle.dump(value, result, protocol=2)
