"""A company's own rules: read from a folder, laid over what is shipped, and a fault is told, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from candour.core.terms import Severity
from candour.packs.loader import PackError, load_bundle, load_market, overlays_in, shipped_markets, without_overlays
from candour.packs.ours import MOST_BYTES, OverlayError, company_pack, faults, overlays_in_folder

HEAD = 'market = "de"\ntitle = "Hollinqvist house rules"\n'
STRICTER = HEAD + '[[change]]\nrule = "DE-09-FEAR-CHILD-PRIZE"\nreason = "We block it"\nseverity = "B"\nsuggestion = "Ask Lena first."\n'


def keep(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_no_folder_and_an_empty_one_change_nothing(tmp_path: Path) -> None:
    assert company_pack("de", tmp_path / "packs") is load_market("de")
    assert company_pack("de", tmp_path) is load_market("de")
    assert faults(tmp_path / "packs", shipped_markets()) == ()


def test_a_file_changes_its_own_market_only(tmp_path: Path) -> None:
    pack = company_pack("de", keep(tmp_path, "house.toml", STRICTER))
    rule = pack.by_id["DE-09-FEAR-CHILD-PRIZE"]
    assert (rule.severity, rule.changed) == (Severity.BLOCK, "house: We block it")
    assert {rule.suggestion(language) for language in rule.words} == {"Ask Lena first."}
    assert company_pack("us", tmp_path) is load_market("us")
    assert list(overlays_in(pack)) == ["house"] and load_bundle(pack.bundle).digest == pack.digest
    assert without_overlays(pack).digest == load_market("de").digest


def test_a_suggestion_may_be_said_in_each_language(tmp_path: Path) -> None:
    text = STRICTER + 'suggestions = { de = "Zuerst Lena fragen." }\n'
    rule = company_pack("de", keep(tmp_path, "house.toml", text)).by_id["DE-09-FEAR-CHILD-PRIZE"]
    assert (rule.suggestion("de"), rule.suggestion("en")) == ("Zuerst Lena fragen.", "Ask Lena first.")
    assert rule.asks("de") == load_market("de").by_id[rule.id].asks("de")


def test_files_apply_by_name_and_the_workbook_last(tmp_path: Path) -> None:
    keep(tmp_path, "a.toml", STRICTER)
    keep(tmp_path, "de-sheet.toml", STRICTER.replace('"B"', '"L"'))
    keep(tmp_path, "z.toml", STRICTER.replace('"B"', '"M"'))
    assert [one.name for one in overlays_in_folder(tmp_path)] == ["a", "z", "de-sheet"]
    assert company_pack("de", tmp_path).by_id["DE-09-FEAR-CHILD-PRIZE"].severity is Severity.ADVICE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "[[change\n", "packs/house.toml is not valid TOML"),
        (b"\xff\xfe" + HEAD.encode(), "packs/house.toml is not UTF-8"),
        (HEAD + "surprise = 1\n", "packs/house.toml: surprise"),
        (HEAD + '[[retire]]\nrule = "DE-99-GONE"\nreason = "gone"\n', "house changes the rule DE-99-GONE"),
        (HEAD + '[[change]]\nrule = "DE-01-RX"\nreason = "no idea"\n', "nothing says how"),
        (HEAD + "[params]\nfamous_folowers = 10\n", "'famous_folowers', which no rule"),
        (HEAD + '[params]\nfamous_followers = "many"\n', "it is a number"),
        (HEAD + '[[change]]\nrule = "DE-01-RX"\nreason = "less"\nparams = { fold_characters = true }\n', "it is a number"),
    ],
)
def test_a_faulty_file_is_told_in_one_sentence(tmp_path: Path, text: str | bytes, says: str) -> None:
    keep(tmp_path, "house.toml", text)
    with pytest.raises(OverlayError, match=says.replace(".", r"\.")):
        company_pack("de", tmp_path)
    [told] = faults(tmp_path, shipped_markets())
    assert says in told and "\n" not in told and "overlays/" not in told


def test_a_file_that_can_not_be_read_at_all_stops_every_proposal(tmp_path: Path) -> None:
    """Whose rules it changes can't be known, so none may be signed as if it were not there."""
    keep(tmp_path, "house.toml", "[[")
    for market in ("de", "us"):
        with pytest.raises(OverlayError):
            company_pack(market, tmp_path)
    keep(tmp_path, "house.toml", 'market = "de"\n[[')
    assert company_pack("us", tmp_path) is load_market("us")


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("in the way")
    assert "can't be read" in faults(tmp_path / "packs", shipped_markets())[0]
    with pytest.raises(OverlayError, match="can't be read"):
        company_pack("de", tmp_path / "packs")


def test_names_sizes_and_markets_are_looked_at(tmp_path: Path) -> None:
    keep(tmp_path, "My Rules.toml", STRICTER)
    keep(tmp_path, "large.toml", b"#" * (MOST_BYTES + 1))
    keep(tmp_path, "mars.toml", 'market = "mars"\ntitle = "Mars"\n')
    told = " ".join(faults(tmp_path, shipped_markets()))
    assert "My Rules.toml: name the file" in told and "large.toml is larger" in told and "'mars', which has no pack" in told
    with pytest.raises(PackError):
        company_pack("de", tmp_path)


def test_notes_and_voices_beside_the_files_are_left_alone(tmp_path: Path) -> None:
    keep(tmp_path, "README.md", "Our rules")
    (tmp_path / "voice").mkdir()
    assert overlays_in_folder(tmp_path) == ()
