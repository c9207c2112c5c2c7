import Glibc

/// The natural logarithm: the one place of this module that takes it from somewhere.
func naturalLogarithm(_ x: Double) -> Double { log(x) }
