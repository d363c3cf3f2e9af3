"""docker-compose.yml, .env.example, the Dockerfile, docs/deploy.md and the settings say the same things."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from rvss.local.packages import FONTS, TO_RUN

ROOT = Path(settings.BASE_DIR)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
# Only on a developer's machine and in tests; compose must not set them.
DEVELOPMENT_ONLY = {"DEBUG", "MANIFEST_STATIC_FILES", "EMAIL_SPOOL_DIR"}


def calls_of_env() -> list[Any]:
    """Every env.<type>("NAME", ...) in the settings."""
    tree = ast.parse((ROOT / "rvss" / "settings.py").read_text())
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    ]


def read_by_settings() -> set[str]:
    return {call.args[0].value for call in calls_of_env()}


def read_by_gunicorn() -> set[str]:
    text = (ROOT / "rvss" / "gunicorn.py").read_text()
    return set(re.findall(r'os\.environ\.get\("(\w+)"', text))


def interpolated() -> set[str]:
    """The ${NAME} of the compose file, and the names that it passes on without a value."""
    named = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    for service in SERVICES.values():
        named |= {name for name, value in service.get("environment", {}).items() if value is None}
    return named


def in_env_example() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_the_settings_are_found_at_all() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "CLAMD_SOCKET", "S3_BUCKET", "LOG_LEVEL"} <= read_by_settings()


def test_the_image_runs_as_four_services() -> None:
    assert OURS == ["web", "worker", "beat", "migrate"]


@pytest.mark.parametrize("name", OURS)
def test_what_compose_sets_is_a_setting(name: str) -> None:
    assert set(SERVICES[name]["environment"]) - read_by_settings() - read_by_gunicorn() == set()


@pytest.mark.parametrize("name", OURS)
def test_each_setting_reaches_each_service(name: str) -> None:
    assert read_by_settings() - DEVELOPMENT_ONLY - set(SERVICES[name]["environment"]) == set()


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_development_is_set(name: str) -> None:
    assert DEVELOPMENT_ONLY & set(SERVICES[name]["environment"]) == set()


def test_example_names_what_compose_asks_for_and_nothing_else() -> None:
    assert in_env_example() == interpolated() | DEVELOPMENT_ONLY


def test_only_migrate_has_the_password_of_the_owner() -> None:
    with_it = [name for name in SERVICES if "DATABASE_OWNER_PASSWORD" in str(SERVICES[name])]
    assert with_it == ["migrate", "db"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_says_how_its_health_is_seen(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    if check.get("disable"):
        assert name == "migrate", "a service that stays up needs a health check"
        assert SERVICES["web"]["depends_on"][name]["condition"] == "service_completed_successfully"
    else:
        assert check["test"][0] in ("CMD", "CMD-SHELL")
        assert len(check["test"]) > 1


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_can_be_scaled(name: str) -> None:
    assert "container_name" not in SERVICES[name]
    # A port of the host can be had once: the proxy alone takes any.
    assert ("ports" in SERVICES[name]) == (name == "proxy")


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_and_mounted_files_exist(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_file()
        else:
            assert source in COMPOSE["volumes"]


def test_work_that_waits_in_redis_is_kept() -> None:
    words = SERVICES["redis"]["command"]
    assert words[words.index("--appendonly") + 1] == "yes"
    assert words[words.index("--maxmemory-policy") + 1] == "noeviction"


def test_socket_of_the_scanner_is_the_one_that_the_service_asks() -> None:
    configuration = dict(
        line.split(" ", 1)
        for line in (ROOT / "deploy" / "clamd.conf").read_text().splitlines()
        if line[0] != "#"
    )
    assert configuration["LocalSocket"] == SERVICES["worker"]["environment"]["CLAMD_SOCKET"]
    assert int(configuration["StreamMaxLength"].rstrip("M")) * 2**20 > settings.UPLOAD_MAX_BYTES


def test_the_proxy_lets_through_what_the_service_refuses_by_itself() -> None:
    limit = re.search(r"max_size (\d+)MiB", (ROOT / "deploy" / "Caddyfile").read_text())
    assert limit is not None
    assert int(limit[1]) * 2**20 > 2 * settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_the_image_has_the_system_libraries_of_a_developers_machine() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    installed = re.search(r"--no-install-recommends((?: \\\n +[\w.+-]+)+)", dockerfile)
    assert installed is not None
    assert set(installed[1].replace("\\", " ").split()) == {part.package for part in [*TO_RUN, *FONTS]}


def test_the_image_does_not_run_as_root() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\w+)$", last_stage, re.MULTILINE) == ["rvss"]


def test_what_the_image_copies_exists() -> None:
    words = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert words
    for source in " ".join(words).split():
        assert (ROOT / source).exists()


def defaults_in_settings() -> dict[str, object]:
    """NAME -> its default where that is a constant; None stands for required, and ... for computed."""
    found: dict[str, object] = {}
    for call in calls_of_env():
        name = call.args[0].value
        if len(call.args) == 1:
            found[name] = None
            continue
        computed = any(isinstance(part, ast.Name | ast.Call) for part in ast.walk(call.args[1]))
        expression = compile(ast.Expression(call.args[1]), "settings", "eval")
        found[name] = ... if computed else eval(expression, {"__builtins__": {}})
    return found


def in_deploy_page() -> dict[str, str]:
    """Each row of the table of settings: its name and what it gives as the default."""
    page = (ROOT / "docs" / "deploy.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE))


def test_the_page_on_deployment_has_each_setting_and_no_other() -> None:
    assert set(in_deploy_page()) == read_by_settings() | {"WEB_CONCURRENCY"}


def shown(default: object) -> str:
    if default in (None, ""):
        return "required" if default is None else "empty"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def test_the_page_on_deployment_gives_the_defaults_that_hold() -> None:
    page = in_deploy_page()
    constants = {name: value for name, value in defaults_in_settings().items() if value is not ...}
    assert {name: page[name] for name in constants} == {
        name: shown(value) for name, value in constants.items()
    }
