/* The units of a linear term. */
#ifndef RISKKIT_LINEAR_TERM_H
#define RISKKIT_LINEAR_TERM_H
#include "risk_score_rows.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

static inline int64_t rk_linear_units(const rk_linear_term *term, double x) {
    const double limit = 8388608.0;
    if (x != x) return term->missing;
    double product = term->coefficient * x * 262144.0;
    if (product != product) return 0;
    product = product > -limit ? product : -limit;
    return (int64_t)nearbyint(product < limit ? product : limit);
}

#endif
