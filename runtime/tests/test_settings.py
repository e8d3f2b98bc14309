"""Airlock's settings in Airflow's configuration, and the image that a task runs in."""

from __future__ import annotations

from random import Random
from typing import Any

import outer_airflow  # noqa: F401
import pytest

from airlock_runtime.launch.errors import IsolationError
from airlock_runtime.launch.image import image_of
from airlock_runtime.launch.settings import settings_of


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets one: `setting("airlock_team", "pickle", "true")`."""

    def set_one(section: str, key: str, value: str) -> None:
        monkeypatch.setenv(f"AIRFLOW__{section.upper()}__{key.upper()}", value)

    return set_one


def test_without_any_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of("team", None)
    assert (settings.isolation_type, settings.image, settings.python) == ("kubernetes", None, None)
    assert (settings.message_limit, settings.pickle, settings.kubernetes_channel) == (1 << 24, False, "exec")
    assert settings.carrier == {}


def test_an_environments_section_wins_over_the_general_one(setting: Any) -> None:
    setting("airlock", "isolation_type", "docker")
    setting("airlock", "message_limit", "5000")
    setting("airlock_data_team_2", "message_limit", "6000")
    setting("airlock_data_team_2", "python", "/opt/team/python")
    assert settings_of(None, None).message_limit == 5000
    assert settings_of("other", None).message_limit == 5000
    team = settings_of("data-team.2", None)
    assert (team.isolation_type, team.message_limit, team.python) == ("docker", 6000, "/opt/team/python")


def test_the_task_wins_over_all_settings(setting: Any) -> None:
    setting("airlock_team", "isolation_type", "docker")
    assert settings_of("team", "external_python").isolation_type == "external_python"


def test_the_interpreter_that_an_astro_image_has_wins(setting: Any) -> None:
    setting("airlock", "python", "/of/the/setting")
    assert settings_of("team", None, {"ASTRO_PYENV_team": "/of/the/image"}).python == "/of/the/image"


def test_arguments_of_the_carrier_come_from_all_places_the_closest_last(setting: Any) -> None:
    setting("airlock", "docker_kwargs", '{"mem_limit": "1g", "network_mode": "a", "auto_remove": "never"}')
    setting("airlock", "network_mode", "b")
    setting("airlock_team", "docker_kwargs", '{"mem_limit": "2g"}')
    setting("airlock_team", "docker_url", "unix:///there")
    expected = {"mem_limit": "2g", "network_mode": "b", "auto_remove": "never", "docker_url": "unix:///there"}
    assert settings_of("team", "docker").carrier == expected
    assert settings_of("team", "external_python").carrier == {}


def test_arguments_of_the_pod_operator_are_taken_as_the_other_provider_takes_them() -> None:
    prefix = "AIRFLOW__ISOLATED_POD_OPERATOR__"
    environ = {f"{prefix}IMAGE": "a/b", f"{prefix}NAMESPACE": "there", f"{prefix}CMDS": "x", "OTHER": "y"}
    settings = settings_of(None, "kubernetes", environ)
    assert (settings.image, settings.carrier) == ("a/b", {"namespace": "there"})
    assert settings_of(None, "docker", environ).carrier == {}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("isolation_type", "podman", "isolation_type is 'podman', not one of kubernetes, docker, external_python"),
        ("message_limit", "16 MiB", "message_limit is '16 MiB', not a number of bytes"),
        ("message_limit", "-1", "message_limit is '-1', not a number of bytes"),
        ("message_limit", "²", "message_limit is '²', not a number of bytes"),
        ("message_limit", "1023", r"message_limit is '1023', not a number of bytes \(1024 at the least\)"),
        ("pickle", "perhaps", "pickle is 'perhaps', neither true nor false"),
        ("kubernetes_channel", "http", "kubernetes_channel is 'http', not one of exec, secret"),
        ("kubernetes_kwargs", "{", "kubernetes_kwargs is no JSON: "),
        ("kubernetes_kwargs", "[1]", "kubernetes_kwargs is no JSON object"),
    ],
)
@pytest.mark.parametrize("section", ["airlock", "airlock_team"])
def test_a_wrong_setting_is_named_with_its_section(setting: Any, section: str, key: str, value: str, says: str) -> None:
    setting(section, key, value)
    with pytest.raises(IsolationError, match=rf"^\[{section}\] {says}"):
        settings_of("team", None)


@pytest.mark.parametrize(
    ("text", "means"), [("true", True), ("True", True), ("1", True), ("f", False), ("False", False), ("0", False)]
)
def test_yes_and_no_are_as_airflow_reads_them(setting: Any, text: str, means: bool) -> None:
    setting("airlock", "pickle", text)
    assert settings_of(None, None).pickle is means


@pytest.mark.parametrize(
    ("image", "environment", "default", "expected"),
    [
        ("a/b:1", None, None, "a/b:1"),
        ("a/b:1", None, "c", "a/b:1"),
        ("a@sha256:00", None, "c", "a@sha256:00"),
        (None, "team", "airflow", "airflow/team"),
        (None, "team", "airflow:tag", "airflow/team:tag"),
        (None, "team", "host:5000/project/airflow", "host:5000/project/airflow/team"),
        (None, "team", "host:5000/project/airflow:tag", "host:5000/project/airflow/team:tag"),
        ("other:2", "team", "airflow:1", "other/team:2"),
    ],
)
def test_an_environments_image_lies_below_its_parents(
    image: str | None, environment: str | None, default: str | None, expected: str
) -> None:
    assert image_of("hello", image, environment, default) == expected


def test_any_reference_keeps_its_registry_and_its_tag() -> None:
    random = Random(7)
    for _ in range(500):
        host = random.choice(["", "registry/", "registry.example:5000/", "127.0.0.1:1/", "[::1]:5000/"])
        path = "/".join(random.choice(["a", "b-c", "d_e", "f.g", "h0"]) for _ in range(random.randint(1, 4)))
        tag = random.choice(["", ":1", ":v1.2-rc_3", ":latest"])
        assert image_of("hello", None, "team", host + path + tag) == f"{host}{path}/team{tag}"
        with pytest.raises(IsolationError, match="by its digest"):
            image_of("hello", None, "team", f"{host}{path}{tag}@sha256:{random.getrandbits(256):064x}")


@pytest.mark.parametrize(
    ("environment", "default", "says"),
    [
        ("team", None, "hello: there is no image to run in. Set AIRFLOW__ISOLATED_POD_OPERATOR__IMAGE"),
        (None, None, "hello: there is no image to run in"),
        (None, "airflow", "hello: .* names no environment below it. Give it an environment, or an image"),
    ],
)
def test_an_image_that_nothing_names_is_an_error(environment: str | None, default: str | None, says: str) -> None:
    with pytest.raises(IsolationError, match=says):
        image_of("hello", None, environment, default)
