#include "exp_polynomial.h"
#include "risk_kernels.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

/* e^x = 2^k e^r by range reduction and a polynomial, exp_polynomial.h.

   libm's exp is as good, but picks an FMA variant at run time: its last bit depends on the machine.
   A probability that goes into a file must not. */

double rk_exp_f64(double x) {
    if (x != x) return x;
    if (x > 709.782712893384) return HUGE_VAL;
    if (x < -745.1332191019412) return 0.0;
    const double log2e = 1.4426950408889634;
    double k = nearbyint(x * log2e);
    double e = rk_exp_reduced(x, k);
    int64_t exponent = (int64_t)k;
    if (exponent < -1000) return e * rk_power_of_two(exponent + 200) * rk_power_of_two(-200);
    if (exponent > 1000) return e * rk_power_of_two(exponent - 200) * rk_power_of_two(200);
    return e * rk_power_of_two(exponent);
}

double rk_logistic_f64(double x) {
    if (x >= 0) return 1.0 / (1.0 + rk_exp_f64(-x));
    double e = rk_exp_f64(x);
    return e / (1.0 + e);
}
