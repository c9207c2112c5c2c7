/* The logistic function and its loss, row by row. */
#include "exp_polynomial.h"
#include "lanes.h"
#include "log_series.h"
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
#define RK_SQRT8(v) __builtin_elementwise_sqrt(v)
#endif
#endif
#ifndef RK_SQRT8
#define RK_SQRT8(v)                                                                                 \
    ((rk_doubles8){__builtin_sqrt((v)[0]), __builtin_sqrt((v)[1]), __builtin_sqrt((v)[2]),           \
                   __builtin_sqrt((v)[3]), __builtin_sqrt((v)[4]), __builtin_sqrt((v)[5]),           \
                   __builtin_sqrt((v)[6]), __builtin_sqrt((v)[7])})
#endif

/* ln(1 + e) is the larger part of what a row costs; of rows without weights the product of the 1 + e is
   taken, 256 of them at most, which are at most 2 each, and its logarithm once. */
RK_VARIANTS
double rk_logistic_rows_f64(const double *log_odds, const uint8_t *labels, const double *weights,
                            size_t count, double *residuals, double *root_curvatures) {
    enum { chunk = 256 };
    const rk_wholes8 sign = (rk_wholes8){0} + INT64_MIN;
    double loss = 0;
    for (size_t start = 0; start < count; start += chunk) {
        size_t rows = count - start < chunk ? count - start : chunk;
        rk_doubles8 products = RK_SPREAD(1.0), positive = {0}, weighted = {0};
        for (size_t i = 0; i < rows; i += RK_LANES) {
            size_t here = rows - i < RK_LANES ? rows - i : RK_LANES;
            /* Beyond the end: events with log-odds so high that they cost nothing. */
            rk_doubles8 x = RK_SPREAD(800.0), w = RK_SPREAD(1.0);
            rk_bytes8 label = {1, 1, 1, 1, 1, 1, 1, 1};
            if (here == RK_LANES) {
                RK_LOAD(x, log_odds + start + i);
                RK_LOAD(label, labels + start + i);
                if (weights) RK_LOAD(w, weights + start + i);
            } else {
                memcpy(&x, log_odds + start + i, here * sizeof(double));
                memcpy(&label, labels + start + i, here);
                if (weights) memcpy(&w, weights + start + i, here * sizeof(double));
            }
            rk_wholes8 is_event = __builtin_convertvector(label, rk_wholes8) != 0;
            rk_wholes8 is_negative = x < 0;
            /* e^-700 is no subnormal, and nothing is lost: 1 + e^-700 = 1 */
            rk_doubles8 magnitude = (rk_doubles8)((rk_wholes8)x & ~sign);
            rk_doubles8 held = -RK_CHOOSE(magnitude < 700.0, magnitude, RK_SPREAD(700.0));
            /* As rk_exp_plain. */
            rk_doubles8 shifted = held * 1.4426950408889634 + rk_round;
            rk_doubles8 k = shifted - rk_round;
            rk_doubles8 r = (held - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10;
            rk_doubles8 e = RK_SPREAD(1.0 / 6227020800.0);
            e = e * r + 1.0 / 479001600.0;
            e = e * r + 1.0 / 39916800.0;
            e = e * r + 1.0 / 3628800.0;
            e = e * r + 1.0 / 362880.0;
            e = e * r + 1.0 / 40320.0;
            e = e * r + 1.0 / 5040.0;
            e = e * r + 1.0 / 720.0;
            e = e * r + 1.0 / 120.0;
            e = e * r + 1.0 / 24.0;
            e = e * r + 1.0 / 6.0;
            e = e * r + 0.5;
            e = 1.0 + (r + r * r * e);
            e *= (rk_doubles8)(((rk_wholes8)shifted + 1023) << 52);
            rk_doubles8 one = 1.0 + e;
            rk_doubles8 large = 1.0 / one, small = e * large;
            rk_doubles8 p = RK_CHOOSE(is_negative, small, large);
            rk_doubles8 q = RK_CHOOSE(is_negative, large, small);
            rk_doubles8 residual = RK_CHOOSE(is_event, -q, p) * w;
            rk_doubles8 root = RK_SQRT8(w * p * q);
            rk_doubles8 against = RK_CHOOSE(is_event, -x, x); /* the loss is log(1 + e^against) */
            against = (rk_doubles8)((rk_wholes8)against & (against > 0));
            if (weights) {
                for (size_t lane = 0; lane < RK_LANES; lane++) {
                    double u = e[lane], sum = one[lane];
                    /* ln(1 + u), with what the sum has rounded away (Kahan). */
                    double whole = rk_log_plain(sum, 0);
                    whole += (u - (sum - 1.0)) / sum;
                    weighted[lane] += here > lane ? w[lane] * (whole + against[lane]) : 0;
                }
            } else {
                products *= one;
                positive += against;
            }
            if (here == RK_LANES) {
                RK_STORE(residuals + start + i, residual);
                RK_STORE(root_curvatures + start + i, root);
            } else {
                memcpy(residuals + start + i, &residual, here * sizeof(double));
                memcpy(root_curvatures + start + i, &root, here * sizeof(double));
            }
        }
        double product = ((products[0] * products[1]) * (products[2] * products[3]))
                         * ((products[4] * products[5]) * (products[6] * products[7]));
        loss += weights ? RK_TOTAL(weighted) : rk_log_plain(product, 0) + RK_TOTAL(positive);
    }
    return loss;
}
