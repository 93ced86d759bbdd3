"""A Spark of its own for one statement: `python -m goodstanding.policies.engine.spark_child`.

Reads one `SparkWork` as JSON from standard input and writes the answer as Parquet, a file for each
part of the source, each there as soon as it is whole. Ends when standard input closes: whoever
asked is gone or wants no more.
"""

import os
import sys
import threading
from importlib import import_module
from typing import Any

import msgspec

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.log.level": "ERROR",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    # A policy of many rules outgrows one generated method: Spark would then interpret all of it.
    "spark.sql.codegen.wholeStage": "false",
    # Each part is one stretch of one file, so that parts can be put in order again.
    "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.int96RebaseModeInRead": "CORRECTED",
}


class SparkWork(msgspec.Struct):
    """What to do: the statement over `relation`, made of Parquet files, into a folder.

    `part_bytes` of a file are one part; `folder` takes the parts, `scratch` what Spark spills.
    """

    statement: str
    relation: str
    files: list[str]
    folder: str
    scratch: str
    part_bytes: int
    memory_mb: int


def main() -> None:
    """Do one work."""
    work = msgspec.json.decode(sys.stdin.buffer.readline(), type=SparkWork)
    threading.Thread(target=_end_with_whoever_asked, daemon=True).start()
    sql: Any = import_module("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[*]").appName("goodstanding")
    size = str(work.part_bytes)
    sizes = {
        "spark.sql.files.maxPartitionBytes": size,
        "spark.sql.files.openCostInBytes": size,
        "spark.driver.memory": f"{work.memory_mb}m",
        "spark.local.dir": work.scratch,
    }
    for key, value in {**SETTINGS, **sizes}.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    source = session.read.option("recursiveFileLookup", "true").parquet(*work.files)
    place = ("_metadata.file_path AS gs_file", "_metadata.row_index AS gs_index")
    source.selectExpr("*", *place).createOrReplaceTempView(work.relation)
    session.sql(work.statement).write.mode("append").parquet(work.folder)
    session.stop()


def _end_with_whoever_asked() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
