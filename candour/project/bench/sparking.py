"""Screening by Spark beside two threads of one process, on the same file of posts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from candour.project.bench.figures import Figure, Part, share, spans
from candour.project.bench.screening import made_posts
from candour.screening import spark_job
from candour.screening.arrow import screen_batch
from candour.screening.engine import ScreeningRelease
from candour.screening.spark import compiled

ABOUT = (
    "The posts of the part above, {made:,} of them repeated to {posts:,}, in one Parquet file; all duties, findings as columns, none "
    "written. Spark runs as local[2] with two workers that have compiled already, and also looks for ids used twice; beside it one process "
    "reads and screens by two threads. Spark's workers are processes, which wait for each other less than threads do."
)
_MADE, _GROUP = 20_000, 5000


def part(*, rounds: int, posts: int) -> Part | None:
    """Both in turns over so many posts; None where Spark can't be started."""
    with tempfile.TemporaryDirectory(prefix="candour-bench-") as folder:
        try:
            with _session() as spark:
                rows = _measure(spark, Path(folder), rounds, posts)
        except spark_job.SparkMissing:
            return None
    return Part("Screening by Spark", ABOUT.format(made=min(_MADE, posts), posts=posts), rows)


@contextmanager
def _session() -> Iterator[Any]:
    """The session that runs, or one of two cores for this measurement."""
    running = spark_job.running()
    spark = running or spark_job.session("local[2]")
    yield spark
    if not running:
        spark.stop()


def _measure(spark: Any, folder: Path, rounds: int, posts: int) -> list[Figure]:
    ours = compiled(None)
    few, whole = _written(ours, folder / "few.parquet", min(posts, 4 * _GROUP)), _written(ours, folder / "posts.parquet", posts)
    for path in (few, few):
        _by_spark(spark, path)
    _by_threads(ours, few)
    beside, with_spark = [], []
    for _ in range(rounds):
        beside.append(_seconds(lambda: _by_threads(ours, whole), posts))
        with_spark.append(_seconds(lambda: _by_spark(spark, whole), posts))
    return [
        spans(f"{posts:,} posts, two threads of one process", beside),
        spans(f"{posts:,} posts, Spark local[2]", with_spark),
        share("time by Spark beside two threads", with_spark, beside, "less is better; the floor is 3, the aim 2"),
    ]


def _written(ours: ScreeningRelease, path: Path, posts: int) -> Path:
    texts = pa.array(made_posts(ours, min(_MADE, posts)))
    places = pa.array(range(posts))
    table = pa.table(
        {"id": places.cast(pa.string()), "text": texts.take(pc.subtract(places, pc.multiply(pc.divide(places, len(texts)), len(texts))))}
    )
    pq.write_table(table, path, row_group_size=_GROUP)
    return path


def _seconds(act: Callable[[], tuple[int, int]], posts: int) -> float:
    begin = time.perf_counter()
    screened, _ = act()
    if screened != posts:
        raise RuntimeError(f"Repeat the measurement: {screened} of {posts} posts were screened.")
    return time.perf_counter() - begin


def _by_spark(spark: Any, path: Path) -> tuple[int, int]:
    """Posts screened and findings made."""
    rows = spark_job.screened(spark.read.parquet(str(path))).where("error is null")
    screened, findings = rows.selectExpr("count(*)", "coalesce(sum(size(findings)), 0)").first()
    return screened, findings


def _by_threads(ours: ScreeningRelease, path: Path) -> tuple[int, int]:
    def one(group: int) -> tuple[int, int]:
        (batch,) = pq.ParquetFile(path).read_row_group(group, use_threads=False).combine_chunks().to_batches()
        out = screen_batch(batch, ours)
        return out.num_rows, len(pc.list_flatten(out.column("findings")))

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(one, range(pq.ParquetFile(path).num_row_groups)))
    return sum(screened for screened, _ in counts), sum(findings for _, findings in counts)
