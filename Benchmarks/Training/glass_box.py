"""RiskKit beside InterpretML's main-effects model with one bag. `make bench-training` calls this.

    python glass_box.py BENCH-TRAINING FOLDER ROWS FEATURES THREADS

InterpretML holds 15 % of the rows out, which say when to stop, and does not learn from them. RiskKit is shown twice: with a number of
rounds that is given, as in rivals.py, and with its own holding out, which trains twice: once to find the number of
rounds, and then on all rows.
"""
import sys

from comparison import PLAIN, Comparison, own_world, ratio, use_threads, with_peers

program, folder, rows, features, threads = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
use_threads(threads)
HELD_OUT = 100_000

X, y = with_peers(own_world)(rows + HELD_OUT, features)
print(f"{rows} rows x {features} features, {y[:rows].mean():.1%} events, {threads} threads\n")
c = Comparison(program, folder, threads, X[:rows], y[:rows], X[rows:], y[rows:])
c.header()
fixed = c.riskkit("RiskKit, 32 bins", boostingRounds=1500, bins=32, **PLAIN)
stopped = c.riskkit("RiskKit, 32 bins, told by rows held out", boostingRounds=4000, bins=32,
                    **dict(PLAIN, holdOut=0.15, calibration="identity"))
theirs = c.interpret()
print()
ratio("InterpretML", fixed, theirs)
ratio("InterpretML, rounds by rows held out on both sides", stopped, theirs)
