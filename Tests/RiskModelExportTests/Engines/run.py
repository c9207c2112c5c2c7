"""Exports models, runs every export in its real engine over awkward rows, and compares to the bit.

    run.py RISK WORK [--rows N] [--engines a,b] [--models a,b]

Prints a line for each engine and model, and ends with 1 where a log-odds differs anywhere, or where what
docs/exports.md promises of probability, points and reasons does not hold.
"""
import argparse
import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np

import engines
import models

ENGINES = {
    "sqlite": engines.SQLite, "postgresql": engines.PostgreSQL, "duckdb": engines.DuckDB,
    "clickhouse": engines.ClickHouse, "spark": engines.Spark, "onnxruntime": engines.ONNXRuntime,
    "jpmml": engines.JPMML, "cc": lambda: engines.C(os.environ.get("CC", "cc"), ["-O2"]),
    "clang": lambda: engines.C(os.environ.get("CLANG", "clang"), ["-O2", "-march=native"]),
}
REASONS = {"names": 3, "small": 2, "mixed": 3}
# Evaluators that search a bin's predicate one after the other get fewer rows of the wide model.
FEWER = {("jpmml", "wide"): 20, ("jpmml", "far"): 5}


def ulps(a, b):
    """The distance of doubles that are 0 or more, in units of the last place."""
    return int(np.abs(a.view(np.int64) - b.view(np.int64)).max())


def prepare(name, work, risk, lightgbm):
    path = os.path.join(work, name + ".risk.json")
    if name == "lightgbm":
        subprocess.run([risk, "import", lightgbm, "--name", name, "--output", path], check=True,
                       stdout=subprocess.DEVNULL)
        import json
        return json.load(open(path, encoding="utf-8")), path
    model = models.MAKERS[name](np.random.default_rng(20261122))
    models.write(model, path)
    return model, path


def check_definition(model, path, columns, score, work, risk, count=20_000):
    """The definition in models.py against `risk score`, to the bit."""
    table, out = os.path.join(work, "rows.csv"), os.path.join(work, "scores.csv")
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([f["name"] for f in model["features"]])
        for row in zip(*(c[:count].tolist() for c in columns)):
            writer.writerow(["" if v != v else repr(v) for v in row])
    subprocess.run([risk, "score", "--model", path, "--input", table, "--output", out], check=True,
                   stderr=subprocess.DEVNULL)
    with open(out, encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert len(found) == min(count, len(columns[0]))
    for key, values in [("log_odds", score[0]), ("probability", score[1]), ("points", score[2])]:
        theirs = np.array([float(row[key]) for row in found])
        ours = values[:count].astype(np.float64)
        if not (theirs.view(np.int64) == ours.view(np.int64)).all():
            sys.exit(f"{model['name']}: the definition in models.py is not that of risk score: {key}")
    return len(found)


def export(risk, path, engine, kind, reasons, work):
    if kind == "sql":
        out = os.path.join(work, "export.sql")
        more = ["--dialect", engine.dialect, "--table", "t", "--view", "scores"]
        if reasons:
            more += ["--columns", "id", "--reasons", str(reasons)]
    elif kind == "c":
        out, more = os.path.join(work, "m.c"), ["--name", "m"]
    else:
        out, more = os.path.join(work, "export." + kind), ["--reasons", str(reasons)]
    subprocess.run([risk, "export", path, "--to", kind, "--output", out, *more], check=True,
                   stdout=subprocess.DEVNULL)
    if kind != "sql":
        return out, os.path.getsize(out)
    with open(out, encoding="utf-8") as file:
        return file.read(), os.path.getsize(out)


def kind_of(name):
    return {"onnxruntime": "onnx", "jpmml": "pmml", "cc": "c", "clang": "c"}.get(name, "sql")


def judge(name, model, score, expected, reasons, found):
    """What differs, and whether that is more than is promised."""
    log_odds, probability, points = expected
    wrong = int((score["log_odds"].view(np.int64) != log_odds.view(np.int64)).sum())
    off = ulps(score["probability"], probability)
    wrong_points = int((score["points"] != points).sum())
    fails = wrong > 0 or off > 0 or wrong_points > 0
    words = [f"log-odds differ in {wrong}", f"probability by {off} ULP", f"points in {wrong_points}"]
    if reasons:
        features, above = models.reasons(model, found, reasons)
        names = np.array([f["name"] for f in model["features"]] + [None], dtype=object)
        differ = 0
        for k in range(reasons):
            theirs = np.array([v if v else None for v in score["reasons"][k]], dtype=object)
            same = theirs == names[features[:, k]]
            if "reason_log_odds" in score:
                same &= score["reason_log_odds"][k] == above[:, k]
            differ += int((~same.astype(bool)).sum())
        words.append(f"reasons in {differ} of {reasons * len(log_odds)}")
        fails = fails or differ > 0
    return fails, ", ".join(words)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("risk")
    parser.add_argument("work")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--engines", default=",".join(e for e in ENGINES if e != "spark"))
    parser.add_argument("--models", default="small,wide,mixed,far,names,lightgbm")
    parser.add_argument("--lightgbm", default="Tests/RiskModelImportTests/Fixtures/lightgbm-nan.txt")
    options = parser.parse_args()
    # Whoever ends this process ends the engines that it started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = {}
    failures = 0
    try:
        for engine in options.engines.split(","):
            started[engine] = ENGINES[engine]()
            print(f"{engine}: {started[engine].version()}", flush=True)
        for name in options.models.split(","):
            model, path = prepare(name, options.work, options.risk, options.lightgbm)
            columns = models.rows(model, options.rows, np.random.default_rng(5))
            found = models.terms(model, columns)
            units = model["intercept"] + sum(t[2] for t in found)
            expected = models.link(model, units)
            checked = check_definition(model, path, columns, expected, options.work, options.risk)
            missing = sum(int(np.isnan(c).sum()) for c in columns)
            print(f"{name}: {len(columns)} features, {options.rows} rows, {missing} values missing, "
                  f"{len(np.unique(units))} different sums; the definition is risk score's in {checked} rows",
                  flush=True)
            for engine, instance in started.items():
                count = options.rows // FEWER.get((engine, name), 1)
                reasons = REASONS.get(name, 0)
                text, size = export(options.risk, path, instance, kind_of(engine), reasons, options.work)
                begin = time.monotonic()
                try:
                    score = instance.score(model, text, [c[:count] for c in columns], reasons, options.work)
                except Exception as error:  # told, counted, and the others still run
                    print(f"  {engine:12} FAILED {name}: {str(error)[:400]}", flush=True)
                    failures += 1
                    continue
                seconds = time.monotonic() - begin
                part = [e[:count] for e in expected]
                some = [(f, t, u[:count]) for f, t, u in found]
                fails, words = judge(engine, model, score, part, reasons, some)
                failures += fails
                print(f"  {engine:12} {'FAILED' if fails else 'ok':6} {count} rows: {words} "
                      f"({size} bytes, {seconds:.0f} s)", flush=True)
    finally:
        for instance in started.values():
            if hasattr(instance, "close"):
                instance.close()
    print("all hold" if not failures else f"{failures} FAILED", flush=True)
    sys.exit(1 if failures else 0)


main()
