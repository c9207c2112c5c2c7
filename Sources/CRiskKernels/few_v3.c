#include "table_kernels.h"

#pragma STDC FP_CONTRACT OFF

/* Tables of at most 31 cut points with 256-bit vectors: the table is registers, nothing is looked up in
   memory, and it does not matter how the cut points lie.

   Up to seven cut points are counted one by one. More are a search among four at each level: the three
   cut points that part a level are found in registers by what is known of the bin, and those below x
   are counted. Counts are negative, since a comparison that holds is -1; where one is an index only
   its lowest bits count, so tables lie in the order of -i. */
#if defined(RK_HAS_V3)
#include <immintrin.h>
#include <string.h>

#define RK_TARGET __attribute__((target("arch=x86-64-v3")))
#define RK_INLINE RK_TARGET static inline __attribute__((always_inline))

/* -1 where a cut point is below x, else 0. */
RK_INLINE __m256i rk_is_above(__m256 x, __m256 cut) {
    return _mm256_castps_si256(_mm256_cmp_ps(cut, x, _CMP_LT_OQ));
}

/* Adds the units to eight sums; a NaN's are those of missing values. */
RK_INLINE void rk_add_eight(__m256 x, __m256 units, __m256 missing, int32_t *sums) {
    units = _mm256_blendv_ps(units, missing, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    __m256i sum = _mm256_loadu_si256((const __m256i *)sums);
    sum = _mm256_add_epi32(sum, _mm256_castps_si256(units));
    _mm256_storeu_si256((__m256i *)sums, sum);
}

RK_INLINE void rk_add_up_to_7(const rk_table *table, int cut_count, const float *values, size_t count,
                              int32_t *sums) {
    const rk_few_f32 *few = table->f32.few;
    __m256 cuts[7];
    for (int cut = 0; cut < cut_count; cut++) cuts[cut] = _mm256_set1_ps(few->cuts[cut]);
    __m256i by_bin = _mm256_loadu_si256((const __m256i *)few->units);
    __m256 missing = _mm256_castsi256_ps(_mm256_set1_epi32(table->missing));
    for (size_t i = 0; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(values + i);
        __m256i bin = _mm256_setzero_si256();
        for (int cut = 0; cut < cut_count; cut++)
            bin = _mm256_sub_epi32(bin, rk_is_above(x, cuts[cut]));
        __m256i units = _mm256_permutevar8x32_epi32(by_bin, bin);
        rk_add_eight(x, _mm256_castsi256_ps(units), missing, sums + i);
    }
}

/* Three cut points each for four bins of a level: from the first on, `step` apart, `bin_step` a bin. */
typedef struct {
    __m256 cuts[3];
} rk_quarter;

RK_INLINE rk_quarter rk_quarters(const float *cuts, int step, int bin_step) {
    rk_quarter quarter;
    for (int k = 0; k < 3; k++) {
        const float *at = cuts + step * (k + 1) - 1;
        __m128 bins = _mm_setr_ps(at[0], at[3 * bin_step], at[2 * bin_step], at[bin_step]);
        quarter.cuts[k] = _mm256_set_m128(bins, bins);
    }
    return quarter;
}

/* Minus the number of a bin's three cut points that are below x; `bin` is minus the bin. */
RK_INLINE __m256i rk_quarters_above(const rk_quarter *quarter, __m256i bin, __m256 x) {
    __m256i above = rk_is_above(x, _mm256_permutevar_ps(quarter->cuts[0], bin));
    for (int k = 1; k < 3; k++) {
        __m256i next = rk_is_above(x, _mm256_permutevar_ps(quarter->cuts[k], bin));
        above = _mm256_add_epi32(above, next);
    }
    return above;
}

/* Sixteen values, value i at place -i. */
typedef struct {
    __m256 low, high;
} rk_sixteen;

RK_INLINE rk_sixteen rk_sixteen_of(const void *values, int step) {
    float sorted[16];
    for (int i = 0; i < 16; i++)
        memcpy(&sorted[-i & 15], (const char *)values + i * step * 4, sizeof(float));
    return (rk_sixteen){_mm256_loadu_ps(sorted), _mm256_loadu_ps(sorted + 8)};
}

/* The value for each i; `index` is -i, and `is_high` has its fourth bit as its sign. */
RK_INLINE __m256 rk_sixteen_at(const rk_sixteen *values, __m256i index, __m256 is_high) {
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(values->low, index),
                            _mm256_permutevar8x32_ps(values->high, index), is_high);
}

RK_INLINE __m256 rk_fourth_bit(__m256i index) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(index, 28));
}

RK_TARGET static void rk_add_up_to_15(const rk_table *table, const float *values, size_t count,
                                      int32_t *sums) {
    const rk_few_f32 *few = table->f32.few;
    rk_quarter first = rk_quarters(few->cuts, 4, 0), second = rk_quarters(few->cuts, 1, 4);
    rk_sixteen by_bin = rk_sixteen_of(few->units, 1);
    __m256 missing = _mm256_castsi256_ps(_mm256_set1_epi32(table->missing));
    for (size_t i = 0; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(values + i);
        __m256i bin = rk_is_above(x, first.cuts[0]);
        bin = _mm256_add_epi32(bin, rk_is_above(x, first.cuts[1]));
        bin = _mm256_add_epi32(bin, rk_is_above(x, first.cuts[2]));
        __m256i above = rk_quarters_above(&second, bin, x);
        bin = _mm256_add_epi32(_mm256_slli_epi32(bin, 2), above);
        rk_add_eight(x, rk_sixteen_at(&by_bin, bin, rk_fourth_bit(bin)), missing, sums + i);
    }
}

/* Eight bins in each of the first level's four, two in each of the second's: one cut point parts those. */
RK_TARGET static void rk_add_up_to_31(const rk_table *table, const float *values, size_t count,
                                      int32_t *sums) {
    const rk_few_f32 *few = table->f32.few;
    rk_quarter first = rk_quarters(few->cuts, 8, 0), second = rk_quarters(few->cuts, 2, 8);
    rk_sixteen third = rk_sixteen_of(few->cuts, 2);
    rk_sixteen below = rk_sixteen_of(few->units, 2), above = rk_sixteen_of(few->units + 1, 2);
    __m256 missing = _mm256_castsi256_ps(_mm256_set1_epi32(table->missing));
    for (size_t i = 0; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(values + i);
        __m256i pair = rk_is_above(x, first.cuts[0]);
        pair = _mm256_add_epi32(pair, rk_is_above(x, first.cuts[1]));
        pair = _mm256_add_epi32(pair, rk_is_above(x, first.cuts[2]));
        __m256i more = rk_quarters_above(&second, pair, x);
        pair = _mm256_add_epi32(_mm256_slli_epi32(pair, 2), more);
        __m256 is_high = rk_fourth_bit(pair);
        __m256i is_second = rk_is_above(x, rk_sixteen_at(&third, pair, is_high));
        __m256 units = _mm256_blendv_ps(rk_sixteen_at(&below, pair, is_high),
                                        rk_sixteen_at(&above, pair, is_high),
                                        _mm256_castsi256_ps(is_second));
        rk_add_eight(x, units, missing, sums + i);
    }
}

RK_TARGET void rk_few_add_f32_v3(const rk_table *table, const float *values, size_t count,
                                 int32_t *sums) {
    int32_t cuts = table->f32.few->count;
    if (cuts <= 1)
        rk_add_up_to_7(table, 1, values, count, sums);
    else if (cuts <= 3)
        rk_add_up_to_7(table, 3, values, count, sums);
    else if (cuts <= 5)
        rk_add_up_to_7(table, 5, values, count, sums);
    else if (cuts <= 7)
        rk_add_up_to_7(table, 7, values, count, sums);
    else if (cuts <= 15)
        rk_add_up_to_15(table, values, count, sums);
    else
        rk_add_up_to_31(table, values, count, sums);
    size_t done = count & ~(size_t)7;
    rk_few_add_f32_plain(table, values + done, count - done, sums + done);
}
#endif
