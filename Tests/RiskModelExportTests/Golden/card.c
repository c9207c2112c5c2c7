/* card: a model of 3 features, by RiskKit. C99, no libraries.

   A row has one value a feature, in the order of card_features; NaN is a missing value. All functions
   are pure: any number of threads may call them. Other files see only the declarations where
   they define card_DECLARATIONS_ONLY and include this one. */
#ifndef card_INCLUDED
#define card_INCLUDED
#include <stddef.h>
#include <stdint.h>

#define card_FEATURE_COUNT 3

/* The features' names, UTF-8. */
extern const char *const card_features[3];
/* The sum of a row in units of 2^-18 of log-odds. */
int64_t card_units(const double *row);
/* The log-odds: units / 2^18, exactly. */
double card_logodds(const double *row);
/* The calibrated probability, in [0, 1]. */
double card_probability(const double *row);
/* The points of that probability. */
int32_t card_points(const double *row);
/* The at most `limit` terms most above what is typical: their features and log-odds above it, the
   largest first and ties in the order of features. Returns how many there are. */
size_t card_reasons(const double *row, size_t limit, size_t *features, double *log_odds);

#ifndef card_DECLARATIONS_ONLY

#include <float.h>
#include <string.h>
#if defined(FLT_EVAL_METHOD) && (FLT_EVAL_METHOD < 0 || FLT_EVAL_METHOD == 2)
#error "doubles must be computed as doubles: on 32-bit x86 say -msse2 -mfpmath=sse"
#endif
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "-ffast-math and -ffinite-math-only take missing values (NaN) for numbers"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

const char *const card_features[3] = {
    "spend 7d",
    "night\"share",
    "age",
};

static const double card_cuts[] = {
    0.0, 0x1.999999999999ap-4, 0x1.9p5, 0x1.7e43c8800759cp996, 0x1.5555555555555p-2,
};

static const int32_t card_bins[] = {
    -5, 0, 70000, 90000, 100000, -20000, 30000,
};

/* Feature, cut points, where they and the bins begin, units of a missing and a typical value. */
static const struct {
    uint32_t feature, count, cut, bin;
    int32_t missing, typical;
} card_tables[] = {
    {0, 4, 0, 0, 12, 0},
    {1, 1, 4, 5, -1, -20000},
};

static const struct {
    uint32_t feature;
    double coefficient;
    int64_t missing, typical;
} card_terms[] = {
    {2, -0x1.12e0be826d695p-30, 7, 0},
};

static int32_t card_table_units(size_t table, double x) {
    const double *cuts = card_cuts + card_tables[table].cut;
    size_t low = 0, high = card_tables[table].count;
    if (x != x) return card_tables[table].missing;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cuts[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return card_bins[card_tables[table].bin + low];
}

static int64_t card_term_units(size_t term, double x) {
    const double limit = 8388608.0, magic = 6755399441055744.0;
    double product = card_terms[term].coefficient * x * 262144.0;
    if (x != x) return card_terms[term].missing;
    if (product != product) return 0;
    if (product < -limit) product = -limit;
    if (product > limit) product = limit;
    return (int64_t)((product + magic) - magic); /* to a whole number, ties to even */
}

int64_t card_units(const double *row) {
    int64_t sum = INT64_C(-300000);
    size_t i;
    for (i = 0; i < sizeof card_tables / sizeof card_tables[0]; i++)
        sum += card_table_units(i, row[card_tables[i].feature]);
    for (i = 0; i < sizeof card_terms / sizeof card_terms[0]; i++)
        sum += card_term_units(i, row[card_terms[i].feature]);
    return sum;
}

double card_logodds(const double *row) { return (double)card_units(row) / 262144.0; }

/* 1 / (1 + e^-x). */
static double card_logistic(double x) {
    const double log2e = 1.4426950408889634, magic = 6755399441055744.0;
    const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    double h = x < 0 ? x : -x, k, r, p, e, power;
    int64_t exponent;
    uint64_t bits;
    if (h < -746.0) h = -746.0;
    k = (h * log2e + magic) - magic;
    r = (h - k * ln2_high) - k * ln2_low;
    p = 1.0 / 6227020800.0;
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
    e = 1.0 + (r + r * r * p);
    exponent = (int64_t)k;
    if (exponent < -1000) exponent += 200;
    bits = (uint64_t)(exponent + 1023) << 52;
    memcpy(&power, &bits, sizeof power);
    e = e * power;
    if (k < -1000.0) e = e * 0x1p-200;
    if (h < -745.1332191019412) e = 0.0;
    return (x < 0 ? e : 1.0) / (1.0 + e);
}

static double card_calibrated(int64_t units) { return card_logistic((double)units / 262144.0); }

double card_probability(const double *row) { return card_calibrated(card_units(row)); }

/* ln x of a normal x > 0, by artanh. */
static double card_log(double x) {
    const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    double m, f, s, z, r, half_square, small, k;
    uint64_t bits;
    int64_t exponent;
    memcpy(&bits, &x, sizeof bits);
    exponent = (int64_t)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent += 1;
    }
    f = m - 1.0;
    s = f / (2.0 + f);
    z = s * s;
    r = 2.0 / 23.0;
    r = r * z + 2.0 / 21.0;
    r = r * z + 2.0 / 19.0;
    r = r * z + 2.0 / 17.0;
    r = r * z + 2.0 / 15.0;
    r = r * z + 2.0 / 13.0;
    r = r * z + 2.0 / 11.0;
    r = r * z + 2.0 / 9.0;
    r = r * z + 2.0 / 7.0;
    r = r * z + 2.0 / 5.0;
    r = r * z + 2.0 / 3.0;
    r = r * z;
    half_square = 0.5 * f * f;
    k = (double)exponent;
    small = s * (half_square + r) + k * ln2_low;
    return k * ln2_high + (f - (half_square - small));
}

int32_t card_points(const double *row) {
    double probability = card_probability(row);
    double odds = probability / (1.0 - probability), log_odds, exact, whole;
    if (!(odds > 1e-20)) odds = 1e-20;
    if (odds > 1e20) odds = 1e20;
    log_odds = card_log(odds);
    if (log_odds < -40.0) log_odds = -40.0;
    if (log_odds > 40.0) log_odds = 40.0;
    exact = 0x1.9p6 + 0x1p0 * ((log_odds - card_log(0x1.47ae147ae147bp-6)) * 1.4426950408889634);
    if (exact <= -2147483648.0) return INT32_MIN;
    if (exact >= 2147483647.0) return INT32_MAX;
    whole = (double)(int32_t)exact; /* halves go away from zero */
    if (exact - whole >= 0.5) whole += 1.0;
    if (exact - whole <= -0.5) whole -= 1.0;
    return whole >= 2147483647.0 ? INT32_MAX : (int32_t)whole;
}

/* Lets a term into the list of the largest, which is sorted. */
static void card_consider(int64_t above, size_t feature, size_t limit, size_t *count,
                       size_t *features, double *log_odds) {
    double value = (double)above / 262144.0;
    size_t place = *count;
    if (above <= 0 || limit == 0) return;
    if (place == limit) {
        place -= 1;
        if (value < log_odds[place] || (value == log_odds[place] && feature > features[place]))
            return;
    } else {
        *count += 1;
    }
    while (place > 0 && (value > log_odds[place - 1] ||
                         (value == log_odds[place - 1] && feature < features[place - 1]))) {
        log_odds[place] = log_odds[place - 1];
        features[place] = features[place - 1];
        place -= 1;
    }
    log_odds[place] = value;
    features[place] = feature;
}

size_t card_reasons(const double *row, size_t limit, size_t *features, double *log_odds) {
    size_t i, count = 0;
    for (i = 0; i < sizeof card_tables / sizeof card_tables[0]; i++)
        card_consider(card_table_units(i, row[card_tables[i].feature]) - (int64_t)card_tables[i].typical,
                   card_tables[i].feature, limit, &count, features, log_odds);
    for (i = 0; i < sizeof card_terms / sizeof card_terms[0]; i++)
        card_consider(card_term_units(i, row[card_terms[i].feature]) - (int64_t)card_terms[i].typical,
                   card_terms[i].feature, limit, &count, features, log_odds);
    return count;
}

#endif
#endif
