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

RK_VARIANTS
static void rk_platt_rows(double slope, double intercept, const int64_t *units, size_t count,
                          double *probability) {
    const double grid = 4294967296.0;
    for (size_t i = 0; i < count; i++) {
        double x = slope * (rk_real(units[i]) * rk_unit) + intercept;
        x = x > -1024.0 ? x : -1024.0;
        x = x < 1024.0 ? x : 1024.0;
        double whole = (x * grid + rk_round) - rk_round;
        probability[i] = rk_logistic_plain(whole / grid);
    }
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
        double whole = __builtin_trunc(exact);
        double rest = exact - whole; /* exact; halves go away from zero */
        whole += rest >= 0.5 ? 1.0 : 0.0;
        whole -= rest <= -0.5 ? 1.0 : 0.0;
        whole = whole > -2147483648.0 ? whole : -2147483648.0;
        whole = whole < 2147483647.0 ? whole : 2147483647.0;
        points[i] = (int32_t)whole;
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

void rk_link_units(const rk_scorer *scorer, int64_t units, double *probability, int32_t *points) {
    rk_link_rows(&scorer->link, &units, 1, probability, points);
}
