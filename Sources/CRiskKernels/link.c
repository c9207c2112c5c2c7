#include "exp_polynomial.h"
#include "log_series.h"
#include "risk_score_rows.h"
#include "variants.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

/* Units to probability and points for many rows: RiskModel's `Calibration.probability(units:)` and
   `PointsScaling.points(probability:)` with the same arithmetic in the same order, so with the same
   bits, but without their branches, so that compilers make vectors of the loops. */

/* A whole number below 2^51 in magnitude as a double. */
static inline double rk_real(int64_t whole) {
    double base = rk_round, value;
    int64_t bits;
    memcpy(&bits, &base, sizeof bits);
    bits += whole;
    memcpy(&value, &bits, sizeof value);
    return value - rk_round;
}

static const double rk_unit = 1.0 / 262144.0; /* a power of two: as good as the division */

/* rk_logistic_f64 for finite x. */
static inline double rk_logistic_plain(double x) {
    double magnitude = x < 0 ? x : -x; /* its negative, that is */
    double held = magnitude < -746.0 ? -746.0 : magnitude;
    double shifted = held * 1.4426950408889634 + rk_round;
    double k = shifted - rk_round;
    double e = rk_exp_reduced(held, k);
    /* 2^k in two factors where it is too small for one; the first product is exact. */
    double far = k < -1000.0 ? 200.0 : 0.0;
    double near_shifted = (k + far) + rk_round;
    uint64_t bits;
    memcpy(&bits, &near_shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    e = e * power * (k < -1000.0 ? 0x1p-200 : 1.0);
    e = held < -745.1332191019412 ? 0.0 : e;
    return (x < 0 ? e : 1.0) / (1.0 + e);
}

RK_VARIANTS
static void rk_logistic_rows(const int64_t *units, size_t count, double *probability) {
    for (size_t i = 0; i < count; i++)
        probability[i] = rk_logistic_plain(rk_real(units[i]) * rk_unit);
}

/* The calibrated log-odds of a sum, on their grid. */
static inline double rk_platt_plain(double slope, double intercept, int64_t units) {
    const double grid = 4294967296.0;
    double x = slope * (rk_real(units) * rk_unit) + intercept;
    x = x > -1024.0 ? x : -1024.0;
    x = x < 1024.0 ? x : 1024.0;
    double whole = (x * grid + rk_round) - rk_round;
    return whole / grid;
}

RK_VARIANTS
static void rk_platt_rows(double slope, double intercept, const int64_t *units, size_t count,
                          double *probability) {
    for (size_t i = 0; i < count; i++)
        probability[i] = rk_logistic_plain(rk_platt_plain(slope, intercept, units[i]));
}

/* Sixteen searches side by side: every search takes the same steps, so none waits for a branch. */
static void rk_isotonic_rows(const rk_link *link, const int64_t *units, size_t count,
                             double *probability) {
    enum { width = 16 };
    const int64_t *knots = link->knots;
    const double *values = link->probabilities;
    for (size_t start = 0; start < count; start += width) {
        size_t lanes = count - start < width ? count - start : width;
        size_t upto[width] = {0}; /* how many knots are at most the units */
        size_t length = link->knot_count;
        while (length > 1) {
            size_t half = length / 2;
            for (size_t lane = 0; lane < lanes; lane++)
                upto[lane] += knots[upto[lane] + half - 1] <= units[start + lane] ? half : 0;
            length -= half;
        }
        for (size_t lane = 0; lane < lanes; lane++) {
            int64_t x = units[start + lane];
            size_t low = upto[lane] + (knots[upto[lane]] <= x ? 1 : 0);
            if (low == 0 || low == link->knot_count) {
                probability[start + lane] = values[low == 0 ? 0 : low - 1];
                continue;
            }
            double share = rk_real(x - knots[low - 1]) / rk_real(knots[low] - knots[low - 1]);
            double value = values[low - 1] + (values[low] - values[low - 1]) * share;
            probability[start + lane] = value < values[low] ? value : values[low];
        }
    }
}

/* To the nearest whole number that an int32_t holds, halves away from zero. */
static inline double rk_nearest_point(double exact) {
    double whole = __builtin_trunc(exact);
    double rest = exact - whole; /* exact */
    whole += rest >= 0.5 ? 1.0 : 0.0;
    whole -= rest <= -0.5 ? 1.0 : 0.0;
    whole = whole > -2147483648.0 ? whole : -2147483648.0;
    return whole < 2147483647.0 ? whole : 2147483647.0;
}

RK_VARIANTS
static void rk_points_rows(double base_points, double log_base_odds, double points_to_double_odds,
                           const double *probability, size_t count, int32_t *points) {
    for (size_t i = 0; i < count; i++) {
        double odds = probability[i] / (1.0 - probability[i]);
        /* What is beyond +-40 is held there anyway, so no subnormal, zero or infinity is left. */
        double held = odds > 1e-20 ? odds : 1e-20;
        held = held < 1e20 ? held : 1e20;
        double log_odds = rk_log_plain(held, 0);
        log_odds = log_odds > -40.0 ? log_odds : -40.0;
        log_odds = log_odds < 40.0 ? log_odds : 40.0;
        double doublings = (log_odds - log_base_odds) * 1.4426950408889634;
        double exact = base_points + points_to_double_odds * doublings;
        points[i] = (int32_t)rk_nearest_point(exact);
    }
}

void rk_link_rows(const rk_link *link, const int64_t *units, size_t count, double *probability,
                  int32_t *points) {
    enum { chunk = 256 };
    double own[chunk];
    for (size_t start = 0; start < count; start += chunk) {
        size_t rows = count - start < chunk ? count - start : chunk;
        double *p = probability ? probability + start : own;
        switch (link->kind) {
        case RK_PLATT: rk_platt_rows(link->slope, link->intercept, units + start, rows, p); break;
        case RK_ISOTONIC: rk_isotonic_rows(link, units + start, rows, p); break;
        default: rk_logistic_rows(units + start, rows, p); break;
        }
        if (points)
            rk_points_rows(link->base_points, link->log_base_odds, link->points_to_double_odds, p,
                           rows, points + start);
    }
}

/* Points are defined by way of the probability, for whose logarithm who waits for one row would wait as
   long as for the probability. Rounded, p of log-odds x is off by at most 4 parts in 2^53, 1 - p by as
   much of p, so for |x| <= 12 the logarithm of p / (1 - p) is x within 4 e^12 / 2^53 and what the logarithm
   itself rounds, together less than 1e-10. Where both ends of ten times that round to the same points,
   those are they. */
static int rk_points_at_once(const rk_link *link, double x, int32_t *points) {
    double doublings = (x - link->log_base_odds) * 1.4426950408889634;
    double exact = link->base_points + link->points_to_double_odds * doublings;
    double open = 1e-9 * __builtin_fabs(link->points_to_double_odds)
                  + 1e-14 * (__builtin_fabs(link->base_points) + __builtin_fabs(exact));
    double least = rk_nearest_point(exact - open), most = rk_nearest_point(exact + open);
    *points = (int32_t)least;
    return x >= -12.0 && x <= 12.0 && least == most;
}

void rk_link_units(const rk_scorer *scorer, int64_t units, double *probability, int32_t *points) {
    const rk_link *link = &scorer->link;
    int32_t at_once;
    if (link->kind != RK_ISOTONIC) {
        double x = link->kind == RK_PLATT ? rk_platt_plain(link->slope, link->intercept, units)
                                          : rk_real(units) * rk_unit;
        if (rk_points_at_once(link, x, &at_once)) {
            if (probability) *probability = rk_logistic_plain(x);
            if (points) *points = at_once;
            return;
        }
    }
    rk_link_rows(link, &units, 1, probability, points);
}
