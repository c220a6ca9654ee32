"""Screening on a real Apache Spark: a master and two executors in processes of their own, the functions carried over by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from candour.project.bench import sparking
from candour.project.cli import outcome
from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease
from candour.screening.screen_file import screen_file
from candour.screening.spark_job import PostsError, screen_jsonl, screen_parquet
from tests.screening.conftest import PRODUCTS
from tests.screening.test_screen_text import MOTHER

pytestmark = pytest.mark.spark

TEXTS = (
    MOTHER,
    "I got a rash from Zovellark",
    "pen jammed, Larquessa",
    "花粉症がひどい",
    "Danke",
    "Jag har inte sovit sedan i lördags",
    "",
    "😵",
)
#: Enough posts for several tasks, with a few answers each.
POSTS = [{"id": f"p{number}", "text": f"{TEXTS[number % len(TEXTS)]} {number // len(TEXTS)}"} for number in range(400)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cluster of two executors with a core and 1,024 MB each; no task gets a second try."""
    from pyspark.sql import SparkSession

    before = os.environ.get("PYSPARK_PYTHON")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    alone = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    small = {"spark.driver.memory": "1g", "spark.task.maxFailures": "1", "spark.sql.shuffle.partitions": "2"}
    tasks = {"spark.sql.files.maxPartitionBytes": "4k", "spark.sql.files.openCostInBytes": "1k", "spark.ui.showConsoleProgress": "false"}
    folder = {"spark.local.dir": str(tmp_path_factory.mktemp("spark"))}
    quick = {f"spark.{side}.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" for side in ("driver", "executor")}
    spark = SparkSession.builder.master("local-cluster[2,1,1024]").config(map={**alone, **small, **tasks, **folder, **quick}).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    yield spark
    spark.stop()
    if before is None:
        del os.environ["PYSPARK_PYTHON"]
    else:
        os.environ["PYSPARK_PYTHON"] = before


def test_the_file_is_the_same_bytes_as_without_spark_bad_lines_included(cluster: Any, tmp_path: Path) -> None:
    source, here, there = (tmp_path / name for name in ("in.jsonl", "here.jsonl", "there.jsonl"))
    bad = [
        b'{"id": "u", "text": "M\xfcde"}',
        b"",
        b'{"id": "p0", "text": "again"}',
        b'{"text": "no id"}',
        b'{"id": "l", "text": "Danke", "lang": "de-\\ud800"}',
        b'{"id": "cut", "te',
    ]
    source.write_bytes(
        b"\n".join([*(json.dumps(post).encode() for post in POSTS[:200]), *bad, *(json.dumps(p).encode() for p in POSTS[200:])])
    )
    expected = screen_file(source, here, PRODUCTS)
    assert screen_file(source, there, PRODUCTS, engine="spark") == expected
    assert there.read_bytes() == here.read_bytes()
    assert (expected.lines, expected.rejected) == (405, 4)
    source.write_bytes(b"\n")
    assert screen_jsonl(source, there, PRODUCTS.read_bytes()).lines == len(there.read_bytes()) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here.jsonl", "in.jsonl", "there.jsonl"]


def test_posts_in_parquet_get_the_answers_of_this_process(
    cluster: Any, compiled: ScreeningRelease, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    posts = pa.RecordBatch.from_pylist(POSTS)
    pq.write_table(pa.table(posts), tmp_path / "posts.parquet", row_group_size=50)
    asked = ["screen", str(tmp_path / "posts.parquet"), "-o", str(tmp_path / "out"), "--products", str(PRODUCTS)]
    assert outcome(asked) == 2
    assert outcome([*asked, "--engine", "spark"]) == 0
    expected = screen_batch(posts, compiled)
    assert (
        f"400 of 400 posts screened by {compiled.name}; 0 lines refused, {expected['unscreened_language'].true_count} posts"
        in capsys.readouterr().err
    )
    assert outcome([*asked, "--engine", "spark"]) == 2
    assert "does not exist yet" in capsys.readouterr().err
    out = pq.read_table(tmp_path / "out").sort_by("line")
    assert out.select(expected.schema.names).to_pylist() == expected.to_pylist()
    places, told, names = (out[name].to_pylist() for name in ("line", "error", "release"))
    assert (places, set(told), set(names)) == ([*range(1, 401)], {None}, {compiled.name})


def test_a_bad_post_becomes_a_row_and_not_a_failed_job(cluster: Any, tmp_path: Path) -> None:
    broken = pa.array([b"Danke", b"M\xfcde", None, b"Danke", b"Danke", b"Danke", b"again"], pa.binary()).view(pa.string())
    ids = pa.array(["a", "b", "c", None, "", "g", "g"])
    (tmp_path / "posts").mkdir()
    pq.write_table(pa.table({"id": ids, "text": broken}), tmp_path / "posts" / "1.parquet")
    pq.write_table(pa.table({"id": ["a", "b"], "text": ["again", "Danke"]}), tmp_path / "posts" / "2.parquet")
    counts = screen_parquet(tmp_path / "posts", tmp_path / "out", PRODUCTS.read_bytes())
    rows = pq.read_table(tmp_path / "out").sort_by([("file", "ascending"), ("line", "ascending")]).to_pylist()
    assert [(row["file"][-9:], row["line"], row["id"]) for row in rows] == [
        *(("1.parquet", number + 1, key or None) for number, key in enumerate(ids.to_pylist())),
        ("2.parquet", 1, "a"),
        ("2.parquet", 2, "b"),
    ]
    told = ["", "UTF-8: byte 2", "text", "id", "id", "", "own id", "own id", ""]
    assert all(
        (row["error"] is None) if not says else (says in row["error"] and row["lang"] is None) for row, says in zip(rows, told, strict=True)
    )
    assert (counts.lines, counts.screened, counts.rejected) == (9, 3, 6)


def test_each_worker_has_compiled_once_for_all_jobs(cluster: Any) -> None:
    def told(batches: Any) -> Iterator[pa.RecordBatch]:
        import os  # in the worker, as all of this function

        from candour.screening.spark import compiled as release

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"worker": [os.getpid()], "compiled": [release.cache_info().misses]})

    rows = cluster.range(0, 8, 1, 8).mapInArrow(told, "worker bigint, compiled bigint").collect()
    assert {row.compiled for row in rows} == {1}
    assert len({row.worker for row in rows}) == 2


def test_a_frame_without_posts_is_refused_before_anything_runs(cluster: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1.5], "text": ["Danke"]}), tmp_path / "posts.parquet")
    with pytest.raises(PostsError, match="id"):
        screen_parquet(tmp_path / "posts.parquet", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_measurement_screens_every_post_both_ways(cluster: Any) -> None:
    measured = sparking.part(rounds=1, posts=60, products=PRODUCTS.read_bytes())
    assert measured is not None
    assert [row.what for row in measured.rows][-1] == "time by Spark beside two threads"


def test_a_session_of_its_own_follows_the_configuration_of_spark(tmp_path: Path) -> None:
    (tmp_path / "spark-defaults.conf").write_text("spark.master local[1]\nspark.sql.files.maxPartitionBytes 7m\n")
    code = (
        "from candour.screening.spark_job import session; c = session().sparkContext.getConf(); "
        "print(c.get('spark.master'), c.get('spark.sql.files.maxPartitionBytes'), c.get('spark.driver.host'))"
    )
    env = {**os.environ, "SPARK_CONF_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["local[1]", "7m", "127.0.0.1"]


def test_a_worker_with_another_release_refuses(cluster: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pyspark.errors import PySparkException

    from candour.screening import spark_job
    from candour.screening.spark import ScreenedColumns

    monkeypatch.setattr(spark_job, "ScreenedColumns", lambda name, products: ScreenedColumns("screening@0000000000", products))
    pq.write_table(pa.Table.from_pylist(POSTS), tmp_path / "posts.parquet")
    with pytest.raises(PySparkException, match="Install the same Candour on every worker"):
        screen_parquet(tmp_path / "posts.parquet", tmp_path / "out")
