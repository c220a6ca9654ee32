"""The driver's side of screening on Apache Spark: reads posts, lets the workers screen them, writes what came out, and counts.

Needs the extra `spark` and a Java runtime. The session is the one that runs already (`spark-submit`, a notebook); else one is started by
Spark's own configuration, on all cores of this machine where that names no master.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from candour.screening.screen_file import BATCH, Counts, Line, batches_of_lines
from candour.screening.spark import COLUMNS, IN_COLUMNS, LINES, ScreenedColumns, ScreenedLines, compiled

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES = [pa.string(), pa.int64(), pa.string(), pa.string(), pa.string(), pa.string()]
_SCHEMA = pa.schema(list(zip(IN_COLUMNS, _TYPES, strict=True)))
_TWICE = "Give every post its own id: this one was used in an earlier line."
#: Spark's types of what may be an id.
_WHOLE = ("string", "tinyint", "smallint", "int", "bigint")
#: Of a session on this machine alone: no door to the outside, and small tasks, for screening is slow beside reading.
_ALONE: dict[str, bool | float | int | str | None] = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.files.maxPartitionBytes": str(8 * 1024 * 1024),
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
}


class SparkMissing(RuntimeError):
    """Spark can't be started on this machine."""


class PostsError(ValueError):
    """A data frame of posts that can't be screened as it is."""


class RowsLost(RuntimeError):
    """Fewer or more rows came out than went in."""


def running() -> SparkSession | None:
    """The session of this thread, if there is one. Raises SparkMissing."""
    try:
        from pyspark.sql import SparkSession  # an extra that few installations have
    except ImportError as error:
        raise SparkMissing("Install Candour with its extra spark (pip install 'candour-hub[spark]') to screen by Spark.") from error
    return SparkSession.getActiveSession()


def session(master: str | None = None) -> SparkSession:
    """The running session, or a new one; `master` before the one of Spark's configuration. Raises SparkMissing."""
    if already := running():
        return already
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise SparkMissing("Install Java 17 or newer, for example default-jre-headless, to screen by Spark.")
    from pyspark import SparkConf, SparkContext  # an extra, as above
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else the workers take what PATH calls python3, without Candour
    SparkContext._ensure_initialized()  # Spark reads its own files, and names all cores of this machine where they name no master
    conf = SparkConf()
    builder = SparkSession.builder.appName("candour screen").master(master or conf.get("spark.master", "local[*]"))
    if (master or conf.get("spark.master", "local[*]")).startswith("local["):
        builder = builder.config(map={key: value for key, value in _ALONE.items() if not conf.contains(key)})
    return builder.config("spark.ui.showConsoleProgress", str(sys.stderr.isatty()).lower()).getOrCreate()


def placed(posts: DataFrame) -> DataFrame:
    """Posts read from Parquet with the columns the workers ask for: where each stands, and a refusal for an id used before.

    Asks for `id` (text or a whole number) and `text`; takes `lang` if there. The first of several posts with an id is the one that stands
    first by path and row. Raises PostsError.
    """
    from pyspark.sql import functions as F  # an extra, as above

    types = dict(posts.dtypes)
    if types.get("id") not in _WHOLE or types.get("text") not in ("string", "binary"):
        raise PostsError("Give the posts a column id (text or whole numbers) and a column text (text), named so.")
    lang = F.col("lang").cast("string") if "lang" in types else F.lit("")
    file, line = F.col("_metadata.file_path").alias("file"), (F.col("_metadata.row_index") + 1).alias("line")
    rows = posts.select(file, line, F.col("id").cast("string").alias("id"), F.col("text").cast("string").alias("text"), lang.alias("lang"))
    sound = rows.where((F.col("id") != "") & F.col("text").isNotNull() & F.is_valid_utf8("text"))
    first = F.min(F.struct("file", "line")).alias("first")
    twice = sound.groupBy("id").agg(first, F.count("*").alias("times")).where("times > 1").select("id", "first")
    again = F.col("first").isNotNull() & (F.struct("file", "line") > F.col("first"))
    return rows.join(twice, "id", "left").select(*IN_COLUMNS[:-1], F.when(again, F.lit(_TWICE)).alias("refused"))


def screened(posts: DataFrame, products: bytes | None = None) -> DataFrame:
    """Posts read from Parquet, screened by this machine's release: one row per post, in the columns of `spark.COLUMNS`.

    `products`: bytes of the product file. Nothing runs until Spark is asked for the rows; a worker with another release then fails the job.
    """
    name = compiled(products).name
    return placed(posts).mapInArrow(ScreenedColumns(name, products), COLUMNS)


def screen_parquet(in_path: Path | str, out_path: Path | str, products: bytes | None = None) -> Counts:
    """Screen a Parquet file or folder into a new Parquet folder. Raises SparkMissing, PostsError, ProductsError, RowsLost."""
    spark = session()
    posts = spark.read.parquet(str(in_path))
    rows = posts.count()
    screened(posts, products).write.parquet(str(out_path))
    return _counted(spark.read.parquet(str(out_path)), rows, compiled(products).name)


def _counted(out: DataFrame, rows: int, name: str) -> Counts:
    kinds = out.selectExpr("error is not null as refused", "coalesce(unscreened_language, false) as unscreened")
    counts = {(one.refused, one.unscreened): one["count"] for one in kinds.groupBy("refused", "unscreened").count().collect()}
    refused = sum(count for (was_refused, _), count in counts.items() if was_refused)
    done = sum(counts.values()) - refused
    return _whole(Counts(rows, done, refused, counts.get((False, True), 0), name))


def _whole(counts: Counts) -> Counts:
    if counts.lines != counts.screened + counts.rejected:
        came = counts.screened + counts.rejected
        raise RowsLost(f"Screen again: {counts.lines} posts went in and {came} came out. Somebody changed the files meanwhile.")
    return counts


def screen_jsonl(in_path: Path | str, out_path: Path | str, products: bytes | None = None) -> Counts:
    """`candour screen` by Spark: the same bytes as without. Reads and writes here; only the screening goes to the workers.

    Works in a folder beside the output, which all workers must reach. Raises SparkMissing, ProductsError, RowsLost, OSError.
    """
    name = compiled(products).name
    spark = session()
    with tempfile.TemporaryDirectory(prefix=f".{Path(out_path).name}.", dir=Path(out_path).parent) as folder:
        posts, parts = Path(folder, "posts.parquet"), Path(folder, "parts")
        lines = _as_parquet(Path(in_path), posts)
        rows = spark.read.parquet(str(posts)).mapInArrow(ScreenedLines(name, products), LINES)
        rows.write.parquet(str(parts))
        return _joined(parts, Path(out_path), lines, name)


def _as_parquet(in_path: Path, target: Path) -> int:
    """The lines of a JSONL file as the workers take them. Returns how many there are."""
    count = 0
    with in_path.open("rb") as source, pq.ParquetWriter(target, _SCHEMA) as writer:
        for batch, _ in batches_of_lines(source):
            count += len(batch)
            writer.write_batch(pa.RecordBatch.from_pylist([_in_row(line) for line in batch], _SCHEMA))
    return count


def _in_row(line: Line) -> dict[str, object]:
    told = line.refused or {"id": line.key, "error": None}
    lang = line.lang.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no language either way
    return {"file": "", "line": line.number, "id": told["id"], "text": line.text, "lang": lang, "refused": told["error"]}


def _joined(parts: Path, out_path: Path, lines: int, name: str) -> Counts:
    """Write the workers' rows in the order of the lines; the output appears under its name only when complete."""
    partial_path = Path(f"{out_path}.partial")
    done = refused = unscreened = 0
    with partial_path.open("w", encoding="utf-8", newline="\n") as target:
        for batch in _in_order(parts):
            target.write("".join(f"{row}\n" for row in batch.column("row").to_pylist()))
            turned = sum(batch.column("refused").to_pylist())
            done, refused = done + batch.num_rows - turned, refused + turned
            unscreened += sum(batch.column("unscreened").to_pylist())
    counts = _whole(Counts(lines, done, refused, unscreened, name))
    partial_path.replace(out_path)
    return counts


def _in_order(parts: Path) -> Iterator[pa.RecordBatch]:
    """The rows of all part files by line. A task reads one stretch of the file of posts, so whole parts follow one another."""
    files = [pq.ParquetFile(path) for path in parts.glob("*.parquet")]
    begun = [
        (next(file.iter_batches(1, columns=["line"]))["line"][0].as_py(), at) for at, file in enumerate(files) if file.metadata.num_rows
    ]
    last = 0
    for _, at in sorted(begun):
        for batch in files[at].iter_batches():
            numbers = batch.column("line").to_pylist()
            if numbers[0] <= last or numbers != sorted(numbers):
                raise RowsLost(
                    "Screen this file without --engine spark: Spark gave its rows back in another order than it was handed them."
                )
            last = numbers[-1]
            yield batch
