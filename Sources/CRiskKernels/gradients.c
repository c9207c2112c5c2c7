#include "exp_polynomial.h"
#include "risk_kernels.h"
#include "variants.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* The logistic function and its loss over rows of fixed-point margins.

   Margins are whole numbers of 2^-24 of log-odds, so |x| <= 128 and e^-|x| needs none of
   rk_exp_f64's special cases: what is left is the same arithmetic without a branch, which the
   compiler turns into vectors, and which therefore has rk_exp_f64's bits. Rounding to a whole number
   is done by adding and subtracting 1.5 * 2^52, which is nearbyint for magnitudes below 2^51. */

static const double rk_margin_step = 1.0 / 16777216.0;

/* The nearest whole number, ties to even, for |x| < 2^51. */
static inline int64_t rk_whole(double x) {
    double shifted = x + rk_round;
    int64_t bits, zero;
    double base = rk_round;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&zero, &base, sizeof zero);
    return bits - zero;
}

RK_VARIANTS
void rk_gradients_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                      size_t count, double scale, int64_t *pairs) {
    for (size_t i = 0; i < count; i++) {
        double x = (double)margins[i] * rk_margin_step;
        double e = rk_exp_plain(x < 0 ? x : -x);
        double p = (x < 0 ? e : 1.0) / (1.0 + e);
        double one = labels[i];
        pairs[2 * i] = rk_whole((p - one) * scale);
        pairs[2 * i + 1] = rk_whole(p * (1.0 - p) * scale);
    }
    if (weights) {
        for (size_t i = 0; i < count; i++) {
            int64_t weight = weights[i];
            pairs[2 * i] *= weight;
            pairs[2 * i + 1] *= weight;
        }
    }
}

/* log(1 + u) for u in [0, 1]: 2 artanh(s) with s = u / (2 + u) <= 1/3, by its power series; the
   first term left out is below 2^-57 of the sum. */
static inline double rk_log1p_plain(double u) {
    double s = u / (2.0 + u);
    double q = s * s;
    double t = 1.0 / 35.0;
    t = t * q + 1.0 / 33.0;
    t = t * q + 1.0 / 31.0;
    t = t * q + 1.0 / 29.0;
    t = t * q + 1.0 / 27.0;
    t = t * q + 1.0 / 25.0;
    t = t * q + 1.0 / 23.0;
    t = t * q + 1.0 / 21.0;
    t = t * q + 1.0 / 19.0;
    t = t * q + 1.0 / 17.0;
    t = t * q + 1.0 / 15.0;
    t = t * q + 1.0 / 13.0;
    t = t * q + 1.0 / 11.0;
    t = t * q + 1.0 / 9.0;
    t = t * q + 1.0 / 7.0;
    t = t * q + 1.0 / 5.0;
    t = t * q + 1.0 / 3.0;
    t = t * q + 1.0;
    return 2.0 * s * t;
}

/* The same to 2^-33, which is enough for a loss in units of 2^-24: half the terms. */
static inline double rk_log1p_short(double u) {
    double s = u / (2.0 + u);
    double q = s * s;
    double t = 1.0 / 17.0;
    t = t * q + 1.0 / 15.0;
    t = t * q + 1.0 / 13.0;
    t = t * q + 1.0 / 11.0;
    t = t * q + 1.0 / 9.0;
    t = t * q + 1.0 / 7.0;
    t = t * q + 1.0 / 5.0;
    t = t * q + 1.0 / 3.0;
    t = t * q + 1.0;
    return 2.0 * s * t;
}

RK_VARIANTS
int64_t rk_gradients_packed_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                                size_t count, double scale, double loss_scale, int64_t *packed,
                                int64_t *loss) {
    enum { chunk = 256 };
    int64_t magnitude = 0, sum = 0;
    int64_t gradients[chunk], hessians[chunk], losses[chunk];
    for (size_t start = 0; start < count; start += chunk) {
        size_t rows = count - start < chunk ? count - start : chunk;
        for (size_t i = 0; i < rows; i++) {
            double x = (double)margins[start + i] * rk_margin_step;
            double e = rk_exp_plain(x < 0 ? x : -x);
            double p = (x < 0 ? e : 1.0) / (1.0 + e);
            double one = labels[start + i];
            double against = one > 0 ? -x : x; /* the loss is log(1 + e^against) */
            gradients[i] = rk_whole((p - one) * scale);
            hessians[i] = rk_whole(p * (1.0 - p) * scale);
            losses[i] = rk_whole((rk_log1p_short(e) + (against > 0 ? against : 0.0)) * loss_scale);
        }
        if (weights) {
            for (size_t i = 0; i < rows; i++) {
                int64_t weight = weights[start + i];
                gradients[i] *= weight;
                hessians[i] *= weight;
                losses[i] *= weight;
            }
        }
        for (size_t i = 0; i < rows; i++) {
            magnitude += gradients[i] < 0 ? -gradients[i] : gradients[i];
            sum += losses[i];
            packed[start + i] =
                (int64_t)(((uint64_t)gradients[i] << 32) + (uint64_t)hessians[i]);
        }
    }
    *loss += sum;
    return magnitude;
}

RK_VARIANTS
int64_t rk_log_loss_i64(const int32_t *margins, const uint8_t *labels, const uint32_t *weights,
                        size_t count, double scale) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        double x = (double)margins[i] * rk_margin_step;
        double against = labels[i] ? -x : x; /* the loss is log(1 + e^against) */
        double magnitude = x < 0 ? -x : x;
        double loss = rk_log1p_plain(rk_exp_plain(-magnitude)) + (against > 0 ? against : 0.0);
        int64_t weight = weights ? (int64_t)weights[i] : 1;
        sum += rk_whole(loss * scale) * weight;
    }
    return sum;
}

RK_VARIANTS
void rk_add_stump_i32(int32_t *margins, const uint8_t *bins, size_t count, uint8_t last_left,
                      uint8_t missing, int32_t left, int32_t right, int32_t absent) {
    for (size_t i = 0; i < count; i++) {
        int32_t step = bins[i] <= last_left ? left : right;
        margins[i] += bins[i] == missing ? absent : step;
    }
}

RK_VARIANTS
size_t rk_count_wrong_f64(const double *log_odds, const uint8_t *labels, size_t count) {
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        double towards = labels[i] ? log_odds[i] : -log_odds[i];
        wrong += towards > 0 ? 0 : 1;
    }
    return wrong;
}

RK_VARIANTS
void rk_multiply_f64(double *values, const double *factors, size_t count) {
    for (size_t i = 0; i < count; i++) values[i] *= factors[i];
}
