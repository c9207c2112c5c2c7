"""Sixteen window features over three keys: RiskKit beside Polars and DuckDB, on the same events.

    features.py BENCH FOLDER EVENTS [THREADS] [--duckdb-limit EVENTS]

Events: accounts, addresses and devices as in a log of logins over 60 days, by a fixed seed; no two at
the same microsecond, so that "up to the current row" means the same to all three. Each system starts
with the events in memory, and ends with one table in the order of the events. Values are compared
one by one: counts and extremes exactly, sums and shares to 1e-9 relative, since the others add doubles.
Each runs in a process of its own, for its peak memory.
"""

import json
import os
import resource
import subprocess
import sys
import time

import numpy as np

NAMES = "c1h c1d c7d c30 s1h s1d s7d s30 m7d n30 since ic1h ic1d aip7 ia1d da7".split()


def make(folder, n):
    r = np.random.default_rng(1)
    t = np.unique(r.integers(0, 60 * 86400 * 10**6, n + n // 100))
    t = np.sort(r.permutation(t)[:n]) + 1_700_000_000 * 10**6
    acct = r.integers(0, max(1, n // 50), n)
    ips = max(1, n // 100)
    ip = np.minimum((r.pareto(1.2, n) * ips / 50).astype(np.int64), ips - 1)
    dev = np.where(r.random(n) < 0.9, acct, r.integers(0, max(1, n // 40), n))
    amt = np.round(np.exp(r.normal(3, 1.2, n)) * 100).astype(np.int64)
    for name, values in dict(t=t, acct=acct, ip=ip, dev=dev, amt=amt).items():
        values.astype("<i8").tofile(f"{folder}/{name}.i64")


def columns(folder):
    return {name: np.fromfile(f"{folder}/{name}.i64", "<i8") for name in "t acct ip dev amt".split()}


def frame(folder):
    import polars as pl

    c = columns(folder)
    return pl.DataFrame(
        dict(ts=c["t"], acct=c["acct"], ip=c["ip"], dev=c["dev"], amt=c["amt"] / 100)
    ).with_columns(
        t=pl.from_epoch("ts", time_unit="us"),
        night=((pl.col("ts") // 10**6) % 86400 < 6 * 3600).cast(pl.Int8),
    ).with_row_index("id")


def polars(folder):
    import polars as pl

    df = frame(folder)
    start = time.time()
    a = df.sort("acct", "t")
    parts = [a.select("id", since=(pl.col("ts") - pl.col("ts").shift(1).over("acct")) / 1e6)]
    for period, suffix in (("1h", "1h"), ("1d", "1d"), ("7d", "7d"), ("30d", "30")):
        asked = [pl.len().alias("c" + suffix), pl.col("amt").sum().alias("s" + suffix)]
        if suffix == "7d":
            asked += [pl.col("amt").max().alias("m7d"), pl.col("ip").n_unique().alias("aip7")]
        if suffix == "30":
            asked += [pl.col("night").mean().alias("n30")]
        parts.append(a.rolling("t", period=period, group_by="acct").agg(asked).drop("acct", "t"))
    account = pl.concat(parts, how="horizontal").sort("id")
    b = df.sort("ip", "t")
    address = pl.concat(
        [
            b.select("id"),
            b.rolling("t", period="1h", group_by="ip").agg(ic1h=pl.len()).drop("ip", "t"),
            b.rolling("t", period="1d", group_by="ip")
            .agg(ic1d=pl.len(), ia1d=pl.col("acct").n_unique())
            .drop("ip", "t"),
        ],
        how="horizontal",
    ).sort("id").drop("id")
    c = df.sort("dev", "t")
    device = pl.concat(
        [
            c.select("id"),
            c.rolling("t", period="7d", group_by="dev")
            .agg(da7=pl.col("acct").n_unique())
            .drop("dev", "t"),
        ],
        how="horizontal",
    ).sort("id").drop("id")
    table = pl.concat([account, address, device], how="horizontal")
    seconds = time.time() - start
    return seconds, {name: table[name].to_numpy() for name in NAMES}


def duckdb(folder, threads):
    import duckdb as engine

    con = engine.connect()
    con.execute(f"set threads={threads}")
    con.register("given", frame(folder).to_arrow())
    con.execute("create table events as select * from given")

    def window(name, key, span):
        return (
            f"{name} as (partition by {key} order by t "
            f"range between interval {span} preceding and current row)"
        )

    start = time.time()
    con.execute(
        """create table result as select
        count(*) over a1h c1h, count(*) over a1d c1d, count(*) over a7d c7d, count(*) over a30 c30,
        sum(amt) over a1h s1h, sum(amt) over a1d s1d, sum(amt) over a7d s7d, sum(amt) over a30 s30,
        max(amt) over a7d m7d, avg(night) over a30 n30,
        (ts - lag(ts) over (partition by acct order by ts)) / 1e6 since,
        count(*) over i1h ic1h, count(*) over i1d ic1d, count(distinct ip) over a7d aip7,
        count(distinct acct) over i1d ia1d, count(distinct acct) over d7d da7, id
        from events window """
        + ", ".join(
            [
                window("a1h", "acct", "1 hour"), window("a1d", "acct", "1 day"),
                window("a7d", "acct", "7 day"), window("a30", "acct", "30 day"),
                window("i1h", "ip", "1 hour"), window("i1d", "ip", "1 day"),
                window("d7d", "dev", "7 day"),
            ]
        )
        + " order by id"
    )
    seconds = time.time() - start
    result = con.execute(f"select {', '.join(NAMES)} from result order by id").fetchnumpy()
    return seconds, {name: np.ma.filled(result[name].astype(float), np.nan) for name in NAMES}


def compare(folder, n, values):
    """The number of values that are not the same."""
    own = np.fromfile(f"{folder}/riskkit.f64", "<f8").reshape(n, len(NAMES))
    different = 0
    for index, name in enumerate(NAMES):
        theirs = np.asarray(values[name], dtype=float)
        missing = np.isnan(own[:, index]) & np.isnan(theirs)
        bound = 1e-9 * np.maximum(1, np.abs(theirs)) if name[0] == "s" or name == "n30" else 0
        different += int(np.sum(~missing & ~(np.abs(own[:, index] - theirs) <= bound)))
    return different


def child(system, folder, n, threads):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # The best of some runs in one process: the first pays for memory that is new to it.
    repeats = 3 if system == "polars" else 1 if n > 3_000_000 else 2
    seconds, values = float("inf"), None
    for _ in range(repeats):
        values = None
        again, values = polars(folder) if system == "polars" else duckdb(folder, threads)
        seconds = min(seconds, again)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    different = compare(folder, n, values)
    print(json.dumps(dict(seconds=seconds, peak=peak, before=before, different=different)))


def run(command, threads):
    # The C library's allocator keeps memory that was used once, as those of Polars and DuckDB do: in the
    # runs that count the system clears no pages for anybody.
    environment = dict(
        os.environ, POLARS_MAX_THREADS=str(threads), MALLOC_MMAP_THRESHOLD_="4294967296",
        MALLOC_TRIM_THRESHOLD_="100000000000")
    return json.loads(subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)


def main():
    bench, folder, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
    threads = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    limit = int(os.environ.get("DUCKDB_LIMIT", 10**9))
    make(folder, n)
    batch = [bench, "batch", folder, str(n), str(threads)]
    rows = {}
    own = run(batch, threads)
    me = [sys.executable, __file__, "--child"]
    for system in ("polars", "duckdb"):
        if system == "duckdb" and n > limit:
            continue
        rows[system] = run(me + [system, folder, str(n), str(threads)], threads)
    print(f"{n:,} events, 16 features, {threads} threads")
    print(f"{'':10}{'seconds':>9}{'ns an event':>13}{'peak GB':>9}{'as long':>9}{'differ':>8}")
    for system, row in [("riskkit", own)] + list(rows.items()):
        print(
            f"{system:10}{row['seconds']:9.2f}{row['seconds'] / n * 1e9:13.0f}"
            f"{row['peak'] / 1e9:9.2f}{row['seconds'] / own['seconds']:8.1f}x"
            f"{row.get('different', 0):8}")
    if n <= 2_000_000:
        for live in run([bench, "live", folder, str(n)], threads):
            at_a_time = "one at a time" if live["together"] == 1 else f"{live['together']} at a time"
            print(
                f"live, one core, {at_a_time}: {live['perSecond']:,.0f} events a second; "
                f"p50 {live['p50'] / 1e3:.1f}, p99 {live['p99'] / 1e3:.1f}, p99.9 {live['p999'] / 1e3:.1f}, "
                f"p99.99 {live['p9999'] / 1e3:.0f}, most {live['max'] / 1e3:,.0f} us until an event's vector "
                f"was there (HDR histogram); {live['bytesPerKey']:,} bytes a key ({live['keys']:,} keys)")
    print(f"floor: {own['bytes'] / 1e9:.2f} GB read and written")
    if any(row["different"] for row in rows.values()):
        sys.exit("the systems computed different values")


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
    else:
        main()
