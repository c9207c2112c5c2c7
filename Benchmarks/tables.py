"""Reads the same files with bench-tables, Polars and DuckDB, checks that all three read the same,
and prints seconds (the median, and the best), GB/s of plain text, and how the others compare.

    tables.py BENCH-TABLES REPEATS FILE ...

Each gets what it is good at: the types of all columns are given, only five of seven columns are
read, all cores may be used. Keys become a categorical (Polars) or an ENUM (DuckDB), which is what
a dictionary of codes is; both are timed with plain texts for keys too, which is less work. The
readers take turns, so that a busy machine is busy for all; processor time, which includes that of
checking the sums, tells more than seconds there.
"""

import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import time

COLUMNS = ["TX_DATETIME", "CUSTOMER_ID", "TERMINAL_ID", "TX_AMOUNT", "TX_FRAUD"]


def ours(bench, path):
    result = json.loads(subprocess.run(
        [bench, "read", path], check=True, capture_output=True, text=True).stdout)
    time_sum, customers, terminals, amount, fraud = result["sums"]
    rows = result["rows"]
    sums = (rows, time_sum, customers - rows * 1_000_000_007, terminals - rows * 1_000_000_007,
            amount, fraud)
    return result["seconds"][0], sums


def polars(path, keys):
    import polars as pl
    key = pl.Categorical if keys == "categorical" else pl.String
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        file.readline()
        form = "%Y-%m-%dT%H:%M:%SZ" if "T" in file.readline() else "%Y-%m-%d %H:%M:%S"
    start = time.perf_counter()
    frame = pl.read_csv(
        path, columns=COLUMNS,
        schema_overrides={
            "TX_DATETIME": pl.String, "CUSTOMER_ID": key, "TERMINAL_ID": key,
            "TX_AMOUNT": pl.Float64, "TX_FRAUD": pl.Int8,
        }).with_columns(pl.col("TX_DATETIME").str.to_datetime(form, time_unit="us"))
    seconds = time.perf_counter() - start
    sums = (
        frame.height, frame["TX_DATETIME"].dt.epoch("s").sum(), frame["CUSTOMER_ID"].n_unique(),
        frame["TERMINAL_ID"].n_unique(),
        (frame["TX_AMOUNT"] * 100).round().cast(pl.Int64).sum(), frame["TX_FRAUD"].sum())
    return seconds, sums


def duckdb(path, keys):
    import duckdb
    database = duckdb.connect()
    types = {"TX_DATETIME": "TIMESTAMP", "CUSTOMER_ID": "VARCHAR", "TERMINAL_ID": "VARCHAR",
             "TX_AMOUNT": "DECIMAL(18,2)", "TX_FRAUD": "TINYINT"}
    selected = ", ".join(COLUMNS)
    start = time.perf_counter()
    database.execute(
        f"create table t as select {selected} from read_csv('{path}', header = true, "
        f"types = {types})")
    if keys == "enum":
        for key in ("CUSTOMER_ID", "TERMINAL_ID"):
            database.execute(f"create type {key}_type as enum (select distinct {key} from t)")
            database.execute(f"alter table t alter {key} type {key}_type")
    seconds = time.perf_counter() - start
    sums = database.execute(
        "select count(*), sum(epoch(TX_DATETIME))::bigint, count(distinct CUSTOMER_ID), "
        "count(distinct TERMINAL_ID), (sum(TX_AMOUNT) * 100)::bigint, sum(TX_FRAUD)::bigint "
        "from t").fetchone()
    return seconds, tuple(int(value) for value in sums)


def inflate(path):
    start = time.perf_counter()
    length = 0
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        while piece := file.read(1 << 20):
            length += len(piece)
    return time.perf_counter() - start, length


def processor():
    """Seconds of processor time that this process and its children have used."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main():
    bench, repeats = sys.argv[1], int(sys.argv[2])
    readers = {
        "bench-tables": lambda path: ours(bench, path),
        "Polars, categorical": lambda path: polars(path, "categorical"),
        "Polars, text keys": lambda path: polars(path, "text"),
        "DuckDB, ENUM keys": lambda path: duckdb(path, "enum"),
        "DuckDB, text keys": lambda path: duckdb(path, "text"),
    }
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {repeats} repeats")
    for path in sys.argv[3:]:
        floor, length = min(inflate(path) for _ in range(3))
        seconds = {name: [] for name in readers}
        used = {name: [] for name in readers}
        seen = {}
        for _ in range(repeats):
            for name, read in readers.items():
                before = processor()
                taken, sums = read(path)
                used[name].append(processor() - before)
                seconds[name].append(taken)
                seen[name] = sums
        print(f"\n{os.path.basename(path)}: {seen['bench-tables'][0]} rows, "
              f"{length / 1e6:.0f} MB of text; reading{' and inflating' * path.endswith('.gz')} "
              f"alone takes {floor:.3f} s")
        own = statistics.median(seconds["bench-tables"])
        for name, taken in seconds.items():
            median = statistics.median(taken)
            print(f"  {name:20} median {median:6.3f} s  best {min(taken):6.3f} s  "
                  f"processor {statistics.median(used[name]):6.3f} s  "
                  f"{length / median / 1e9:5.2f} GB/s  {median / own:5.2f} x our time")
        if len(set(seen.values())) != 1:
            sys.exit(f"the readers disagree: {seen}")
    print("\nall readers agree on rows, sums and distinct keys")


main()
