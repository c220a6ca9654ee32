"""Files come in: counts add up, a second time changes nothing, and an import cut off anywhere is finished by the next."""

from __future__ import annotations

import json
from pathlib import Path

import factories
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candour.channels.base import ChannelError
from candour.channels.file_import import ImportProfile
from candour.core.rights import Function
from candour.flows import account_rows, imports
from candour.flows.answers import Refusal
from candour.flows.import_profiles import profile_names, profile_of, save_profile
from candour.journal.models import Entry
from candour.listening.models import Intake, Post, PostVersion, Source
from candour.people.actions import add_machine
from candour.people.models import User
from candour.project.commands import import_file as command
from candour.project.imports import Order, import_file
from candour.registry.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ground(tmp_path: Path, settings) -> None:
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    factories.installation()
    factories.company()
    factories.market("de")


@pytest.fixture
def lead() -> User:
    return factories.person("Lena Osterkamp", Function.COE_LEAD)


def posts_file(folder: Path, count: int, **changed: str) -> Path:
    file = folder / "posts.jsonl"
    lines = [json.dumps({"id": f"p{n}", "text": changed.get(f"p{n}", f"Quiet word number {n}"), "lang": "en"}) for n in range(count)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def table_file(folder: Path, text: str, name: str = "accounts.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def take(by: User, file: Path, **more: object) -> imports.Step:
    source = imports.file_source(by, "de", file.stem, factories.now())
    return imports.take_posts(by, file, source, factories.now(), name=file.name, **more)


class TestPosts:
    def test_counts_add_up_and_a_second_time_changes_nothing(self, tmp_path: Path, lead: User) -> None:
        file = posts_file(tmp_path, 7)
        file.write_text(file.read_text() + "not json\n" + '{"id": "empty"}\n')
        step = take(lead, file)
        assert (step.done, step.stored, step.known, step.refused, step.ended) == (9, 7, 0, 2, True)
        again = take(lead, file)
        assert (again.stored, again.known, again.refused) == (0, 7, 2)
        assert Post.objects.count() == PostVersion.objects.count() == 7

    def test_each_batch_leaves_one_entry_with_its_root(self, tmp_path: Path, lead: User) -> None:
        take(lead, posts_file(tmp_path, 7), size=3)
        written = Entry.objects.filter(subject="listening_intake", op="I")
        assert [json.loads(entry.new)["heard"] for entry in written.order_by("id")] == [3, 3, 1]
        assert all(len(json.loads(entry.new)["root"]) == 64 for entry in written)

    def test_an_import_cut_off_is_finished_by_the_next(self, tmp_path: Path, lead: User) -> None:
        file = posts_file(tmp_path, 10)
        cut = take(lead, file, size=4, steps=1)
        assert (cut.done, cut.ended) == (4, False)
        rest = take(lead, file, size=4, after=cut.done)
        assert (rest.done, rest.ended, Post.objects.count()) == (10, True, 10)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(places=st.lists(st.integers(0, 9), max_size=3), size=st.integers(1, 6))
    def test_from_any_place_any_number_of_times(self, tmp_path: Path, lead: User, places: list[int], size: int) -> None:
        file = posts_file(tmp_path, 9)
        for place in [*places, 0]:
            take(lead, file, after=place, size=size)
        assert Post.objects.count() == 9

    def test_the_preview_writes_nothing_and_tells_what_the_import_does(self, tmp_path: Path, lead: User) -> None:
        take(lead, posts_file(tmp_path, 3))
        file, before = posts_file(tmp_path, 5, p1="Another wording"), Entry.objects.count()
        file.write_text(file.read_text() + '{"id": "p4", "text": "again"}\n{broken\n')
        preview = imports.preview_posts(file, "de", file.stem, factories.now())
        assert preview.counts == {"new": 2, "same": 2, "changed": 2, "refused": 1} and preview.total == 7
        assert [row.line for row in preview.rows if row.status == "refused"] == [7]
        assert Entry.objects.count() == before and Post.objects.count() == 3
        step = take(lead, file)
        assert (step.stored, step.known, step.refused) == (4, 2, 1)

    def test_two_origins_do_not_meet_by_the_same_ids(self, tmp_path: Path, lead: User) -> None:
        one = posts_file(tmp_path, 2)
        other = one.rename(tmp_path / "other.jsonl")
        take(lead, posts_file(tmp_path, 2))
        take(lead, other)
        assert Post.objects.count() == 4 and Source.objects.filter(kind="file").count() == 2

    def test_a_file_source_is_never_overdue(self, lead: User) -> None:
        assert imports.file_source(lead, "de", "x", factories.now()).expected_minutes == 0

    def test_who_may_not_import_changes_nothing(self, tmp_path: Path) -> None:
        auditor, before = factories.person("Aude Lemaire", Function.AUDITOR), Entry.objects.count()
        with pytest.raises(Refusal):
            take(auditor, posts_file(tmp_path, 2))
        assert Source.objects.count() == Post.objects.count() == 0 and Entry.objects.count() == before


class TestAccounts:
    HEADER = "Platform;Account;Country;Purpose;Owner e-mail\n"

    def judged(self, by: User, file: Path) -> imports.Preview:
        return account_rows.preview_accounts(by, account_rows.read_table(file), factories.now())

    def taken(self, by: User, file: Path) -> imports.Preview:
        return account_rows.take_accounts(by, account_rows.read_table(file), factories.now(), name=file.name)

    def test_headers_are_found_by_their_words(self, tmp_path: Path) -> None:
        table = account_rows.read_table(table_file(tmp_path, self.HEADER + "Bluesky;@a.example;DE;news;\n"))
        assert table.columns == {
            "network": "Platform", "handle": "Account", "market": "Country", "purpose": "Purpose", "owner": "Owner e-mail"
        }  # fmt: skip

    def test_new_same_changed_refused_add_up_and_a_second_time_is_all_same(self, tmp_path: Path, lead: User) -> None:
        factories.account(key="a", network="bluesky", handle="a.example")
        file = table_file(
            tmp_path,
            self.HEADER
            + f"bluesky;A.example;de;changed purpose;{lead.email}\n"
            + "bluesky;b.example;de;new one;\n"
            + "bluesky;@B.EXAMPLE;de;twice;\n"
            + "bluesky;c.example;zz;no such market;\n"
            + "bluesky;d.example;de;unknown owner;nobody@x.example\n"
            + "bluesky;too few\n",
        )
        judged = self.judged(lead, file)
        assert judged.counts == {"new": 1, "same": 0, "changed": 1, "refused": 4} and judged.total == 6
        assert [(row.line, row.status) for row in judged.rows][2:] == [(4, "refused"), (5, "refused"), (6, "refused"), (7, "refused")]
        assert "Line 3" in judged.rows[2].why and "ZZ" in judged.rows[3].why and "nobody@x.example" in judged.rows[4].why
        assert self.taken(lead, file).counts == judged.counts and Account.objects.count() == 2
        before = Entry.objects.filter(subject="registry_account").count()
        again = self.taken(lead, file)
        assert again.counts == {"new": 0, "same": 2, "changed": 0, "refused": 4}
        assert Entry.objects.filter(subject="registry_account").count() == before

    def test_changes_say_from_what_to_what(self, tmp_path: Path, lead: User) -> None:
        factories.account(key="a", network="bluesky", handle="a.example")
        row = self.judged(lead, table_file(tmp_path, self.HEADER + f"bluesky;a.example;de;reads;{lead.email}\n")).rows[0]
        assert ("Purpose", "–", "reads") in row.changes and ("Owner", "Fenna Oldenkott", "Lena Osterkamp") in row.changes

    def test_empty_cells_change_nothing(self, tmp_path: Path, lead: User) -> None:
        account = factories.account(key="a", network="bluesky", handle="a.example")
        self.taken(lead, table_file(tmp_path, self.HEADER + "bluesky;a.example;de;;\n"))
        account.refresh_from_db()
        assert account.owner == factories.founder()

    def test_formula_cells_stay_words(self, tmp_path: Path, lead: User) -> None:
        cells = '=HYPERLINK("http://x")', "+49 30", "-1", "@SUM(A1)", "'=kept back"
        quoted = [cell.replace('"', '""') for cell in cells]
        lines = "".join(f'bluesky;h{n}.example;de;"{cell}";\n' for n, cell in enumerate(quoted))
        self.taken(lead, table_file(tmp_path, self.HEADER + lines))
        stored = list(Account.objects.order_by("handle").values_list("purpose", flat=True))
        assert stored == [*cells[:4], "=kept back"]

    def test_rows_of_a_market_that_is_not_mine_are_refused(self, tmp_path: Path) -> None:
        factories.market("fr", "France", "Europe/Paris")
        german = factories.person("Jan Keller", Function.COUNTRY_LEAD, markets=("de",))
        theirs = factories.account(key="t", network="bluesky", handle="t.example", market_code="fr")
        file = table_file(tmp_path, self.HEADER + "bluesky;n.example;fr;x;\nbluesky;t.example;de;taken away;\nbluesky;ok.example;de;x;\n")
        assert [row.status for row in self.taken(german, file).rows] == ["refused", "refused", "new"]
        theirs.refresh_from_db()
        assert theirs.market == "fr" and theirs.purpose == ""

    def test_a_fault_in_the_middle_writes_nothing(self, tmp_path: Path, lead: User, monkeypatch: pytest.MonkeyPatch) -> None:
        file = table_file(tmp_path, self.HEADER + "bluesky;a.example;de;x;\nbluesky;b.example;de;x;\n")
        write, before = account_rows._write, Entry.objects.count()

        def fake_write(judged: account_rows.Judged, now: object) -> None:
            if "b.example" in judged.row.title:
                raise RuntimeError("the machine fell over")
            write(judged, now)

        monkeypatch.setattr(account_rows, "_write", fake_write)
        with pytest.raises(RuntimeError):
            self.taken(lead, file)
        assert Account.objects.count() == 0 and Entry.objects.count() == before

    def test_one_entry_names_the_file_its_counts_and_root(self, tmp_path: Path, lead: User) -> None:
        self.taken(lead, table_file(tmp_path, self.HEADER + "bluesky;a.example;de;x;\n"))
        entry = Entry.objects.get(subject="registry_import")
        assert entry.act == "registry.import_accounts" and "1 new" in entry.new and "accounts.csv" in entry.new and "root " in entry.new

    def test_nul_bytes_other_encodings_and_json_lines(self, tmp_path: Path, lead: User) -> None:
        file = tmp_path / "wide.csv"
        file.write_bytes((self.HEADER + "bluesky;ä\x00b.example;de;Grüße;\n").encode("utf-16"))
        lines = table_file(tmp_path, '{"network": "x", "handle": "j.example", "market": "de"}\n[1]\n', "a.jsonl")
        assert [row.status for row in self.taken(lead, file).rows] == ["new"]
        assert [row.status for row in self.taken(lead, lines).rows] == ["new", "refused"]
        assert Account.objects.get(handle="äb.example").purpose == "Grüße"

    @pytest.mark.parametrize("text", ["", "   \n"])
    def test_an_empty_file_says_so(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ChannelError, match="could not be read"):
            account_rows.read_table(table_file(tmp_path, text))

    def test_a_missing_column_is_named_and_nothing_is_written(self, tmp_path: Path, lead: User) -> None:
        file = table_file(tmp_path, "handle,market\na.example,de\n")
        with pytest.raises(Refusal, match="no column for Network"):
            self.taken(lead, file)
        assert Account.objects.count() == 0


def test_a_saved_profile_comes_back_and_an_unknown_one_lists_the_known() -> None:
    profile = ImportProfile(name="Meta 2026", columns={"text": "Post Message"})
    save_profile("Meta 2026", profile)
    assert profile_of("Meta 2026") == profile and profile_names() == ["Meta 2026"] and profile_of("") is None
    with pytest.raises(Refusal, match="Meta 2026"):
        profile_of("LinkedIn")


class TestCommand:
    @pytest.fixture(autouse=True)
    def machines(self) -> None:
        from candour.journal.acting import acting

        with acting(factories.founder(), "test"):
            add_machine("listener", Function.LISTENER, factories.now())

    def test_posts_twice(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        file = posts_file(tmp_path, 4)
        assert import_file(Order(file, "posts", dry_run=True)) == 0 and Post.objects.count() == 0
        assert import_file(Order(file, "posts")) == 0 and Post.objects.count() == 4
        assert import_file(Order(file, "posts")) == 0
        out = capsys.readouterr().out.splitlines()
        assert [line.split(":")[1][:6] for line in out] == [" 4 new", " 4 new", " 0 new"] and "4 would be written" in out[0]
        assert Intake.objects.count() == 1

    def test_accounts_need_a_named_person(self, tmp_path: Path, lead: User) -> None:
        file = table_file(tmp_path, TestAccounts.HEADER + "bluesky;a.example;de;x;\n")
        with pytest.raises(Exception, match="--by"):
            import_file(Order(file, "accounts"))
        assert Account.objects.count() == 0
        assert import_file(Order(file, "accounts", by=lead.email)) == 0 and Account.objects.count() == 1

    def test_all_refused_is_a_no(self, tmp_path: Path, lead: User, capsys: pytest.CaptureFixture[str]) -> None:
        file = table_file(tmp_path, TestAccounts.HEADER + "bluesky;a.example;zz;x;\n")
        assert import_file(Order(file, "accounts", by=lead.email)) == 1
        assert "line 2: The market ZZ" in capsys.readouterr().err

    @pytest.mark.parametrize("kind", ["contacts", "activities"])
    def test_what_is_not_there_yet_says_so(self, tmp_path: Path, kind: str) -> None:
        with pytest.raises(Exception, match="can't be imported yet"):
            import_file(Order(posts_file(tmp_path, 1), kind))

    def test_help_has_an_example(self) -> None:
        answer = CliRunner().invoke(command.command, ["--help"])
        assert answer.exit_code == 0 and "candour import posts.jsonl --as posts" in answer.output
