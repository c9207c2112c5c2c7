#include "risk_kernels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* e^x by range reduction x = k ln 2 + r with |r| <= ln 2 / 2 (Cody and Waite 1980) and the Taylor
   polynomial of degree 13 in r, whose remainder is below 2^-57 there.

   libm's exp is as good, but picks an FMA variant at run time: its last bit depends on the machine.
   A probability that goes into a file must not. */

static double rk_power_of_two(int64_t exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double rk_exp_f64(double x) {
    if (x != x) return x;
    if (x > 709.782712893384) return HUGE_VAL;
    if (x < -745.1332191019412) return 0.0;
    const double log2e = 1.4426950408889634;
    const double ln2_high = 6.93147180369123816490e-01; /* 33 bits: k * ln2_high is exact */
    const double ln2_low = 1.90821492927058770002e-10;
    double k = nearbyint(x * log2e);
    double r = (x - k * ln2_high) - k * ln2_low;
    double p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    double e = 1.0 + (r + r * r * p);
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
