#include <math.h>
#include "internal.h"

#pragma STDC FP_CONTRACT OFF

/* log x: x = m 2^k with m in [sqrt(1/2), sqrt 2], and log m = 2 artanh(s), s = (m - 1) / (m + 1),
   |s| < 0.172, by its power series, whose first term left out is below 2^-57 of the sum. As with
   rk_exp_f64: libm's logarithm is as good, but not the same on every machine. */
double rk_log_f64(double x) {
    if (x != x || x < 0) return NAN;
    if (x == 0) return -HUGE_VAL;
    if (x > 1.7976931348623157e308) return x;
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.7071067811865476) {
        m *= 2.0;
        exponent -= 1;
    }
    double s = (m - 1.0) / (m + 1.0);
    double q = s * s;
    double t = 1.0 / 21.0;
    t = t * q + 1.0 / 19.0;
    t = t * q + 1.0 / 17.0;
    t = t * q + 1.0 / 15.0;
    t = t * q + 1.0 / 13.0;
    t = t * q + 1.0 / 11.0;
    t = t * q + 1.0 / 9.0;
    t = t * q + 1.0 / 7.0;
    t = t * q + 1.0 / 5.0;
    t = t * q + 1.0 / 3.0;
    t *= q;
    double k = exponent;
    return k * 6.93147180369123816490e-01 + (2.0 * s + (2.0 * s * t + k * 1.90821492927058770002e-10));
}
