"""Destroying a key makes its words unreadable at once, in every process; changed or exchanged bytes are refused."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.core.vault import KeyGone, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    kept = Vault(tmp_path / "vault")
    kept.ensure("case-1")
    return kept


@given(st.text(st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_what_was_closed_opens_again(vault: Vault, text: str) -> None:
    sealed = vault.close("case-1", text)
    assert vault.open("case-1", sealed) == text
    assert vault.open("case-1", memoryview(sealed)) == text  # as it comes from the database


def test_many_are_closed_at_once_each_with_a_nonce_of_its_own(vault: Vault) -> None:
    texts = ["Anna", "", "Anna", "Grüße 🤢"]
    sealed = vault.close_all("case-1", texts)
    assert [vault.open("case-1", one) for one in sealed] == texts
    assert len({one[:12] for one in sealed}) == len(texts)
    vault.destroy("case-1")
    with pytest.raises(KeyGone):
        vault.close_all("case-1", texts)
    assert vault.close_all("case-1", []) == []


def test_the_same_words_never_look_the_same(vault: Vault) -> None:
    assert vault.close("case-1", "Übelkeit") != vault.close("case-1", "Übelkeit")


def test_words_are_not_found_in_the_bytes(vault: Vault) -> None:
    assert b"belkeit" not in vault.close("case-1", "Übelkeit")


def test_a_destroyed_key_opens_nothing_in_any_process(vault: Vault) -> None:
    other_process = Vault(vault.folder)
    sealed = vault.close("case-1", "words")
    assert other_process.open("case-1", sealed) == "words"
    assert vault.destroy("case-1") is True
    for process in (vault, other_process, Vault(vault.folder)):
        with pytest.raises(KeyGone, match="case-1"):
            process.open("case-1", sealed)


def test_a_new_key_of_the_same_name_does_not_bring_the_words_back(vault: Vault) -> None:
    sealed = vault.close("case-1", "words")
    vault.destroy("case-1")
    vault.ensure("case-1")
    with pytest.raises(ValueError):
        vault.open("case-1", sealed)


def test_another_process_learns_of_a_key_that_was_destroyed_and_made_again(vault: Vault) -> None:
    other_process = Vault(vault.folder)
    sealed = vault.close("case-1", "words")
    other_process.open("case-1", sealed)
    vault.destroy("case-1")
    with pytest.raises(KeyGone):
        other_process.open("case-1", sealed)
    vault.ensure("case-1")
    assert other_process.open("case-1", vault.close("case-1", "new words")) == "new words"


def test_destroying_what_is_not_there_says_so(vault: Vault) -> None:
    assert vault.destroy("case-2") is False


def test_no_key_is_made_by_using_it(vault: Vault) -> None:
    with pytest.raises(KeyGone):
        vault.close("case-2", "words")
    assert [path.name for path in vault.folder.rglob("*.key")] == ["case-1.key"]


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_changed_bytes_are_refused(vault: Vault, place: int) -> None:
    sealed = bytearray(vault.close("case-1", "words"))
    sealed[place] ^= 1
    with pytest.raises(ValueError, match="were changed"):
        vault.open("case-1", bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"short", b"\x00" * 12])
def test_bytes_that_were_never_sealed_are_refused(vault: Vault, sealed: bytes) -> None:
    with pytest.raises(ValueError):
        vault.open("case-1", sealed)


def test_words_of_one_case_do_not_open_under_the_key_file_of_another(vault: Vault) -> None:
    """The key's name is bound data: a copied key file with another name is no way round."""
    sealed = vault.close("case-1", "words")
    source, target = vault._path("case-1"), vault._path("case-2")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(source.read_bytes())
    with pytest.raises(ValueError):
        vault.open("case-2", sealed)


@pytest.mark.parametrize("name", ["", "ab", "../secret", "Case-1", "a" * 70, "case/1", "-case", "case 1", "case-1\n"])
def test_a_name_that_could_leave_the_folder_is_refused(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="is not a key name"):
        vault.ensure(name)


def test_keys_are_private_files(vault: Vault) -> None:
    (key,) = vault.folder.rglob("*.key")
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.parent.stat().st_mode & 0o077 == 0


def test_of_two_processes_that_make_a_key_one_wins(tmp_path: Path) -> None:
    vaults = [Vault(tmp_path) for _ in range(8)]
    start = threading.Barrier(len(vaults))

    def make(vault: Vault) -> None:
        start.wait()
        vault.ensure("case-9")

    threads = [threading.Thread(target=make, args=(vault,)) for vault in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed = vaults[0].close("case-9", "words")
    assert {vault.open("case-9", sealed) for vault in vaults} == {"words"}
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
