import CRiskKernels
import Glibc

/// The natural logarithm: the one place of this module that takes it from somewhere.
func naturalLogarithm(_ x: Double) -> Double { log(x) }

/// e^x.
func exponential(_ x: Double) -> Double { rk_exp_f64(x) }
