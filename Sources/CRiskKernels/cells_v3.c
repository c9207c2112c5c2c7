#include "cells.h"
#include "table_kernels.h"

#pragma STDC FP_CONTRACT OFF

/* Cells with 256-bit vectors, a part of the values at a time. The cells of eight values are computed
   side by side and kept; then each is one load of 16 bytes, which bring the cut point and the units on
   both sides of it, and the loads are turned into vectors again. That is five or six instructions a
   value, and none waits for another value's: by way of memory the places come out of their vectors
   with the loads that a core has to spare, where instructions that lead from a vector to a general
   register are few and slow. Gather instructions would say it shorter: they are slower on every AMD,
   and on the Intel machines whose microcode guards them (Downfall, 2023). */
#if defined(RK_HAS_V3)
#include <immintrin.h>

#define RK_TARGET __attribute__((target("arch=x86-64-v3")))
#define RK_INLINE RK_TARGET static inline __attribute__((always_inline))

/* The values of a part: their places stay in the first-level cache. */
enum { RK_PART = 256 };

/* Two places that lie side by side, in one load. */
RK_INLINE uint64_t rk_two_places(const uint32_t *places) {
    uint64_t both;
    memcpy(&both, places, sizeof both);
    return both;
}

/* The cells of eight values; some cell in 0...top for a NaN. */
RK_INLINE __m256i rk_places_f32(const rk_cells_f32 *cells, int32_t kind, __m256 x) {
    __m256 y = _mm256_sub_ps(x, _mm256_set1_ps(cells->low));
    if (kind == RK_CELLS_LINEAR) {
        __m256 place = _mm256_mul_ps(y, _mm256_set1_ps(cells->scale));
        place = _mm256_max_ps(place, _mm256_setzero_ps()); /* the second where one is a NaN */
        place = _mm256_min_ps(place, _mm256_set1_ps((float)cells->top));
        return _mm256_cvttps_epi32(place);
    }
    __m256i place = _mm256_sra_epi32(_mm256_castps_si256(y), _mm_cvtsi32_si128(cells->shift));
    place = _mm256_sub_epi32(place, _mm256_set1_epi32(cells->base));
    place = _mm256_max_epi32(place, _mm256_setzero_si256());
    return _mm256_min_epi32(place, _mm256_set1_epi32(cells->top));
}

/* A cell and the one behind it, of two values four places apart. */
RK_INLINE __m256 rk_two_cells(const rk_cell_f32 *cells, uint64_t first, uint64_t second) {
    __m128 low = _mm_loadu_ps((const float *)(cells + first));
    return _mm256_insertf128_ps(
        _mm256_castps128_ps256(low), _mm_loadu_ps((const float *)(cells + second)), 1);
}

/* Adds the units of a whole number of eights, at most a part, whose places are known. */
RK_INLINE void rk_add_places_f32(const rk_cell_f32 *cells, __m256 missing, const uint32_t *places,
                                 const float *values, size_t count, int32_t *sums) {
    for (size_t i = 0; i < count; i += 8) {
        uint64_t place01 = rk_two_places(places + i), place23 = rk_two_places(places + i + 2);
        uint64_t place45 = rk_two_places(places + i + 4), place67 = rk_two_places(places + i + 6);
        __m256 pair0 = rk_two_cells(cells, (uint32_t)place01, (uint32_t)place45);
        __m256 pair1 = rk_two_cells(cells, place01 >> 32, place45 >> 32);
        __m256 pair2 = rk_two_cells(cells, (uint32_t)place23, (uint32_t)place67);
        __m256 pair3 = rk_two_cells(cells, place23 >> 32, place67 >> 32);
        __m256 cell01 = _mm256_unpacklo_ps(pair0, pair1); /* cut 0, cut 1, units 0, units 1 */
        __m256 cell23 = _mm256_unpacklo_ps(pair2, pair3);
        __m256 next01 = _mm256_unpackhi_ps(pair0, pair1);
        __m256 next23 = _mm256_unpackhi_ps(pair2, pair3);
        __m256 cut = _mm256_shuffle_ps(cell01, cell23, 0x44);
        __m256 units = _mm256_shuffle_ps(cell01, cell23, 0xee);
        __m256 above = _mm256_shuffle_ps(next01, next23, 0xee);
        __m256 x = _mm256_loadu_ps(values + i);
        units = _mm256_blendv_ps(units, above, _mm256_cmp_ps(cut, x, _CMP_LT_OQ));
        units = _mm256_blendv_ps(units, missing, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
        __m256i sum = _mm256_loadu_si256((const __m256i *)(sums + i));
        sum = _mm256_add_epi32(sum, _mm256_castps_si256(units));
        _mm256_storeu_si256((__m256i *)(sums + i), sum);
    }
}

RK_INLINE void rk_add_kind_f32_v3(const rk_table *table, int32_t kind, const float *values,
                                  size_t count, int32_t *sums) {
    rk_cells_f32 cells = table->f32;
    __m256 missing = _mm256_castsi256_ps(_mm256_set1_epi32(table->missing));
    uint32_t places[RK_PART] __attribute__((aligned(32)));
    for (size_t part = 0; part + 8 <= count; part += RK_PART) {
        size_t rows = (count - part < RK_PART ? count - part : RK_PART) & ~(size_t)7;
        for (size_t i = 0; i < rows; i += 8) {
            __m256 x = _mm256_loadu_ps(values + part + i);
            _mm256_store_si256((__m256i *)(places + i), rk_places_f32(&cells, kind, x));
        }
        rk_add_places_f32(cells.cells, missing, places, values + part, rows, sums + part);
    }
}

RK_TARGET void rk_cells_add_f32_v3(const rk_table *table, const float *values, size_t count,
                                   int32_t *sums) {
    switch (table->f32.kind) {
    case RK_CELLS_LINEAR: rk_add_kind_f32_v3(table, RK_CELLS_LINEAR, values, count, sums); break;
    case RK_CELLS_BITS: rk_add_kind_f32_v3(table, RK_CELLS_BITS, values, count, sums); break;
    default: rk_few_add_f32_v3(table, values, count, sums); return;
    }
    size_t done = count & ~(size_t)7;
    rk_cells_add_f32_plain(table, values + done, count - done, sums + done);
}

/* The cells of four values. */
RK_INLINE __m128i rk_places_f64(const rk_cells_f64 *cells, int32_t kind, __m256d x) {
    __m256d y = _mm256_sub_pd(x, _mm256_set1_pd(cells->low));
    if (kind == RK_CELLS_LINEAR) {
        __m256d place = _mm256_mul_pd(y, _mm256_set1_pd(cells->scale));
        place = _mm256_max_pd(place, _mm256_setzero_pd());
        place = _mm256_min_pd(place, _mm256_set1_pd((double)cells->top));
        return _mm256_cvttpd_epi32(place);
    }
    __m128 low = _mm_castpd_ps(_mm256_castpd256_pd128(y));
    __m128 high = _mm_castpd_ps(_mm256_extractf128_pd(y, 1));
    __m128i place = _mm_castps_si128(_mm_shuffle_ps(low, high, 0xdd)); /* the upper halves */
    place = _mm_sra_epi32(place, _mm_cvtsi32_si128(cells->shift));
    place = _mm_sub_epi32(place, _mm_set1_epi32(cells->base));
    place = _mm_max_epi32(place, _mm_setzero_si128());
    return _mm_min_epi32(place, _mm_set1_epi32(cells->top));
}

RK_INLINE __m256d rk_two_cells_f64(const rk_cell_f64 *cells, uint64_t first, uint64_t second) {
    __m128d low = _mm_loadu_pd((const double *)(cells + first));
    return _mm256_insertf128_pd(
        _mm256_castpd128_pd256(low), _mm_loadu_pd((const double *)(cells + second)), 1);
}

/* Adds the units of a whole number of fours, at most a part, whose places are known. */
RK_INLINE void rk_add_places_f64(const rk_cell_f64 *cells, __m128 missing, const uint32_t *places,
                                 const double *values, size_t count, int32_t *sums) {
    for (size_t i = 0; i < count; i += 4) {
        uint64_t place01 = rk_two_places(places + i), place23 = rk_two_places(places + i + 2);
        __m256d pair0 = rk_two_cells_f64(cells, (uint32_t)place01, (uint32_t)place23);
        __m256d pair1 = rk_two_cells_f64(cells, place01 >> 32, place23 >> 32);
        __m256d cut = _mm256_unpacklo_pd(pair0, pair1);
        __m256 both = _mm256_castpd_ps(_mm256_unpackhi_pd(pair0, pair1)); /* units and above */
        __m256d x = _mm256_loadu_pd(values + i);
        __m256 is_above = _mm256_castpd_ps(_mm256_cmp_pd(cut, x, _CMP_LT_OQ));
        __m256 is_missing = _mm256_castpd_ps(_mm256_cmp_pd(x, x, _CMP_UNORD_Q));
        /* The units above stand behind the units: they come to their place, and one is taken. */
        both = _mm256_blendv_ps(both, _mm256_movehdup_ps(both), is_above);
        __m128 mask = _mm_shuffle_ps(_mm256_castps256_ps128(is_missing),
                                     _mm256_extractf128_ps(is_missing, 1), 0x88);
        __m128 units = _mm_shuffle_ps(_mm256_castps256_ps128(both),
                                      _mm256_extractf128_ps(both, 1), 0x88);
        units = _mm_blendv_ps(units, missing, mask);
        __m128i sum = _mm_loadu_si128((const __m128i *)(sums + i));
        sum = _mm_add_epi32(sum, _mm_castps_si128(units));
        _mm_storeu_si128((__m128i *)(sums + i), sum);
    }
}

RK_INLINE void rk_add_kind_f64_v3(const rk_table *table, int32_t kind, const double *values,
                                  size_t count, int32_t *sums) {
    rk_cells_f64 cells = table->f64;
    __m128 missing = _mm_castsi128_ps(_mm_set1_epi32(table->missing));
    uint32_t places[RK_PART] __attribute__((aligned(32)));
    for (size_t part = 0; part + 4 <= count; part += RK_PART) {
        size_t rows = (count - part < RK_PART ? count - part : RK_PART) & ~(size_t)3;
        for (size_t i = 0; i < rows; i += 4) {
            __m256d x = _mm256_loadu_pd(values + part + i);
            _mm_store_si128((__m128i *)(places + i), rk_places_f64(&cells, kind, x));
        }
        rk_add_places_f64(cells.cells, missing, places, values + part, rows, sums + part);
    }
}

RK_TARGET void rk_cells_add_f64_v3(const rk_table *table, const double *values, size_t count,
                                   int32_t *sums) {
    if (table->f64.kind == RK_CELLS_LINEAR)
        rk_add_kind_f64_v3(table, RK_CELLS_LINEAR, values, count, sums);
    else
        rk_add_kind_f64_v3(table, RK_CELLS_BITS, values, count, sums);
    size_t done = count & ~(size_t)3;
    rk_cells_add_f64_plain(table, values + done, count - done, sums + done);
}
#endif
