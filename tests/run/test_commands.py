"""The command line's manners: quick to start, an example in every help, one sentence for every mistake."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from openpyxl import load_workbook

from candour.packs.loader import shipped_markets
from candour.project import cli
from candour.screening.figures import FIGURES

ASK_FOR_DJANGO = "import sys; from candour.project import cli; code = cli.outcome(['--help']); sys.exit(code or 'django' in sys.modules)"


def all_commands(command: click.Command = cli.cli, path: str = "candour") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from all_commands(command.get_command(context, name), f"{path} {name}")


def test_help_comes_without_loading_django() -> None:
    done = subprocess.run([sys.executable, "-c", ASK_FOR_DJANGO], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "run" in done.stdout


@pytest.mark.parametrize(("path", "command"), [pytest.param(path, command, id=path) for path, command in all_commands()])
def test_every_help_has_an_example_that_begins_with_candour(path: str, command: click.Command) -> None:
    help_page = command.get_help(click.Context(command, info_name=path))
    example = help_page.partition("Example:")[2]
    assert path in example


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "No such command 'nothing'. See `candour --help`."),
        (["run", "--port", "70000"], "Invalid value for '--port': 70000 is not in the range 0<=x<=65535. See `candour run --help`."),
        (
            ["doctor", "--data", "/nowhere"],
            "There is no data folder /nowhere: start Candour once with `candour run`, or name yours with --data.",
        ),
        (["screen", "/nowhere", "-o", "x"], "Invalid value for 'IN.jsonl': Path '/nowhere' does not exist. See `candour screen --help`."),
        (
            ["packs", "show", "atlantis"],
            f"There is no pack for the market 'atlantis': correct it or choose one of {', '.join(shipped_markets())}.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.outcome(arguments) == 2
    assert capsys.readouterr().err == f"{sentence}\n"


def test_an_output_that_can_not_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_text("")
    assert cli.outcome(["check", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "no" / "out.jsonl")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "no") in line
    assert line.endswith("correct the name or its rights.")


def test_screen_and_check_answer_line_by_line(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "This pill gave me a rash.", "post_text": "Our pill. Ask your doctor.", "market": "us"}]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for command, word in (("screen", "duties"), ("check", "verdict")):
        assert cli.outcome([command, str(tmp_path / "in.jsonl"), "-o", str(tmp_path / command)]) == 0
        [answer] = map(json.loads, (tmp_path / command).read_text().splitlines())
        assert answer["id"] == "1"
        assert word in answer


def test_the_shipped_packs_prove_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.outcome(["packs", "test"]) == 0
    assert capsys.readouterr().out.endswith(" 0 wrong\n")


def test_our_own_rules_are_listed_shown_and_proven(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "packs").mkdir()
    text = 'market = "us"\ntitle = "House"\n[[change]]\nrule = "US-03-INDICATION"\nreason = "We block it"\nseverity = "B"\n'
    (tmp_path / "packs" / "house.toml").write_text(text)
    assert cli.outcome(["packs", "list", "--data", str(tmp_path), "--json"]) == 0
    assert {row["id"]: row["own"] for row in json.loads(capsys.readouterr().out)}["us"] == 1
    assert cli.outcome(["packs", "show", "us", "US-03", "--data", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("US-03-INDICATION asks:") and "It blocks" in told and "house: We block it" in told
    assert cli.outcome(["packs", "test", "us", "--data", str(tmp_path)]) == 0
    capsys.readouterr()
    (tmp_path / "packs" / "house.toml").write_text(text.replace("US-03-INDICATION", "US-03-GONE"))
    assert cli.outcome(["packs", "test", "us", "--data", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "house changes the rule US-03-GONE" in line


def test_rules_go_out_to_a_workbook_and_come_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, data = tmp_path / "rules.xlsx", ["--data", str(tmp_path)]
    assert cli.outcome(["packs", "export", "us", "-o", str(book), *data]) == 0
    workbook = load_workbook(book)
    row = next(row for row in workbook["rules"].iter_rows() if row[0].value == "US-03-INDICATION")
    row[2].value, row[8].value = "L", ""
    workbook.save(book)
    assert cli.outcome(["packs", "import", str(book), *data]) == 1
    assert "changed without a reason" in capsys.readouterr().out
    row[8].value = "Weighed by legal"
    workbook.save(book)
    assert cli.outcome(["packs", "import", str(book), "--dry-run", *data]) == 0
    told = capsys.readouterr()
    assert "US-03-INDICATION  WEIGHS LESS  (Weighed by legal)" in told.out and told.err == "Nothing was written.\n"
    assert not (tmp_path / "packs").exists()
    assert cli.outcome(["packs", "import", str(book), *data]) == 0
    assert "packs/us-sheet.toml is written" in capsys.readouterr().err
    assert cli.outcome(["packs", "show", "us", "US-03", *data]) == 0
    assert "It is advice" in capsys.readouterr().out
    book.write_bytes(b"no workbook")
    assert cli.outcome(["packs", "import", str(book), *data]) == 2
    assert "no XLSX workbook" in capsys.readouterr().err


def test_the_figures_of_a_language_are_printed_for_people_and_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.outcome(["packs", "test", "nl", "--languages", "--wrong"]) == 0
    table = capsys.readouterr().out
    assert "Nederlands (basic)" in table and "few posts" in table and re.search(r"1 languages, \d+ posts, 0 wrong", table)
    assert "new posts do worse" in table
    assert cli.outcome(["packs", "test", "pl", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "rules" not in told and set(told["screening"]["languages"]) == {"pl"}
    event = told["screening"]["languages"]["pl"]["duties"]["AE"]
    assert event["owed"] == event["hit"] + event["missed"] and 0 < event["recall"]["low"] <= event["recall"]["value"]
    assert set(told["screening"]["duties"]) == set(told["screening"]["languages"]["pl"]["duties"])


def test_an_id_that_is_market_and_language_tests_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.outcome(["packs", "test", "fr", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rules"]["packs"] == 1 and set(told["screening"]["languages"]) == {"fr"}
    assert cli.outcome(["packs", "test", "fr", "--rules", "--json"]) == 0
    assert "screening" not in json.loads(capsys.readouterr().out)


def test_posts_that_come_out_wrong_are_named_and_the_answer_is_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    posts = tmp_path / "posts.jsonl"
    posts.write_text('{"text": "Sunny today", "lang": "en", "duties": ["AE"]}\n', encoding="utf-8")
    assert cli.outcome(["packs", "test", "--posts", str(posts), "--wrong"]) == 1
    out = capsys.readouterr().out
    assert "en: found nothing, owed AE: Sunny today" in out and "new posts do worse" not in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["de", "--write"], "Give --write alone"),
        (["--rules", "--write"], "Give --write alone"),
        (["--keep-as", "Blind"], "Name the posts with --posts"),
        (["us", "--languages"], "us has no pack"),
    ],
)
def test_figures_are_only_kept_of_what_they_say(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = FIGURES.read_bytes()
    assert cli.outcome(["packs", "test", *arguments]) == 2
    assert says in capsys.readouterr().err and FIGURES.read_bytes() == before


def test_screen_explain_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "1", "text": "No nausea, all fine", "lang": "en"}\nbroken\n', encoding="utf-8")
    assert cli.outcome(["screen", str(source), "-o", str(target), "--explain"]) == 0
    assert "1 of 2 posts screened" in capsys.readouterr().err
    first, second = (json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    assert first["explained"]["near_misses"][0]["held_back"][0]["says"] == "denied"
    assert "error" in second and "explained" not in second
