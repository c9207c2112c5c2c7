#include "risk_kernels.h"

#pragma STDC FP_CONTRACT OFF

/* The bin of x is the number of cut points below it. At each level of the tree the number of keys
   below x is the child to go to: eight comparisons and a population count, no branch that depends on
   the data, and a level resolves a factor of nine (64 bins in two levels, 255 in three). Neighbouring
   rows do not wait for each other. A NaN is above no key; its units are looked up behind the bins'.

   A binary search, sixteen rows at a time, took twice as long on Zen 3 with 64 bins. The variants
   differ in how they count; all is comparison and integer addition, so all have the same bits.
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

#if defined(__x86_64__)
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

#define RK_TARGET __attribute__((target("arch=x86-64-v4")))
RK_TARGET static inline size_t rk_keys_below_v4(const double *keys, double x) {
    __mmask8 mask = _mm512_cmp_pd_mask(_mm512_loadu_pd(keys), _mm512_set1_pd(x), _CMP_LT_OQ);
    return (size_t)_mm_popcnt_u32(mask);
}
#define RK_VARIANT(name) name##_v4
#include "table_variant.h"
#undef RK_VARIANT
#undef RK_TARGET

int rk_table_variants(void) {
    if (__builtin_cpu_supports("x86-64-v4")) return 3;
    return __builtin_cpu_supports("x86-64-v3") ? 2 : 1;
}
#else
int rk_table_variants(void) { return 1; }
#endif

void rk_table_add_f64_variant(
    int variant, const rk_table *table, const double *values, size_t count, int32_t *sums) {
    switch (variant) {
#if defined(__x86_64__)
    case 3: rk_add_v4(table, values, count, sums); break;
    case 2: rk_add_v3(table, values, count, sums); break;
#endif
    default: rk_add_plain(table, values, count, sums); break;
    }
}

int64_t rk_tables_row_f64_variant(
    int variant, const rk_table *tables, size_t count, const double *row, int32_t *terms) {
    switch (variant) {
#if defined(__x86_64__)
    case 3: return rk_row_v4(tables, count, row, terms);
    case 2: return rk_row_v3(tables, count, row, terms);
#endif
    default: return rk_row_plain(tables, count, row, terms);
    }
}

void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums) {
    rk_table_add_f64_variant(rk_table_variants(), table, values, count, sums);
}

int64_t rk_tables_row_f64(
    const rk_table *tables, size_t count, const double *row, int32_t *terms) {
    return rk_tables_row_f64_variant(rk_table_variants(), tables, count, row, terms);
}
