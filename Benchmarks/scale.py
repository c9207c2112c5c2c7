"""A month of a simulated operator, from nothing to scores: see scale.sh.

    scale.py RISK FOLDER MODEL SUBSCRIBERS MEMORY

Needs nothing but Python's standard library. Figures of a process are the kernel's (wait4); the disk is
what the file system had free at the start and did not have at the worst moment, by looks every half second,
so whoever else writes to it counts too.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import threading
import time

DAYS, SCORED, SEED = 30, 7, 2025
# The logs that models/sim-farm/features.yaml reads, as models/sim-farm/recipe.yaml names them.
LOGS = {
    "sim_day": "sim_day", "call_out": "call", "call_in": "call", "sms": "sms", "data": "data_session",
    "activation": "sim_activation", "complaint": "complaint", "case": "case_farm",
}
SPEC = "models/sim-farm/features.yaml"


class DiskWatch:
    """The most that was taken of the file system of a folder."""

    def __init__(self, folder):
        self.folder, self.most, self.ended = folder, 0, threading.Event()
        self.start = self.free()
        threading.Thread(target=self.run, daemon=True).start()

    def free(self):
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def run(self):
        while not self.ended.wait(0.5):
            self.most = max(self.most, self.start - self.free())


def started(command, **pipes):
    print("$ " + " ".join(command), file=sys.stderr, flush=True)
    return subprocess.Popen(command, **pipes)


def ended(process):
    """CPU seconds and peak memory in bytes of a process that must end well."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{process.args[0]} {process.args[1]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def day(number):
    return time.strftime("%Y-%m-%d", time.gmtime(1765324800 + number * 86400))  # from 2025-12-10


def simulate(risk, folder, subscribers):
    begun = time.monotonic()
    process = started(
        [risk, "simulate", "world", "--subscribers", str(subscribers), "--days", str(DAYS), "--seed",
         str(SEED), "--output", f"{folder}/world"], stderr=subprocess.PIPE, text=True)
    told = process.stderr.read()
    cpu, memory = ended(process)
    seconds = time.monotonic() - begun
    counts = {
        os.path.basename(path)[:-4]: int(count.replace(",", ""))
        for path, count in re.findall(r"(\S+\.csv): ([\d,]+) simulated events", told)
    }
    return counts, (seconds, cpu, memory)


def score(risk, folder, model, memory):
    """Vectors of the last days, scored as they come."""
    os.mkdir(f"{folder}/scratch")
    features = [risk, "features", "--spec", SPEC, "--events"]
    features += [f"{name}={folder}/world/{log}.csv" for name, log in LOGS.items()]
    features += ["--from", day(DAYS - SCORED), "--until", day(DAYS), "--memory", memory, "--threads", "2",
                 "--scratch", f"{folder}/scratch", "--output", "-"]
    begun = time.monotonic()
    first = started(features, stdout=subprocess.PIPE)
    second = started(
        [risk, "score", "--model", model, "--input", "-", "--columns", "sim,time", "--output",
         f"{folder}/scores.csv"], stdin=first.stdout)
    first.stdout.close()
    figures = [ended(first), ended(second)]
    seconds = time.monotonic() - begun
    return [(seconds, *figure) for figure in figures]


def last_day(folder):
    """How many vectors there are, and of the likeliest 0.2 % of the last day how many are fraud in truth."""
    frauds = set()
    last = day(DAYS - 1)
    with open(f"{folder}/world/truth.csv") as file:
        for row in csv.DictReader(file):
            if row["type"] == "sim" and row["fraud"] == "sim-farm" and row["from"] <= last <= row["until"]:
                frauds.add(row["entity"])
    count, scores = 0, []
    with open(f"{folder}/scores.csv") as file:
        for row in csv.DictReader(file):
            count += 1
            if row["time"].startswith(last):
                scores.append((-float(row["log_odds"]), row["sim"]))
    scores.sort()
    head = scores[: max(1, len(scores) // 500)]
    return count, len(scores), len(head), sum(sim in frauds for _, sim in head)


def main():
    risk, folder, model, subscribers, memory = sys.argv[1:]
    subscribers = int(subscribers)
    disk = DiskWatch(folder)
    counts, simulated = simulate(risk, folder, subscribers)
    events = sum(count for log, count in counts.items() if log not in ("truth", "market_truth", "stores"))
    sizes = {log: os.path.getsize(f"{folder}/world/{log}.csv") for log in counts}
    for log in counts:
        if log not in LOGS.values() and log != "truth":
            os.remove(f"{folder}/world/{log}.csv")
    read = sum(counts[log] for log in LOGS.values())
    featurised, scored = score(risk, folder, model, memory)
    disk.ended.set()
    vectors, scores, head, hits = last_day(folder)
    print(f"{subscribers:,} subscribers, {DAYS} days, seed {SEED}: {events:,} events, "
          f"{events / subscribers / DAYS:.2f} a subscriber and day, {sum(sizes.values()) / 1e9:.2f} GB of CSV")
    for log in sorted(counts, key=counts.get, reverse=True):
        print(f"  {log:18} {counts[log]:>12,} {sizes[log] / 1e6:>10,.1f} MB")
    print("\n| stage | in | seconds | CPU s | peak memory |\n| --- | --- | --- | --- | --- |")
    for name, amount, (seconds, cpu, peak) in [
        ("simulate", f"{events:,} events written", simulated),
        ("features", f"{read:,} events read, {vectors:,} vectors", featurised),
        ("score", f"{vectors:,} vectors, through a pipe meanwhile", scored),
    ]:
        print(f"| {name} | {amount} | {seconds:,.1f} | {cpu:.1f} | {peak / 1e9:.3f} GB |")
    print(f"\nwhole: {simulated[0] + featurised[0]:.0f} s, --memory {memory}, "
          f"at most {disk.most / 1e9:.1f} GB of disk, {os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}")
    print(f"last day: {scores:,} SIM cards scored; of the {head:,} likeliest {hits:,} are fraud in the "
          "truth of the SIMULATED world")


main()
