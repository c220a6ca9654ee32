"""Screening by Spark beside two threads of one process, on the same file of posts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from candour.project.bench.figures import Figure, Part, share, spans
from candour.project.bench.screening import made_posts
from candour.screening import spark_job
from candour.screening.arrow import screen_batch
from candour.screening.spark import compiled

ABOUT = (
    "The posts of the part above, {made:,} of them repeated to {posts:,}, in one Parquet file; all duties, findings as columns, none "
    "written. Spark runs as local[2] with two workers that have compiled already, and also looks for ids used twice; beside it one process "
    "reads and screens by two threads. Spark's workers are processes, which wait for each other less than threads do."
)
_MADE, _GROUP = 20_000, 5000


def part(*, rounds: int, posts: int, products: bytes | None = None) -> Part | None:
    """Both in turns over so many posts, with the names of a product file if given; None where Spark can't be started."""
    with tempfile.TemporaryDirectory(prefix="candour-bench-") as folder:
        try:
            with _session() as spark:
                rows = _Both(spark, Path(folder), products).measure(rounds, posts)
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


class _Both:
    """Both sides over files of posts in a folder."""

    def __init__(self, spark: Any, folder: Path, products: bytes | None) -> None:
        self._spark, self._folder, self._products = spark, folder, products
        self._release = compiled(products)

    def measure(self, rounds: int, posts: int) -> list[Figure]:
        """In turns, each warm."""
        few, whole = self._written("few.parquet", min(posts, 4 * _GROUP)), self._written("posts.parquet", posts)
        for act in (self._by_spark, self._by_spark, self._by_threads):
            act(few)
        beside, with_spark = [], []
        for _ in range(rounds):
            beside.append(_seconds(lambda: self._by_threads(whole), posts))
            with_spark.append(_seconds(lambda: self._by_spark(whole), posts))
        return [
            spans(f"{posts:,} posts, two threads of one process", beside),
            spans(f"{posts:,} posts, Spark local[2]", with_spark),
            share("time by Spark beside two threads", with_spark, beside, "less is better; the floor is 3, the aim 2"),
        ]

    def _written(self, name: str, posts: int) -> Path:
        texts = made_posts(self._release, min(_MADE, posts))
        table = pa.table(
            {"id": [str(number) for number in range(posts)], "text": pa.array(texts).take(pa.array(np.arange(posts) % len(texts)))}
        )
        pq.write_table(table, self._folder / name, row_group_size=_GROUP)
        return self._folder / name

    def _by_spark(self, path: Path) -> tuple[int, int]:
        """Posts screened and findings made."""
        rows = spark_job.screened(self._spark.read.parquet(str(path)), self._products).where("error is null")
        screened, findings = rows.selectExpr("count(*)", "coalesce(sum(size(findings)), 0)").first()
        return screened, findings

    def _by_threads(self, path: Path) -> tuple[int, int]:
        def one(group: int) -> tuple[int, int]:
            (batch,) = pq.ParquetFile(path).read_row_group(group, use_threads=False).combine_chunks().to_batches()
            out = screen_batch(batch, self._release)
            return out.num_rows, len(pc.list_flatten(out.column("findings")))

        with ThreadPoolExecutor(2) as pool:
            counts = list(pool.map(one, range(pq.ParquetFile(path).num_row_groups)))
        return sum(screened for screened, _ in counts), sum(findings for _, findings in counts)


def _seconds(act: Callable[[], tuple[int, int]], posts: int) -> float:
    begin = time.perf_counter()
    screened, _ = act()
    if screened != posts:
        raise RuntimeError(f"Repeat the measurement: {screened} of {posts} posts were screened.")
    return time.perf_counter() - begin
