"""Optimal binnings of optbinning for OptimalBinningTests.

Run: python Tests/RiskTrainingTests/Fixtures/optimal_binning.py   (numpy 2.x, optbinning 1.0.0, ortools 9.15)
Writes optimal_binning.json beside itself. The fine bins are given to both (user_splits), so both solve the
same problem: join them for the most information value. optbinning solves it as an integer program.
"""
import json, pathlib
import numpy as np
from optbinning import OptimalBinning

shapes = {"none": None, "ascending": "ascending", "descending": "descending",
          "valley": "valley", "peak": "peak", "monotone": None}
r = np.random.default_rng(7)
problems = []
for name in shapes:
    for case in range(4):
        n, fine = 4000, 16
        x = r.integers(0, fine, n)
        t = x / fine
        bend = [3 * t, -3 * t, 9 * (t - 0.4) ** 2, -9 * (t - 0.6) ** 2][case]
        y = (r.random(n) < 1 / (1 + np.exp(2 - bend - r.normal(0, 0.5, fine)[x]))).astype(int)
        bins, size, events = int(r.integers(3, 8)), float(r.choice([0.02, 0.05, 0.1])), int(r.integers(1, 30))
        best = None
        for trend in (["ascending", "descending"] if name == "monotone" else [shapes[name]]):
            b = OptimalBinning(
                dtype="numerical", solver="cp", divergence="iv", monotonic_trend=trend,
                user_splits=np.arange(fine - 1) + 0.5, max_n_bins=bins, min_bin_size=size,
                min_bin_n_event=events, min_bin_n_nonevent=1, time_limit=100)
            b.fit(x.astype(float), y)
            assert b.status == "OPTIMAL", b.status
            table = b.binning_table.build()
            value = float(table.loc["Totals", "IV"])
            if best is None or value > best[0]:
                best = value, [int(round(s - 0.5)) for s in b.splits] + [fine - 1]
        problems.append({
            "shape": name, "bins": bins, "minimumRows": int(np.ceil(size * n)), "minimumEvents": events,
            "rows": np.bincount(x, minlength=fine).tolist(),
            "events": np.bincount(x, y, minlength=fine).astype(int).tolist(),
            "information": best[0], "lasts": best[1]})
path = pathlib.Path(__file__).with_name("optimal_binning.json")
path.write_text(json.dumps({"problems": problems}, separators=(",", ":")) + "\n")
for p in problems:
    print(p["shape"], p["bins"], round(p["information"], 6), p["lasts"])
