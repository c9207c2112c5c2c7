/* A column of a linear model as it is used: centred, of unit deviation, missing values at the mean, or
   the indicator of missing values. Into single precision, or straight into margins and gradients: then
   the values in double precision are read once and written nowhere. */
#include "lanes.h"
#include "risk_kernels.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE };

/* Eight values from row `i`: those in a row where they lie, those of a list gathered, and what is
   beyond the end is missing. */
#define RK_FETCH8(x, values, rows, i, count)                                                        \
    do {                                                                                            \
        if (!(rows) && (i) + RK_LANES <= (count))                                                   \
            RK_LOAD(x, (values) + (i));                                                             \
        else                                                                                        \
            for (size_t lane = 0; lane < RK_LANES; lane++)                                          \
                (x)[lane] = (i) + lane < (count) ? (values)[(rows) ? (rows)[(i) + lane] : (i) + lane] \
                                                 : __builtin_nan("");                               \
    } while (0)

/* The column's eight values of eight raw ones. */
#define RK_TERM8(term, x)                                                                           \
    RK_CHOOSE((x) != (x), RK_SPREAD((term)->absent),                                                \
              (term)->indicates ? RK_SPREAD((term)->present)                                        \
                                : ((x) * (term)->scale - (term)->centre) * (term)->factor)

RK_VARIANTS
void rk_fill_f32(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                 size_t stride, float *out) {
    for (size_t start = 0; start < count; start += tile)
        for (size_t k = 0; k < tile; k += RK_LANES) {
            rk_doubles8 x = {0};
            RK_FETCH8(x, values, rows, start + k, count);
            rk_floats8 z = __builtin_convertvector(RK_TERM8(term, x), rk_floats8);
            if (start + k + RK_LANES > count) /* beyond the end there is nothing */
                for (size_t lane = 0; lane < RK_LANES; lane++)
                    if (start + k + lane >= count) z[lane] = 0;
            RK_STORE(out + start / tile * stride + k, z);
        }
}

RK_VARIANTS
void rk_add_margins_f64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                        double coefficient, double *margins) {
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 x = {0}, m;
        RK_FETCH8(x, values, rows, i, count);
        RK_LOAD(m, margins + i);
        m += RK_TERM8(term, x) * coefficient;
        RK_STORE(margins + i, m);
    }
}

RK_VARIANTS
double rk_gradient_f64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                       const double *residuals) {
    rk_doubles8 sums = {0};
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 x = {0}, r = {0};
        RK_FETCH8(x, values, rows, i, count);
        if (i + RK_LANES <= count)
            RK_LOAD(r, residuals + i);
        else
            memcpy(&r, residuals + i, (count - i) * sizeof(double));
        sums += RK_TERM8(term, x) * r;
    }
    return RK_TOTAL(sums);
}

/* Mean and squares block by block, and joined as Chan, Golub and LeVeque do (1983): one pass over
   memory, as exact as two. */
RK_VARIANTS
void rk_summarize_f64(const double *values, const uint32_t *rows, const uint8_t *labels,
                      const double *weights, size_t count, double scale, rk_summary *summary) {
    enum { chunk = 512 };
    const rk_doubles8 infinity = RK_SPREAD(__builtin_inf());
    const rk_wholes8 sign = (rk_wholes8){0} + INT64_MIN;
    rk_doubles8 lowest[2] = {infinity, infinity}, highest[2] = {-infinity, -infinity};
    rk_wholes8 missing = {0}, infinite = {0};
    double total = 0, present = 0, mean = 0, squares = 0;
    double own[chunk], ones[chunk];
    uint8_t own_labels[chunk];
    for (size_t i = 0; i < chunk; i++) ones[i] = 1;
    for (size_t start = 0; start < count; start += chunk) {
        size_t length = count - start < chunk ? count - start : chunk;
        const double *x = values + start, *w = weights ? weights + start : ones;
        const uint8_t *y = labels + start;
        if (rows || length < chunk) {
            for (size_t i = 0; i < length; i++) own[i] = values[rows ? rows[start + i] : start + i];
            x = own;
        }
        if (length < chunk) { /* what is beyond weighs nothing, and is nobody's extreme */
            memcpy(own_labels, y, length);
            if (weights) memcpy(ones, w, length * sizeof *ones);
            for (size_t i = length; i < chunk; i++) {
                own[i] = 0;
                ones[i] = 0;
                own_labels[i] = 2;
            }
            y = own_labels;
            w = ones;
        }
        rk_doubles8 all = {0}, here = {0}, sums = {0};
        for (size_t i = 0; i < chunk; i += RK_LANES) {
            rk_doubles8 v, weight;
            rk_bytes8 label;
            RK_LOAD(v, x + i);
            RK_LOAD(weight, w + i);
            RK_LOAD(label, y + i);
            rk_wholes8 class = __builtin_convertvector(label, rk_wholes8);
            for (int k = 0; k < 2; k++) {
                /* Comparisons with a NaN are false, so it is nobody's extreme either. */
                rk_wholes8 is_lower = (class == k) & (v < lowest[k]);
                rk_wholes8 is_higher = (class == k) & (v > highest[k]);
                lowest[k] = RK_CHOOSE(is_lower, v, lowest[k]);
                highest[k] = RK_CHOOSE(is_higher, v, highest[k]);
            }
            rk_wholes8 is_missing = v != v;
            missing -= is_missing;
            infinite -= (rk_doubles8)((rk_wholes8)v & ~sign) == infinity;
            all += weight;
            weight = (rk_doubles8)((rk_wholes8)weight & ~is_missing);
            v = (rk_doubles8)((rk_wholes8)v & ~is_missing);
            here += weight;
            sums += weight * (v * scale);
        }
        double weight = RK_TOTAL(here);
        total += RK_TOTAL(all);
        if (!(weight > 0)) continue;
        double centre = RK_TOTAL(sums) / weight;
        rk_doubles8 spread = {0};
        for (size_t i = 0; i < chunk; i += RK_LANES) {
            rk_doubles8 v, own_weight;
            RK_LOAD(v, x + i);
            RK_LOAD(own_weight, w + i);
            rk_wholes8 is_missing = v != v;
            rk_doubles8 difference = v * scale - centre;
            difference = (rk_doubles8)((rk_wholes8)difference & ~is_missing);
            spread += own_weight * difference * difference;
        }
        double step = centre - mean, sum = present + weight;
        squares += RK_TOTAL(spread) + step * step * (present * (weight / sum));
        mean += step * (weight / sum);
        present = sum;
    }
    for (int class = 0; class < 2; class++) {
        double low = __builtin_inf(), high = -__builtin_inf();
        for (int lane = 0; lane < RK_LANES; lane++) {
            low = lowest[class][lane] < low ? lowest[class][lane] : low;
            high = highest[class][lane] > high ? highest[class][lane] : high;
        }
        summary->lowest[class] = low;
        summary->highest[class] = high;
    }
    summary->missing = summary->infinite = 0;
    for (int lane = 0; lane < RK_LANES; lane++) {
        summary->missing += missing[lane];
        summary->infinite += infinite[lane];
    }
    summary->total = total;
    summary->present = present;
    summary->mean = mean;
    summary->squares = squares;
}
