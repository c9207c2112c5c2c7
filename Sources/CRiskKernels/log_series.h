/* ln x for a normal, finite x > 0, without a branch, so that compilers turn a loop of it into vectors.

   By x = 2^k m with sqrt(1/2) <= m < sqrt(2), f = m - 1 and s = f / (2 + f):

       ln(1 + f) = 2 artanh(s) = 2 s + s R,  R = 2 (s^2 / 3 + s^4 / 5 + ... )

   and, because 2 s = f - s f, ln(1 + f) = f - (f^2/2 - s (f^2/2 + R)): the leading term f is exact,
   so only small terms carry rounding errors. |s| < 0.1716, so R ends with s^22 / 23 (remainder
   below 2^-58). k ln 2 is added in two parts, of which k * ln2_high is exact. */
#ifndef RISKKIT_LOG_SERIES_H
#define RISKKIT_LOG_SERIES_H
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* `shift` is added to k: the x of a subnormal is passed as x 2^54 with -54. */
static inline double rk_log_plain(double x, int64_t shift) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t k = (int64_t)(bits >> 52) - 1023 + shift;
    bits = (bits & 0x000fffffffffffffULL) | 0x3ff0000000000000ULL;
    double m;
    memcpy(&m, &bits, sizeof m);
    int64_t is_large = m > 1.4142135623730951;
    m *= is_large ? 0.5 : 1.0;
    k += is_large;
    const double ln2_high = 6.93147180369123816490e-01; /* 33 bits: k * ln2_high is exact */
    const double ln2_low = 1.90821492927058770002e-10;
    double f = m - 1.0;
    double s = f / (2.0 + f);
    double z = s * s;
    double r = 2.0 / 23.0;
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
    double half_square = 0.5 * f * f;
    double scale = (double)(int32_t)k;
    double small = s * (half_square + r) + scale * ln2_low;
    return scale * ln2_high + (f - (half_square - small));
}

#endif
