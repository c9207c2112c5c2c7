#include "risk_kernels.h"
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* The different values of a column: gathered, sorted, counted. */

size_t rk_gather_present_f64(const double *values, const uint32_t *rows, const uint32_t *multiples,
                             size_t count, double *present, uint32_t *weights) {
    size_t found = 0;
    /* No branch: a value that is missing is written over by the next. */
    if (multiples) {
        for (size_t i = 0; i < count; i++) {
            double value = values[rows ? rows[i] : i];
            present[found] = value;
            weights[found] = multiples[i];
            found += value == value;
        }
    } else if (rows) {
        for (size_t i = 0; i < count; i++) {
            double value = values[rows[i]];
            present[found] = value;
            found += value == value;
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            double value = values[i];
            present[found] = value;
            found += value == value;
        }
    }
    return found;
}

/* The bits of a double, the two zeros alike. */
static inline uint64_t rk_equal_bits(double value) {
    double plain = value + 0.0;
    uint64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    return bits;
}

enum { rk_digit_bits = 9, rk_digit_values = 1 << rk_digit_bits, rk_upper_bits = 36, rk_few = 48 };

/* Sorts keys by their bits from `low` on with a least-significant-digit radix sort. Digits are short: what a
 * pass writes to is spread over as many places as there are digits, and must stay in the first-level cache.
 * The result is in `keys`. */
#define RK_RADIX(name, key_type)                                                                    \
    static void name##_move(const key_type *from, const uint32_t *weights, size_t count,            \
                            uint32_t *places, int shift, size_t mask, key_type *to,                 \
                            uint32_t *weights_to) {                                                 \
        if (weights) {                                                                              \
            for (size_t i = 0; i < count; i++) {                                                    \
                uint32_t place = places[(from[i] >> shift) & mask]++;                               \
                to[place] = from[i];                                                                \
                weights_to[place] = weights[i];                                                     \
            }                                                                                       \
        } else {                                                                                    \
            for (size_t i = 0; i < count; i++) to[places[(from[i] >> shift) & mask]++] = from[i];   \
        }                                                                                           \
    }                                                                                               \
    static void name(key_type *keys, uint32_t *weights, size_t count, key_type *other,              \
                     uint32_t *weights_other, int low, int bits) {                                  \
        uint32_t places[rk_digit_values];                                                           \
        int digits = (bits + rk_digit_bits - 1) / rk_digit_bits;                                    \
        int width = digits > 0 ? (bits + digits - 1) / digits : 0;                                  \
        size_t mask = ((size_t)1 << width) - 1;                                                     \
        key_type *from = keys;                                                                      \
        uint32_t *weights_from = weights;                                                           \
        for (int digit = 0; digit < digits; digit++) {                                              \
            int shift = low + digit * width;                                                        \
            uint32_t start = 0;                                                                     \
            memset(places, 0, sizeof places);                                                       \
            for (size_t i = 0; i < count; i++) places[(from[i] >> shift) & mask] += 1;              \
            for (size_t value = 0; value <= mask; value++) {                                        \
                uint32_t here = places[value];                                                      \
                places[value] = start;                                                              \
                start += here;                                                                      \
            }                                                                                       \
            name##_move(from, weights_from, count, places, shift, mask, other, weights_other);      \
            key_type *swap = from;                                                                  \
            from = other;                                                                           \
            other = swap;                                                                           \
            uint32_t *swap_weights = weights_from;                                                  \
            weights_from = weights_other;                                                           \
            weights_other = swap_weights;                                                           \
        }                                                                                           \
        if (from == keys) return;                                                                   \
        memcpy(keys, from, count * sizeof *keys);                                                   \
        if (weights) memcpy(weights, weights_from, count * sizeof *weights);                        \
    }
RK_RADIX(rk_radix_u32, uint32_t)
RK_RADIX(rk_radix_u64, uint64_t)

static void rk_insertion(uint64_t *keys, uint32_t *weights, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        uint32_t weight = weights ? weights[i] : 0;
        size_t place = i;
        for (; place > 0 && keys[place - 1] > key; place--) {
            keys[place] = keys[place - 1];
            if (weights) weights[place] = weights[place - 1];
        }
        keys[place] = key;
        if (weights) weights[place] = weight;
    }
}

/* Sorts keys of `bits` bits. By the upper 36 first; the few that are alike there, and differ below, are put
   in order where they stand, by the 28 bits below. */
static void rk_sort_keys(uint64_t *keys, uint32_t *weights, size_t count, uint64_t *scratch,
                         uint32_t *weight_scratch, int bits) {
    int low = bits > rk_upper_bits ? bits - rk_upper_bits : 0;
    rk_radix_u64(keys, weights, count, scratch, weight_scratch, low, bits - low);
    if (low == 0) return;
    for (size_t start = 0, end; start < count; start = end) {
        uint64_t upper = keys[start] >> low, differ = 0;
        for (end = start + 1; end < count && keys[end] >> low == upper; end++)
            differ |= keys[end] ^ keys[start];
        if (differ == 0) continue;
        uint32_t *mine = weights ? weights + start : NULL;
        if (end - start <= rk_few)
            rk_insertion(keys + start, mine, end - start);
        else
            rk_radix_u64(keys + start, mine, end - start, scratch, weight_scratch, 0, low);
    }
}

/* The value of a key; of a negative number the bits that were dropped at the end were ones. */
static inline double rk_value(uint64_t key, uint64_t dropped) {
    uint64_t bits = key >> 63 ? key ^ 0x8000000000000000u : ~(key | dropped);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sorts where all are whole numbers of 32 bits, by these; else returns 0. */
static int rk_sort_whole(double *values, uint32_t *weights, size_t count, double *scratch,
                         uint32_t *weight_scratch) {
    enum { stretch = 1024 };
    int32_t least = INT32_MAX, largest = INT32_MIN;
    for (size_t start = 0; start < count; start += stretch) {
        size_t end = count - start < stretch ? count : start + stretch;
        int differs = 0;
        for (size_t i = start; i < end; i++) {
            double value = values[i];
            double within = value > -2147483648.0 ? value : -2147483648.0;
            int32_t whole = (int32_t)(within < 2147483647.0 ? within : 2147483647.0);
            differs |= (double)whole != value;
            least = whole < least ? whole : least;
            largest = whole > largest ? whole : largest;
        }
        if (differs) return 0;
    }
    uint32_t *keys = (uint32_t *)scratch;
    uint32_t range = (uint32_t)largest - (uint32_t)least;
    for (size_t i = 0; i < count; i++) keys[i] = (uint32_t)(int32_t)values[i] - (uint32_t)least;
    rk_radix_u32(keys, weights, count, keys + count, weight_scratch, 0,
                 range ? 32 - __builtin_clz(range) : 0);
    for (size_t i = 0; i < count; i++) values[i] = (double)(int32_t)(keys[i] + (uint32_t)least);
    return 1;
}

/* Keys are the values' bits with the order of the values, less what all have in common: zeros at the end (29
   of a double that was a float32) and the distance of the least from 0. Few bits are left of most columns;
   where they are 32 or fewer, keys are half as long. */
void rk_sort_f64(double *values, uint32_t *weights, size_t count, double *value_scratch,
                 uint32_t *weight_scratch) {
    if (count < 2) {
        if (count) values[0] += 0.0;
        return;
    }
    if (rk_sort_whole(values, weights, count, value_scratch, weight_scratch)) return;
    uint64_t *keys = (uint64_t *)values;
    uint64_t any = 0, least = UINT64_MAX, largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = rk_equal_bits(values[i]);
        uint64_t key = bits ^ ((uint64_t)((int64_t)bits >> 63) | 0x8000000000000000u);
        any |= bits;
        least = key < least ? key : least;
        largest = key > largest ? key : largest;
        memcpy(keys + i, &key, sizeof key);
    }
    int shift = any ? __builtin_ctzll(any) : 63;
    least >>= shift;
    uint64_t range = (largest >> shift) - least;
    int bits = range ? 64 - __builtin_clzll(range) : 0;
    uint64_t dropped = ((uint64_t)1 << shift) - 1;
    if (bits <= 32) {
        uint32_t *narrow = (uint32_t *)value_scratch;
        for (size_t i = 0; i < count; i++) narrow[i] = (uint32_t)((keys[i] >> shift) - least);
        rk_radix_u32(narrow, weights, count, narrow + count, weight_scratch, 0, bits);
        for (size_t i = 0; i < count; i++)
            values[i] = rk_value((narrow[i] + least) << shift, dropped);
        return;
    }
    for (size_t i = 0; i < count; i++) keys[i] = (keys[i] >> shift) - least;
    rk_sort_keys(keys, weights, count, (uint64_t *)value_scratch, weight_scratch, bits);
    for (size_t i = 0; i < count; i++) values[i] = rk_value((keys[i] + least) << shift, dropped);
}

size_t rk_distinct_f64(const double *sorted, const uint32_t *weights, size_t count, double *values,
                       int64_t *sums) {
    size_t found = 0;
    if (count == 0) return 0;
    double last = sorted[0];
    if (weights) {
        int64_t sum = 0;
        for (size_t i = 0; i < count; i++) {
            int is_new = sorted[i] != last;
            values[found] = last;
            sums[found] = sum;
            found += (size_t)is_new;
            sum = (is_new ? 0 : sum) + (int64_t)weights[i];
            last = sorted[i];
        }
        values[found] = last;
        sums[found] = sum;
        return found + 1;
    }
    size_t start = 0;
    for (size_t i = 1; i < count; i++) {
        int is_new = sorted[i] != last;
        values[found] = last;
        sums[found] = (int64_t)(i - start);
        found += (size_t)is_new;
        start = is_new ? i : start;
        last = sorted[i];
    }
    values[found] = last;
    sums[found] = (int64_t)(count - start);
    return found + 1;
}
