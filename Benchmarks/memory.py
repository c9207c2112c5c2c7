"""A log of logins, and `risk features` on it with and without --memory: see memory.sh.

    memory.py RISK FOLDER EVENTS MEMORY
"""

import hashlib
import os
import subprocess
import sys
import time

import numpy as np
import polars as pl

import features

SPEC = """riskkit: features/1
events:
  login:
    time: { column: t, format: epoch_microseconds }
    keys: { acct: acct, ip: ip, dev: dev }
    fields: { amt: decimal(2) }
features:
%s
vectors: { unit: login }
"""


def spec(main):
    """The features of the benchmark beside this one, from its source: one text for both."""
    lines = open(main).read().split("    features:\n", 1)[1].split("    vectors:", 1)[0]
    return SPEC % "\n".join(line[4:] for line in lines.rstrip().split("\n"))


def make(folder, n):
    features.make(folder, n)
    columns = features.columns(folder)
    frame = pl.DataFrame(columns).with_columns(amt=pl.col("amt") / 100)
    frame.write_csv(f"{folder}/log.csv", float_precision=2)
    for name in columns:
        os.remove(f"{folder}/{name}.i64")


def run(risk, folder, options):
    command = [
        risk, "features", "--spec", f"{folder}/spec.yaml", "--events", f"login={folder}/log.csv",
        "--output", "-", "--quiet",
    ]
    digest, size, start = hashlib.md5(), 0, time.time()
    process = subprocess.Popen(command + options, stdout=subprocess.PIPE)
    while block := process.stdout.read(1 << 20):
        digest.update(block)
        size += len(block)
    # This child's own peak, whatever others had.
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"risk features ended with {os.waitstatus_to_exitcode(status)}")
    return time.time() - start, usage.ru_maxrss * 1024, size, digest.hexdigest()


def main():
    risk, folder, n, memory = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    here = os.path.dirname(os.path.abspath(__file__))
    make(folder, n)
    with open(f"{folder}/spec.yaml", "w") as file:
        file.write(spec(f"{here}/Features/main.swift"))
    size = os.path.getsize(f"{folder}/log.csv")
    print(f"{n:,} events, {size / 1e9:.2f} GB of CSV, 16 features")
    print(f"{'':16}{'seconds':>9}{'peak GB':>9}{'output GB':>11}  MD5")
    digests = set()
    for name, options in (
        (f"--memory {memory}", ["--memory", memory, "--scratch", folder]), ("in memory", [])
    ):
        seconds, peak, written, digest = run(risk, folder, options)
        digests.add(digest)
        print(
            f"{name:16}{seconds:9.1f}{peak / 1e9:9.2f}{written / 1e9:11.2f}  {digest}", flush=True)
    if len(digests) > 1:
        sys.exit("the bytes differ")


if __name__ == "__main__":
    main()
