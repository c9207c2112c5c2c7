/* e^r for |r| <= ln 2 / 2 by its Taylor polynomial of degree 13, whose remainder is below 2^-57 there;
   and the reduction that makes such an r (Cody and Waite 1980). Shared, so that every e^x of these
   kernels, one at a time or many side by side, is the same arithmetic and has the same bits. */
#ifndef RISKKIT_EXP_POLYNOMIAL_H
#define RISKKIT_EXP_POLYNOMIAL_H
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* 1.5 * 2^52. Adding it and taking it off again is nearbyint for magnitudes below 2^51, and in
   between the low bits are that whole number in two's complement. */
static const double rk_round = 6755399441055744.0;

/* e^x / 2^k, where k is the whole number next to x / ln 2. */
static inline double rk_exp_reduced(double x, double k) {
    const double ln2_high = 6.93147180369123816490e-01; /* 33 bits: k * ln2_high is exact */
    const double ln2_low = 1.90821492927058770002e-10;
    double r = (x - k * ln2_high) - k * ln2_low;
    double p = 1.0 / 6227020800.0;
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
    return 1.0 + (r + r * r * p);
}

/* 2^exponent for an exponent in -1022...1023. */
static inline double rk_power_of_two(int64_t exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^x for |x| <= 700: without special cases, so that compilers turn a loop of it into vectors. */
static inline double rk_exp_plain(double x) {
    const double log2e = 1.4426950408889634;
    double shifted = x * log2e + rk_round;
    double e = rk_exp_reduced(x, shifted - rk_round);
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return e * power;
}

#endif
