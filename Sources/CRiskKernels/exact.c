/* Sums over rows that have the same bits in any order: each summand is rounded to a multiple of a power of
   two, and the multiples are added as whole numbers.

   With magic = 1.5 * 2^52 * step the sum x + magic is x rounded to a multiple of the step, and the
   difference of its bits and magic's is that multiple, as long as |x| <= 2^51 * step. So a summand costs an
   addition of doubles and one of integers. */
#include "exp_polynomial.h"
#include "lanes.h"
#include "risk_kernels.h"
#include "terms.h"
#include "variants.h"
#pragma STDC FP_CONTRACT OFF

enum { tile = RK_TILE, parts = RK_TILE / RK_LANES };

static inline int64_t rk_bits(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

#define RK_MULTIPLES8(x, magic, base) ((rk_wholes8)((x) + (magic)) - (base))
#define RK_WHOLE_TOTAL(v) ((v)[0] + (v)[1] + (v)[2] + (v)[3] + (v)[4] + (v)[5] + (v)[6] + (v)[7])

RK_VARIANTS
void rk_extremes_f64(const double *values, const uint32_t *rows, const uint8_t *labels, size_t count,
                     rk_extremes *extremes) {
    const rk_doubles8 infinity = RK_SPREAD(__builtin_inf());
    const rk_wholes8 sign = (rk_wholes8){0} + INT64_MIN;
    rk_doubles8 lowest[2] = {infinity, infinity}, highest[2] = {-infinity, -infinity};
    rk_wholes8 missing = {0}, infinite = {0};
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 v = {0};
        rk_bytes8 label = {2, 2, 2, 2, 2, 2, 2, 2};
        size_t here = count - i < RK_LANES ? count - i : RK_LANES;
        RK_FETCH8(v, values, rows, i, count);
        memcpy(&label, labels + i, here);
        uint64_t all;
        memcpy(&all, &label, sizeof all);
        if (all == 0) { /* where events are rare most eights have none */
            rk_wholes8 is_lower = v < lowest[0], is_higher = v > highest[0];
            lowest[0] = RK_CHOOSE(is_lower, v, lowest[0]);
            highest[0] = RK_CHOOSE(is_higher, v, highest[0]);
            missing -= v != v;
            infinite -= (rk_doubles8)((rk_wholes8)v & ~sign) == infinity;
            continue;
        }
        rk_wholes8 class = __builtin_convertvector(label, rk_wholes8);
        for (int k = 0; k < 2; k++) {
            /* Comparisons with a NaN are false: it is nobody's extreme. */
            rk_wholes8 is_lower = (class == k) & (v < lowest[k]);
            rk_wholes8 is_higher = (class == k) & (v > highest[k]);
            lowest[k] = RK_CHOOSE(is_lower, v, lowest[k]);
            highest[k] = RK_CHOOSE(is_higher, v, highest[k]);
        }
        missing -= (v != v) & (class < 2);
        infinite -= ((rk_doubles8)((rk_wholes8)v & ~sign) == infinity) & (class < 2);
    }
    for (int class = 0; class < 2; class++) {
        double low = __builtin_inf(), high = -__builtin_inf();
        for (int lane = 0; lane < RK_LANES; lane++) {
            low = lowest[class][lane] < low ? lowest[class][lane] : low;
            high = highest[class][lane] > high ? highest[class][lane] : high;
        }
        extremes->lowest[class] = low;
        extremes->highest[class] = high;
    }
    /* A comparison is -1 where it holds. */
    extremes->missing = RK_WHOLE_TOTAL(missing);
    extremes->infinite = RK_WHOLE_TOTAL(infinite);
}

RK_VARIANTS
void rk_add_moments_i64(const rk_term *term, const double *values, const uint32_t *rows,
                        const double *weights, size_t count, double magic, int64_t *sums) {
    const rk_wholes8 base = (rk_wholes8){0} + rk_bits(magic);
    rk_wholes8 mass = {0}, first = {0}, second = {0};
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 v = {0}, w = RK_SPREAD(1.0);
        RK_FETCH8(v, values, rows, i, count);
        if (weights) {
            size_t here = count - i < RK_LANES ? count - i : RK_LANES;
            memcpy(&w, weights + i, here * sizeof(double));
        }
        rk_wholes8 is_missing = v != v; /* what is beyond the end, too */
        rk_doubles8 d = (v * term->scale - term->centre) * term->factor;
        w = (rk_doubles8)((rk_wholes8)w & ~is_missing);
        d = (rk_doubles8)((rk_wholes8)d & ~is_missing);
        rk_doubles8 wd = w * d;
        mass += RK_MULTIPLES8(w, magic, base);
        first += RK_MULTIPLES8(wd, magic, base);
        second += RK_MULTIPLES8(wd * d, magic, base);
    }
    sums[0] += RK_WHOLE_TOTAL(mass);
    sums[1] += RK_WHOLE_TOTAL(first);
    sums[2] += RK_WHOLE_TOTAL(second);
}

/* As rk_exp_plain and rk_log_plain, eight at a time. */
RK_VARIANTS
int64_t rk_losses_i64(const double *log_odds, const uint8_t *labels, const double *weights,
                      size_t count, double magic) {
    const rk_wholes8 sign = (rk_wholes8){0} + INT64_MIN, base = (rk_wholes8){0} + rk_bits(magic);
    rk_wholes8 sums = {0};
    for (size_t i = 0; i < count; i += RK_LANES) {
        size_t here = count - i < RK_LANES ? count - i : RK_LANES;
        rk_doubles8 x = {0}, w = {0};
        rk_bytes8 label = {0};
        if (here == RK_LANES) {
            RK_LOAD(x, log_odds + i);
            RK_LOAD(label, labels + i);
            w += 1.0;
            if (weights) RK_LOAD(w, weights + i);
        } else { /* what is beyond the end weighs nothing */
            memcpy(&x, log_odds + i, here * sizeof(double));
            memcpy(&label, labels + i, here);
            for (size_t lane = 0; lane < here; lane++) w[lane] = weights ? weights[i + lane] : 1.0;
        }
        rk_wholes8 is_event = __builtin_convertvector(label, rk_wholes8) != 0;
        rk_doubles8 magnitude = (rk_doubles8)((rk_wholes8)x & ~sign);
        rk_doubles8 held = -RK_CHOOSE(magnitude < 700.0, magnitude, RK_SPREAD(700.0));
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
        /* ln of a number from 1 to 2: above the root of 2 it is halved. */
        rk_wholes8 is_large = one > 1.4142135623730951;
        rk_doubles8 f = RK_CHOOSE(is_large, one * 0.5, one) - 1.0;
        rk_doubles8 s = f / (2.0 + f), z = s * s;
        rk_doubles8 series = RK_SPREAD(2.0 / 23.0);
        series = series * z + 2.0 / 21.0;
        series = series * z + 2.0 / 19.0;
        series = series * z + 2.0 / 17.0;
        series = series * z + 2.0 / 15.0;
        series = series * z + 2.0 / 13.0;
        series = series * z + 2.0 / 11.0;
        series = series * z + 2.0 / 9.0;
        series = series * z + 2.0 / 7.0;
        series = series * z + 2.0 / 5.0;
        series = series * z + 2.0 / 3.0;
        series = series * z;
        rk_doubles8 half = 0.5 * f * f, doublings = RK_CHOOSE(is_large, RK_SPREAD(1.0), RK_SPREAD(0.0));
        rk_doubles8 small = s * (half + series) + doublings * 1.90821492927058770002e-10;
        rk_doubles8 loss = doublings * 6.93147180369123816490e-01 + (f - (half - small));
        loss += (e - (one - 1.0)) / one; /* what the sum has rounded away (Kahan) */
        rk_doubles8 against = RK_CHOOSE(is_event, -x, x);
        loss += (rk_doubles8)((rk_wholes8)against & (against > 0));
        loss = RK_CHOOSE(loss < 64.0, loss, RK_SPREAD(64.0));
        sums += RK_MULTIPLES8(w * loss, magic, base);
    }
    return RK_WHOLE_TOTAL(sums);
}

RK_VARIANTS
int64_t rk_squares_i64(const double *values, size_t count, double magic) {
    const int64_t base = rk_bits(magic);
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += rk_bits(values[i] * values[i] + magic) - base;
    return sum;
}

RK_VARIANTS
void rk_add_gradient_i64(const float *block, size_t rows, size_t columns, const double *residuals,
                         const double *magics, int64_t *sums) {
    for (size_t start = 0; start < rows; start += tile) {
        const float *x = block + start * columns;
        double padded[tile] = {0};
        memcpy(padded, residuals + start, (rows - start < tile ? rows - start : tile) * sizeof *padded);
        rk_doubles8 r[parts];
        for (int k = 0; k < parts; k++) RK_LOAD(r[k], padded + k * RK_LANES);
        for (size_t c = 0; c <= columns; c++) {
            rk_doubles8 magic = RK_SPREAD(magics[c]);
            rk_wholes8 sum;
            RK_LOAD(sum, sums + c * RK_LANES);
            sum -= (rk_wholes8)magic << 2; /* once for each of the four parts */
            if (c == 0) {
                for (int k = 0; k < parts; k++) sum += (rk_wholes8)(r[k] + magic);
            } else {
                rk_floats8 values[parts];
                RK_LOAD(values, x);
                x += tile;
                for (int k = 0; k < parts; k++)
                    sum += (rk_wholes8)(r[k] * RK_WIDEN(values[k]) + magic);
            }
            RK_STORE(sums + c * RK_LANES, sum);
        }
    }
}

RK_VARIANTS
int64_t rk_gradient_i64(const rk_term *term, const double *values, const uint32_t *rows, size_t count,
                        const double *residuals, double magic) {
    const rk_wholes8 base = (rk_wholes8){0} + rk_bits(magic);
    rk_wholes8 sums = {0};
    for (size_t i = 0; i < count; i += RK_LANES) {
        rk_doubles8 x = {0}, r = {0};
        RK_FETCH8(x, values, rows, i, count);
        if (i + RK_LANES <= count)
            RK_LOAD(r, residuals + i);
        else
            memcpy(&r, residuals + i, (count - i) * sizeof(double));
        sums += RK_MULTIPLES8(RK_TERM8(term, x) * r, magic, base);
    }
    return RK_WHOLE_TOTAL(sums);
}

size_t rk_select_rows_f64(const double *roots, size_t rows, double floor, const uint8_t *drawn,
                          uint32_t *selected, double *factors) {
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        int is_steep = roots[i] >= floor;
        selected[count] = (uint32_t)i;
        factors[count] = roots[i] * (is_steep ? 1.0 : 2.8284271247461903); /* the root of one in 8 */
        count += (size_t)(is_steep | drawn[i]);
    }
    return count;
}

RK_VARIANTS
void rk_whole_rows_f64(const float *block, size_t columns, const uint32_t *selected,
                       const double *factors, size_t count, const double *scales, double *out,
                       size_t stride) {
    for (size_t i = 0; i < count; i++) out[i] = (factors[i] * scales[0] + rk_round) - rk_round;
    /* A few rows at a time, so that their places are known before the columns go by. */
    for (size_t start = 0; start < count; start += RK_LANES) {
        size_t length = count - start < RK_LANES ? count - start : RK_LANES;
        size_t places[RK_LANES];
        double own[RK_LANES];
        for (size_t i = 0; i < RK_LANES; i++) {
            size_t row = i < length ? selected[start + i] : 0;
            places[i] = row / tile * tile * columns + row % tile;
            own[i] = i < length ? factors[start + i] : 0;
        }
        for (size_t c = 0; c < columns; c++) {
            const float *x = block + c * tile;
            double *to = out + (c + 1) * stride + start, scale = scales[c + 1];
            if (length == RK_LANES) {
                rk_doubles8 v, f;
                for (size_t i = 0; i < RK_LANES; i++) v[i] = x[places[i]];
                RK_LOAD(f, own);
                v = (v * f * scale + rk_round) - rk_round;
                RK_STORE(to, v);
            } else {
                for (size_t i = 0; i < length; i++)
                    to[i] = (x[places[i]] * own[i] * scale + rk_round) - rk_round;
            }
        }
    }
}

void rk_add_whole_f64_i64(const double *values, size_t count, int64_t *sums) {
    for (size_t i = 0; i < count; i++) sums[i] += (int64_t)values[i];
}
