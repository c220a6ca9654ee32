"""The documents speak of what is there: commands, settings, channels, elements, decisions, and links that lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from candour.channels.catalogue import kinds, settings_of
from candour.project import cli
from candour.project.demo.people import PEOPLE

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
ADRS = sorted((DOCS / "decisions").glob("*.md"))
#: Files whose variables a person may set.
READERS = (
    "candour/project/settings.py",
    "candour/project/supervisor.py",
    "candour/flows/doors.py",
    "candour/project/postgres.py",
    "candour/project/postgres_home.py",
)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands_of(page: str) -> set[str]:
    """Targets of `make` in a page's code."""
    code = re.findall(r"```sh.*?```|`[^`]+`", page, re.DOTALL)
    return set(re.findall(r"\bmake ([a-z][a-z-]*)\b", " ".join(code)))


def test_the_readme_names_the_two_commands() -> None:
    assert {"run", "test"} <= commands_of(text("README.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_named_in_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))
    assert commands_of(page.read_text(encoding="utf-8")) - targets == set()


def test_the_readme_introduces_everybody_of_the_demo() -> None:
    readme = text("README.md")
    assert [role.name for role in PEOPLE if role.name not in readme] == []


def variables_read(source: str) -> set[str]:
    """Names given as literals to a reader of the environment: env.str("X"), environ.get("X"), secret("X"), "CANDOUR_X" + more."""
    strings = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {name for name in strings if re.fullmatch(r"(CANDOUR_[A-Z_]+|DATABASE_URL(_FILE)?)", name)}


def test_variables_are_found_in_code() -> None:
    assert variables_read('env.str("CANDOUR_A", ""); os.environ.get("DATABASE_URL"); print("CANDOUR")') == {"CANDOUR_A", "DATABASE_URL"}


@pytest.mark.parametrize("source", READERS)
def test_every_setting_is_documented(source: str) -> None:
    page = text("docs/settings.md")
    documented = set(re.findall(r"`((?:CANDOUR|DATABASE)_[A-Z_]+)(?:<[A-Z]+>)?`", page))
    assert variables_read(text(source)) - documented == set()


def test_no_documented_setting_is_unknown_to_the_code() -> None:
    named = set(re.findall(r"CANDOUR_[A-Z_]+[A-Z]", text("docs/settings.md")))
    code = "".join(path.read_text(encoding="utf-8") for folder in ("candour", "tools", "tests") for path in (ROOT / folder).rglob("*.py"))
    assert [
        name for name in sorted(named) if name not in code and not name.startswith(("CANDOUR_SECRET", "CANDOUR_HANDLE", "CANDOUR_SERVICE"))
    ] == []


@pytest.mark.parametrize("kind", kinds())
def test_every_channel_has_a_section_with_its_settings(kind: str) -> None:
    section = re.search(rf"^## {kind}$(.*?)(?=^## |\Z)", text("docs/channels.md"), re.MULTILINE | re.DOTALL)
    assert section is not None
    assert [field for field in settings_of(kind).__dataclass_fields__ if f"`{field}`" not in section[1]] == []


@pytest.mark.parametrize("element", sorted((ROOT / "candour/web/static/candour/elements").glob("*.js")), ids=lambda path: path.stem)
def test_every_custom_element_is_listed(element: Path) -> None:
    assert element.stem in text("docs/elements.md")


@pytest.mark.parametrize("page", ADRS, ids=lambda page: page.stem)
def test_every_decision_says_context_decision_and_price(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {page.name[:4]} ")
    assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Price paid"]


def test_decisions_are_numbered_without_holes() -> None:
    assert [int(page.name[:4]) for page in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Pictures come from the browser lane and are proven there."""
    inside = [
        target for picture, target in LINK.findall(page.read_text(encoding="utf-8")) if not picture and not re.match(r"\w+:|#", target)
    ]
    assert [target for target in inside if not (page.parent / target.partition("#")[0]).exists()] == []


def test_every_change_has_a_kind() -> None:
    kind = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md|README\.md")
    assert [path.name for path in (ROOT / "changelog.d").iterdir() if not kind.fullmatch(path.name)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_a_page_tells_to_type_exists(page: Path) -> None:
    typed = re.findall(r"\.venv/bin/candour ([a-z]+)(?: ([a-z]+))?", page.read_text(encoding="utf-8"))
    assert [name for name, _more in typed if name not in cli.COMMANDS] == []
