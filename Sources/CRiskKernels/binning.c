#include "risk_kernels.h"
#include "risk_score_rows.h"
#include "variants.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/* The bits of a double as a whole number with the order of the values; the two zeros are one. */
static inline uint64_t rk_order(double value) {
    double plain = value + 0.0;
    uint64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    return bits >> 63 ? ~bits : bits | 0x8000000000000000u;
}

static inline double rk_value(uint64_t order) {
    uint64_t bits = order >> 63 ? order & 0x7fffffffffffffffu : ~order;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

enum { rk_digit_bits = 11, rk_digits = 6, rk_digit_values = 1 << rk_digit_bits };

/* Least-significant-digit radix sort, six digits of 11 bits counted in one pass; a digit that is the
   same in every key is skipped, and in doubles that were float32 or whole numbers two or three are. */
void rk_sort_f64(double *values, uint32_t *weights, size_t count, double *value_scratch,
                 uint32_t *weight_scratch) {
    static const uint64_t mask = rk_digit_values - 1;
    uint32_t counts[rk_digits][rk_digit_values];
    memset(counts, 0, sizeof counts);
    uint64_t *keys = (uint64_t *)values;
    uint64_t *other = (uint64_t *)value_scratch;
    uint32_t *weights_other = weight_scratch;
    for (size_t i = 0; i < count; i++) {
        uint64_t key = rk_order(values[i]);
        memcpy(keys + i, &key, sizeof key);
        for (int digit = 0; digit < rk_digits; digit++)
            counts[digit][(key >> (digit * rk_digit_bits)) & mask] += 1;
    }
    int moved = 0;
    for (int digit = 0; digit < rk_digits; digit++) {
        uint32_t *starts = counts[digit];
        int shift = digit * rk_digit_bits;
        if (count == 0 || starts[(keys[0] >> shift) & mask] == count) continue;
        uint32_t start = 0;
        for (int value = 0; value < rk_digit_values; value++) {
            uint32_t here = starts[value];
            starts[value] = start;
            start += here;
        }
        if (weights) {
            for (size_t i = 0; i < count; i++) {
                uint32_t place = starts[(keys[i] >> shift) & mask]++;
                other[place] = keys[i];
                weights_other[place] = weights[i];
            }
            uint32_t *swap = weights;
            weights = weights_other;
            weights_other = swap;
        } else {
            for (size_t i = 0; i < count; i++) other[starts[(keys[i] >> shift) & mask]++] = keys[i];
        }
        uint64_t *swap = keys;
        keys = other;
        other = swap;
        moved ^= 1;
    }
    if (moved) {
        memcpy(values, keys, count * sizeof *keys);
        if (weights) memcpy(weights_other, weights, count * sizeof *weights);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t key;
        memcpy(&key, values + i, sizeof key);
        values[i] = rk_value(key);
    }
}

enum { rk_bin_block = 512, rk_most_keys = 320, rk_most_units = 257 };

/* A score table whose units are the bins' numbers: a search tree that resolves a factor of nine a level
   takes three levels for 255 bins where a binary search takes eight steps (see table.c). */
static void rk_bin_tree(const double *cut_points, size_t cut_count, uint8_t missing, double *keys,
                         int32_t *units, rk_tree *tree) {
    for (size_t bin = 0; bin <= cut_count; bin++) units[bin] = (int32_t)bin;
    units[cut_count + 1] = missing;
    *tree = (rk_tree){.keys = keys, .units = units, .missing = (uint32_t)cut_count + 1};
    size_t span = 1, start = 0;
    while (span < cut_count + 1) {
        span *= RK_TABLE_FANOUT;
        tree->depth += 1;
    }
    for (uint32_t level = 0; level < tree->depth; level++) {
        tree->level_start[level] = (uint32_t)start;
        size_t child = span / RK_TABLE_FANOUT;
        for (size_t node = 0; node <= cut_count / span; node++)
            for (size_t key = 0; key < RK_TABLE_NODE; key++) {
                size_t cut = node * span + (key + 1) * child - 1;
                keys[start++] = cut < cut_count ? cut_points[cut] : HUGE_VAL;
            }
        span = child;
    }
}

void rk_bin_f64(const double *values, const uint32_t *rows, size_t count, const double *cut_points,
                size_t cut_count, uint8_t missing, uint8_t *bins) {
    double keys[rk_most_keys], gathered[rk_bin_block];
    int32_t units[rk_most_units], sums[rk_bin_block];
    rk_table table = {.f64.kind = RK_CELLS_NONE};
    rk_bin_tree(cut_points, cut_count, missing, keys, units, &table.tree);
    for (size_t start = 0; start < count; start += rk_bin_block) {
        size_t length = count - start < rk_bin_block ? count - start : rk_bin_block;
        const double *block = values + start;
        if (rows) {
            for (size_t i = 0; i < length; i++) gathered[i] = values[rows[start + i]];
            block = gathered;
        }
        memset(sums, 0, length * sizeof *sums);
        rk_table_add_f64(&table, block, length, sums);
        for (size_t i = 0; i < length; i++) bins[start + i] = (uint8_t)sums[i];
    }
}

RK_VARIANTS
void rk_standardize_f64(const double *values, const uint32_t *rows, size_t count, double scale,
                        double centre, double factor, double *out) {
    if (rows) {
        for (size_t i = 0; i < count; i++) out[i] = values[rows[i]];
        values = out;
    }
    for (size_t i = 0; i < count; i++) {
        double x = values[i];
        out[i] = x == x ? (x * scale - centre) * factor : 0.0;
    }
}

RK_VARIANTS
void rk_indicate_missing_f64(const double *values, const uint32_t *rows, size_t count, double present,
                             double absent, double *out) {
    for (size_t i = 0; i < count; i++) {
        double x = values[rows ? rows[i] : i];
        out[i] = x == x ? present : absent;
    }
}

static inline uint64_t rk_mix(uint64_t x) {
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

void rk_hash_rows_u64(const double *values, const uint32_t *rows, size_t count, uint64_t key,
                      uint64_t *hashes) {
    for (size_t i = 0; i < count; i++) {
        double value = values[rows ? rows[i] : i] + 0.0; /* the two zeros are one */
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        if (value != value) bits = 0x7ff8000000000000u; /* and so are all NaN */
        hashes[i] += rk_mix((bits + key) * 0x9e3779b97f4a7c15u);
    }
}

void rk_number_rows_u64(uint64_t *hashes, size_t count, uint64_t *slots, size_t slot_count) {
    uint64_t mask = slot_count - 1;
    for (size_t i = 0; i < 2 * slot_count; i++) slots[i] = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = rk_mix(rk_mix(hashes[i]) + 1);
        if (hash == 0) hash = 1; /* 0 is an empty slot */
        uint64_t slot = hash & mask;
        while (slots[2 * slot] != 0 && slots[2 * slot] != hash) slot = (slot + 1) & mask;
        slots[2 * slot] = hash;
        uint64_t before = slots[2 * slot + 1]++;
        hashes[i] = rk_mix(hash + before * 0x9e3779b97f4a7c15u);
    }
}

void rk_map_u8(uint8_t *bytes, size_t count, const uint8_t *map) {
    for (size_t i = 0; i < count; i++) bytes[i] = map[bytes[i]];
}

int rk_has_nan_f64(const double *values, const uint32_t *rows, size_t count) {
    enum { stretch = 1024 };
    for (size_t start = 0; start < count; start += stretch) {
        size_t end = count - start < stretch ? count : start + stretch;
        int found = 0;
        if (rows) {
            for (size_t i = start; i < end; i++) found |= values[rows[i]] != values[rows[i]];
        } else {
            for (size_t i = start; i < end; i++) found |= values[i] != values[i];
        }
        if (found) return 1;
    }
    return 0;
}
