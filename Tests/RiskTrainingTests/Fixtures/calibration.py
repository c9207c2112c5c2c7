"""Reference calibrations of scikit-learn for CalibrationTests.

Run: python Tests/RiskTrainingTests/Fixtures/calibration.py   (numpy 2.x, scikit-learn 1.9.1, betacal 1.1.0)
Writes calibration.json beside itself. Platt: scikit-learn's own sigmoid fit (private, but the one that
CalibratedClassifierCV uses) and, because it stops early, the same objective minimised to the end.
"""
import json, pathlib
import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.calibration import _sigmoid_calibration
from betacal import BetaCalibration
from sklearn.isotonic import IsotonicRegression

r = np.random.default_rng(3)
n = 600
units = np.round(r.normal(-2, 1.5, size=n) * 4) * 65536  # scores with ties, in 2^-18
z = units / 2**18
y = (0.6 * z + 0.4 + r.logistic(size=n) > 0).astype(int)
w = np.round(r.gamma(2.0, size=n), 3) + 0.01
grid = np.linspace(-7, 5, 49)
out = {"units": units.astype(int).tolist(), "labels": y.tolist(), "weights": w.tolist(),
       "grid": (grid * 2**18).astype(int).tolist()}
for name, weights in (("plain", np.ones(n)), ("weighted", w)):
    iso = IsotonicRegression(out_of_bounds="clip").fit(z, y, sample_weight=weights)
    positive, negative = weights[y == 1].sum(), weights[y == 0].sum()
    t = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(a):
        m = a[0] * z + a[1]
        p = expit(m)
        return ((weights * (np.logaddexp(0, m) - t * m)).sum(),
                np.array([(weights * (p - t) * z).sum(), (weights * (p - t)).sum()]))

    best = minimize(loss, [1.0, 0.0], jac=True, method="BFGS", options=dict(gtol=1e-10))
    a, b = _sigmoid_calibration(z, y, weights)
    # Beta calibration: the same targets, a and b at least 0, minimised to the end; and the package's own fit.
    u, v = -np.logaddexp(0, -z), np.logaddexp(0, z)

    def beta_loss(t3):
        m = t3[0] * u + t3[1] * v + t3[2]
        d = weights * (expit(m) - t)
        return (weights * (np.logaddexp(0, m) - t * m)).sum(), np.array([(d * u).sum(), (d * v).sum(), d.sum()])

    beta = minimize(beta_loss, [1.0, 1.0, 0.0], jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)],
                    options=dict(gtol=1e-12, ftol=1e-16, maxiter=10000))
    package = BetaCalibration(parameters="abm").fit(expit(z).reshape(-1, 1), y, weights).predict(expit(grid))
    beta_out = {"abc": beta.x.tolist(), "package": package.tolist()}
    out[name] = {"beta": beta_out, "isotonic": iso.predict(grid).tolist(), "slope": float(best.x[0]),
                 "intercept": float(best.x[1]), "sklearn": [-float(a), -float(b)]}
path = pathlib.Path(__file__).with_name("calibration.json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
print(path.stat().st_size, out["plain"]["slope"], out["plain"]["sklearn"])
