import CRiskKernels

/// The natural logarithm, with the same bits on every machine.
func naturalLogarithm(_ x: Double) -> Double { rk_log_f64(x) }

/// e^x, with the same bits on every machine.
func exponential(_ x: Double) -> Double { rk_exp_f64(x) }
