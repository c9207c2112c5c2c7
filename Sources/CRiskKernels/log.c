#include "log_series.h"
#include "risk_kernels.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

/* ln x by log_series.h, and the values that are no normal number. */
double rk_log_f64(double x) {
    if (x != x || x < 0) return (double)NAN;
    if (x == 0) return -HUGE_VAL;
    if (x == HUGE_VAL) return x;
    if (x < 2.2250738585072014e-308) return rk_log_plain(x * 18014398509481984.0, -54);
    return rk_log_plain(x, 0);
}
