"""Units and container files: hardened, without a secret, and every command, setting, path and file in them is one that the product has."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from running import ROOT, Running, free_port

from candour.project import cli, database_checks, supervisor

SYSTEMD, CONTAINER = ROOT / "deploy" / "systemd", ROOT / "deploy" / "container"
UNITS = sorted(SYSTEMD.glob("*.service"))
OPT = "/opt/candour"
COMMAND = f"{OPT}/.venv/bin/candour"
SECRET = re.compile(r"SECRET|TOKEN|PASSWORD|PASSPHRASE|KEY|DATABASE_URL")
HARD = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "User": "candour",
    "UMask": "0077",
}


def settings_known() -> set[str]:
    """Every setting that the documents tell, and the form of a secret that names a file."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = set(re.findall(r"`((?:CANDOUR|DATABASE)_[A-Z_]+)`", page))
    return names | {f"{name}_FILE" for name in names if SECRET.search(name)}


def wrong_command(words: list[str]) -> str:
    """Why `candour WORDS` can't be typed; "" when it can."""
    command: click.Command = cli.cli
    rest = list(words)
    while isinstance(command, click.Group):
        inner = command.get_command(click.Context(command), rest.pop(0)) if rest else None
        if inner is None:
            return f"no command in {words}"
        command = inner
    options = {option for parameter in command.params for option in parameter.opts}
    return next((f"no option {word} in {words}" for word in rest if word.startswith("--") and word not in options), "")


# units


def lines_of(text: str) -> list[tuple[str, str, str]]:
    """Section, name and value of every line of a unit."""
    section, found = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith(("#", ";")):
            name, _sign, value = line.partition("=")
            found.append((section, name, value))
    return found


def faults_of_unit(text: str) -> list[str]:
    lines = lines_of(text)
    values: dict[str, list[str]] = {}
    for _section, name, value in lines:
        values.setdefault(name, []).append(value)
    found = [f"{name} is not {value}" for name, value in HARD.items() if values.get(name) != [value]]
    given = dict(one.split("=", 1) for one in values.get("Environment", []))
    found += [f"unknown setting {name}" for name in given.keys() - settings_known()]
    found += [f"a secret in {name}" for name, value in given.items() if SECRET.search(name) and not value.startswith("%d/")]
    credentials = {one.split(":")[0] for one in values.get("LoadCredential", [])}
    used = {value.removeprefix("%d/") for value in given.values() if value.startswith("%d/")}
    found += [f"credential {name} is loaded or used alone" for name in credentials ^ used]
    for command in values["ExecStart"]:
        words = shlex.split(re.search(rf"{COMMAND} (.*?)'?$", command)[1])
        found += [why for why in [wrong_command(words)] if why]
    paths = re.findall(rf"{OPT}/([\w./-]+)", text)
    return found + [f"no file {path}" for path in paths if path != ".venv/bin/candour" and not (ROOT / path).exists()]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hard_and_names_only_what_there_is(unit: Path) -> None:
    assert faults_of_unit(unit.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NoNewPrivileges=yes", "NoNewPrivileges=no"),
        ("ProtectSystem=strict", "ProtectSystem=full"),
        ("candour run --empty", "candour serve"),
        ("candour run --empty", "candour run --demo"),
        ("Environment=CANDOUR_PORT=8321", "Environment=CANDOUR_PORTS=8321"),
        ("CANDOUR_SECRET_KEY_FILE=%d/secret-key", "CANDOUR_SECRET_KEY=abcdef"),
        ("LoadCredential=secret-key:/etc/candour/credentials/secret-key\n", ""),
        ("docs/operate.md", "docs/operation.md"),
    ],
)
def test_a_unit_that_is_soft_or_wrong_is_noticed(old: str, new: str) -> None:
    text = (SYSTEMD / "candour.service").read_text()
    assert old in text
    assert faults_of_unit(text.replace(old, new))


def test_systemd_itself_understands_the_units(tmp_path: Path) -> None:
    """Where systemd is not installed the parser above has already looked at every line."""
    for path in [*UNITS, *SYSTEMD.glob("*.timer")]:
        (tmp_path / path.name).write_text(path.read_text().replace(COMMAND, "/bin/true").replace(OPT, "/"))
    assert {path.with_suffix(".service") for path in SYSTEMD.glob("*.timer")} <= set(UNITS)
    if analyze := shutil.which("systemd-analyze"):
        done = subprocess.run([analyze, "verify", "--man=no", *tmp_path.iterdir()], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_stop_has_more_time_than_the_supervisor_takes() -> None:
    [told] = [value for _s, name, value in lines_of((SYSTEMD / "candour.service").read_text()) if name == "TimeoutStopSec"]
    assert int(told) > 2 * supervisor.GRACE
    grace = re.search(r"stop_grace_period: (\d+)s", (CONTAINER / "compose.yaml").read_text())
    assert int(grace[1]) > 2 * supervisor.GRACE


def test_the_example_environment_holds_settings_and_no_secret() -> None:
    lines = [line for line in (SYSTEMD / "environment.example").read_text().splitlines() if line and not line.startswith("#")]
    names = {line.partition("=")[0] for line in lines}
    assert names <= settings_known()
    assert [name for name in names if SECRET.search(name)] == []


# the image


def instructions(text: str) -> list[tuple[str, str]]:
    """Name and argument of each instruction, with continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    return [(name, rest) for name, _space, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def faults_of_image(text: str) -> list[str]:
    steps = instructions(text)
    last = max(at for at, (name, _rest) in enumerate(steps) if name == "FROM")
    final, stages = steps[last:], {rest.split(" AS ")[1] for name, rest in steps if name == "FROM" and " AS " in rest}
    found = [
        f"{rest} is not pinned by a tag"
        for name, rest in steps
        if name == "FROM" and not re.match(r"[\w/-]+:(?!latest)\w[\w.-]+( |$)", rest)
    ]
    users = [rest for name, rest in final if name == "USER"]
    found += [] if users and re.fullmatch(r"[1-9]\d+:[1-9]\d+", users[-1]) else ["runs as root, or as a user that an engine can't judge"]
    given = dict(pair.split("=", 1) for name, rest in steps if name in ("ENV", "ARG") for pair in shlex.split(rest))
    found += [f"a secret in {name}" for name in given if SECRET.search(name)]
    found += [f"unknown setting {name}" for name in given if name.startswith(("CANDOUR_", "DATABASE_")) and name not in settings_known()]
    found += ["ADD fetches or unpacks: use COPY" for name, _rest in steps if name == "ADD"]
    found += _copied(steps, stages) + _asked(final, given.get("CANDOUR_PORT", ""))
    start = [word for name, rest in final if name in ("ENTRYPOINT", "CMD") for word in re.findall(r'"([^"]*)"', rest)]
    return found + [why for why in [wrong_command(start[1:]) if start[:1] == ["candour"] else "does not start candour"] if why]


def _copied(steps: list[tuple[str, str]], stages: set[str]) -> list[str]:
    found, copied = [], set()
    for rest in (rest for name, rest in steps if name == "COPY"):
        *sources, _target = rest.split()
        if sources[0].startswith("--from="):
            found += [] if sources[0].removeprefix("--from=") in stages else [f"no stage {sources[0]}"]
        else:
            copied |= set(sources)
    found += [f"no file {source}" for source in copied if not (ROOT / source).exists()]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    found += [f"{source} is kept from the engine by .dockerignore" for source in copied - allowed]
    needed = {
        "pyproject.toml",
        *re.findall(
            r'"([A-Z]\w+(?:\.md)?)"', "".join(re.findall(r"(?m)^(?:readme|license-files).*$", (ROOT / "pyproject.toml").read_text()))
        ),
    }
    return found + [f"{name} is not copied, and the package needs it" for name in needed - copied]


def _asked(final: list[tuple[str, str]], port: str) -> list[str]:
    health = [rest for name, rest in final if name == "HEALTHCHECK"]
    if not health or f"127.0.0.1:{port}/healthz" not in health[0]:
        return ["no look at /healthz"]
    return [] if ("EXPOSE", port) in final else ["another port is shown than listened on"]


def test_the_image_is_built_from_what_there_is_and_runs_as_nobody_in_particular() -> None:
    assert faults_of_image((CONTAINER / "Containerfile").read_text()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FROM python:3.11-slim-bookworm\n", "FROM python\n"),
        ("FROM python:3.11-slim-bookworm\n", "FROM python:latest\n"),
        ("USER 10001:10001\n", ""),
        ("USER 10001:10001", "USER 0:0"),
        ("/healthz", "/"),
        ("CANDOUR_PORT=8321", "CANDOUR_PORT=8322"),
        ("CANDOUR_LISTEN=", "CANDOUR_SECRET_KEY="),
        ("CANDOUR_LISTEN=", "CANDOUR_HOST="),
        ("COPY requirements.txt", "COPY requirement.txt"),
        ("README.md LICENSE", "LICENSE"),
        ("--from=build", "--from=made"),
        ('CMD ["run"', 'CMD ["serve"'),
        ("COPY candour candour", "ADD candour candour"),
    ],
)
def test_an_image_that_is_soft_or_wrong_is_noticed(old: str, new: str) -> None:
    text = (CONTAINER / "Containerfile").read_text()
    assert old in text
    assert faults_of_image(text.replace(old, new))


# compose


def parsed(text: str) -> dict[str, object]:
    """The part of YAML that the compose file is written in: mappings by indentation, and lists of words."""
    root: dict[str, object] = {}
    stack: list[tuple[int, object, dict | None, str]] = [(-1, root, None, "")]
    for line in text.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        depth, word = len(line) - len(line.lstrip()), line.strip()
        while depth <= stack[-1][0]:
            stack.pop()
        _depth, here, above, key = stack[-1]
        if word.startswith("- "):
            if not isinstance(here, list):
                here = above[key] = []  # type: ignore[index]
                stack[-1] = (_depth, here, above, key)
            here.append(word[2:])
            continue
        assert isinstance(here, dict) and ":" in word, line
        name, _colon, value = word.partition(":")
        here[name] = {} if value.strip() in ("", "{}") else value.strip().strip('"')
        if not value.strip():
            stack.append((depth, here[name], here, name))
    return root


def test_compose_gives_secrets_as_files_and_opens_one_port_to_this_machine() -> None:
    told = parsed((CONTAINER / "compose.yaml").read_text())
    ours, theirs = told["services"]["candour"], told["services"]["database"]
    assert ours["environment"].keys() <= settings_known()
    for service in (ours, theirs):
        inside = {value.removeprefix("/run/secrets/") for value in service["environment"].values() if value.startswith("/run/secrets/")}
        assert inside == set(service["secrets"])
        assert [name for name, value in service["environment"].items() if SECRET.search(name) and not name.endswith("_FILE")] == []
    assert set(ours["secrets"]) | set(theirs["secrets"]) == set(told["secrets"])
    assert [one for one in told["secrets"].values() if not one["file"].startswith("./secrets/")] == []
    assert "/deploy/container/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    assert (ours["read_only"], ours["cap_drop"], ours["security_opt"]) == ("true", ["ALL"], ["no-new-privileges:true"])
    assert ours["ports"] == ["127.0.0.1:8321:8321"]
    assert ours["volumes"] == ["data:/var/lib/candour"]
    assert (CONTAINER / ours["build"]["context"] / ours["build"]["dockerfile"]).resolve() == CONTAINER / "Containerfile"
    assert 10000 * int(re.match(r"postgres:(\d+)-", theirs["image"])[1]) >= database_checks.OLDEST


# the address inside a container


@pytest.mark.slow
def test_another_address_is_listened_on_when_it_is_set(start: Callable[..., Running], folder: Path) -> None:
    port = free_port()
    candour = start(folder / "data", port, CANDOUR_LISTEN="127.0.0.2")
    candour.wait_for(f"answers at http://127.0.0.2:{port}/")
    assert listening(port) == {"127.0.0.2"}
    assert candour.stop() == 0


def listening(port: int) -> set[str]:
    """The addresses on which this machine listens on a port."""
    return {address for address, number in _sockets() if number == port}


def _sockets() -> Iterator[tuple[str, int]]:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        local, state = line.split()[1], line.split()[3]
        if state == "0A":
            address, number = local.split(":")
            yield ".".join(str(byte) for byte in reversed(bytes.fromhex(address))), int(number, 16)
