#include "cells.h"
#include "table_kernels.h"

#pragma STDC FP_CONTRACT OFF

/* One table's units for many rows: by cells where the table has them (cells.c, cells_v3.c), else by
   the tree, here. Everything is comparison and integer addition, so every way has the same bits.

   The bin of x is the number of cut points below it. At each level of the tree the number of keys
   below x is the child to go to: eight comparisons and a population count, no branch that depends on
   the data, and a level resolves a factor of nine (64 bins in two levels, 255 in three). Neighbouring
   rows do not wait for each other. A NaN is above no key; its units are looked up behind the bins'.
   Compilers turn the plain count into a dozen instructions that they change with every release;
   hence the intrinsics. */

static inline size_t rk_keys_below_plain(const double *keys, double x) {
    size_t count = 0;
    for (int j = 0; j < RK_TABLE_NODE; j++) count += keys[j] < x;
    return count;
}

#define RK_VARIANT(name) name##_plain
#define RK_TARGET
#include "table_variant.h"
#undef RK_VARIANT
#undef RK_TARGET

#if defined(RK_HAS_V3)
#include <immintrin.h>

#define RK_TARGET __attribute__((target("arch=x86-64-v3")))
RK_TARGET static inline size_t rk_keys_below_v3(const double *keys, double x) {
    __m256d value = _mm256_set1_pd(x);
    __m256d low = _mm256_cmp_pd(_mm256_loadu_pd(keys), value, _CMP_LT_OQ);
    __m256d high = _mm256_cmp_pd(_mm256_loadu_pd(keys + 4), value, _CMP_LT_OQ);
    unsigned mask = (unsigned)_mm256_movemask_pd(low) | (unsigned)_mm256_movemask_pd(high) << 4;
    return (size_t)_mm_popcnt_u32(mask);
}
#define RK_VARIANT(name) name##_v3
#include "table_variant.h"
#undef RK_VARIANT
#undef RK_TARGET

int rk_table_variants(void) { return __builtin_cpu_supports("x86-64-v3") ? 2 : 1; }
#else
int rk_table_variants(void) { return 1; }
#endif

void rk_table_add_f32_variant(int variant, const rk_table *table, const float *values, size_t count,
                              int32_t *sums) {
#if defined(RK_HAS_V3)
    if (variant == 2) {
        if (table->f32.kind == RK_CELLS_NONE)
            rk_tree_add_f32_v3(table->tree, values, count, sums);
        else
            rk_cells_add_f32_v3(table, values, count, sums);
        return;
    }
#endif
    (void)variant;
    if (table->f32.kind == RK_CELLS_NONE)
        rk_tree_add_f32_plain(table->tree, values, count, sums);
    else
        rk_cells_add_f32_plain(table, values, count, sums);
}

void rk_table_add_f64_variant(int variant, const rk_table *table, const double *values, size_t count,
                              int32_t *sums) {
#if defined(RK_HAS_V3)
    if (variant == 2) {
        if (table->f64.kind == RK_CELLS_NONE)
            rk_tree_add_f64_v3(table->tree, values, count, sums);
        else
            rk_cells_add_f64_v3(table, values, count, sums);
        return;
    }
#endif
    (void)variant;
    if (table->f64.kind == RK_CELLS_NONE)
        rk_tree_add_f64_plain(table->tree, values, count, sums);
    else
        rk_cells_add_f64_plain(table, values, count, sums);
}

void rk_table_add_f32(const rk_table *table, const float *values, size_t count, int32_t *sums) {
    rk_table_add_f32_variant(rk_table_variants(), table, values, count, sums);
}

void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums) {
    rk_table_add_f64_variant(rk_table_variants(), table, values, count, sums);
}
