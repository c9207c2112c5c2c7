#include "bin_cells.h"
#include "table_kernels.h"
#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { part = 256 };

/* The upper half of a double's bits, in the order of the values; the two zeros alike. */
static inline int32_t rk_upper(double x) {
    double plain = x + 0.0;
    int64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    int32_t upper = (int32_t)(bits >> 32);
    return upper ^ (int32_t)((uint32_t)(upper >> 31) >> 1);
}

static inline int32_t rk_place(const rk_bin_cells *cells, double x) {
    if (cells->is_linear) {
        double place = (x - cells->low) * cells->scale;
        place = place > 0 ? place : 0; /* 0 for a NaN */
        double top = (double)cells->top;
        return (int32_t)(place < top ? place : top);
    }
    int32_t place = (rk_upper(x) >> cells->shift) - cells->base;
    place = place > 0 ? place : 0;
    return place < cells->top ? place : cells->top;
}

/* Counts the cut points of each cell; 0 where one has too many. */
static int rk_fill(rk_bin_cells *cells, const double *cut_points, size_t cut_count) {
    size_t next = 0;
    cells->most = 0;
    for (int32_t cell = 0; cell <= cells->top; cell++) {
        cells->below[cell] = (uint8_t)next;
        size_t first = next;
        while (next < cut_count && rk_place(cells, cut_points[next]) == cell) next++;
        int32_t here = (int32_t)(next - first);
        if (here > RK_BIN_KEYS) return 0;
        cells->most = here > cells->most ? here : cells->most;
    }
    return 1;
}

int rk_bin_cells_make(rk_bin_cells *cells, const double *cut_points, size_t cut_count,
                      uint8_t missing) {
    if (cut_count == 0 || cut_count > 255) return 0;
    double low = cut_points[0], high = cut_points[cut_count - 1];
    for (size_t i = 0; i < 256 + RK_BIN_KEYS; i++)
        cells->keys[i] = i < cut_count ? cut_points[i] : HUGE_VAL;
    cells->below[RK_BIN_CELLS] = missing;
    /* The two ways; the one of which the fuller cell has fewer is taken. */
    int32_t most[2] = {INT32_MAX, INT32_MAX};
    for (int try = 0; try < 3; try++) {
        int is_linear = try < 2 ? try == 0 : most[0] <= most[1];
        cells->is_linear = is_linear;
        cells->top = RK_BIN_CELLS - 1;
        if (is_linear) {
            cells->low = low;
            cells->scale = (RK_BIN_CELLS - 1) / (high - low);
            if (cut_count == 1) cells->scale = 1;
            if (!(cells->scale > 0 && cells->scale < HUGE_VAL)) continue;
        } else {
            int32_t first = rk_upper(low), last = rk_upper(high);
            cells->shift = 1;
            while ((last >> cells->shift) - (first >> cells->shift) >= RK_BIN_CELLS) cells->shift++;
            cells->base = first >> cells->shift;
        }
        if (!rk_fill(cells, cut_points, cut_count)) continue;
        if (try == 2) return 1;
        most[!is_linear] = cells->most;
        if (cells->most <= RK_BIN_KEYS / 2) return 1;
    }
    return 0;
}

static void rk_bin_by_cells_plain(const rk_bin_cells *cells, const double *values, size_t count,
                                  uint8_t *bins) {
    for (size_t i = 0; i < count; i++) {
        double x = values[i];
        size_t below = cells->below[x == x ? rk_place(cells, x) : RK_BIN_CELLS];
        const double *keys = cells->keys + below;
        int within = 0;
        for (int j = 0; j < RK_BIN_KEYS; j++) within += keys[j] < x;
        bins[i] = (uint8_t)(below + (size_t)within);
    }
}

#if defined(RK_HAS_V3)
#include <immintrin.h>

#define RK_TARGET __attribute__((target("arch=x86-64-v3")))
#define RK_INLINE RK_TARGET static inline __attribute__((always_inline))

/* The places of eight values, that of a missing one RK_BIN_CELLS. */
RK_INLINE void rk_eight_places(const rk_bin_cells *cells, int is_linear, const double *values,
                               int32_t *places) {
    __m256d x0 = _mm256_loadu_pd(values), x1 = _mm256_loadu_pd(values + 4);
    if (is_linear) {
        __m256d low = _mm256_set1_pd(cells->low), scale = _mm256_set1_pd(cells->scale);
        __m256d top = _mm256_set1_pd((double)cells->top), zero = _mm256_setzero_pd();
        __m256d none = _mm256_set1_pd(RK_BIN_CELLS);
        __m256d y0 = _mm256_mul_pd(_mm256_sub_pd(x0, low), scale);
        __m256d y1 = _mm256_mul_pd(_mm256_sub_pd(x1, low), scale);
        y0 = _mm256_min_pd(_mm256_max_pd(y0, zero), top); /* the second where one is a NaN */
        y1 = _mm256_min_pd(_mm256_max_pd(y1, zero), top);
        y0 = _mm256_blendv_pd(y0, none, _mm256_cmp_pd(x0, x0, _CMP_UNORD_Q));
        y1 = _mm256_blendv_pd(y1, none, _mm256_cmp_pd(x1, x1, _CMP_UNORD_Q));
        _mm_storeu_si128((__m128i *)places, _mm256_cvttpd_epi32(y0));
        _mm_storeu_si128((__m128i *)(places + 4), _mm256_cvttpd_epi32(y1));
        return;
    }
    __m256 unordered = _mm256_shuffle_ps(
        _mm256_castpd_ps(_mm256_cmp_pd(x0, x0, _CMP_UNORD_Q)),
        _mm256_castpd_ps(_mm256_cmp_pd(x1, x1, _CMP_UNORD_Q)), 0xdd);
    __m256 halves = _mm256_shuffle_ps(
        _mm256_castpd_ps(_mm256_add_pd(x0, _mm256_setzero_pd())),
        _mm256_castpd_ps(_mm256_add_pd(x1, _mm256_setzero_pd())), 0xdd);
    __m256i upper = _mm256_castps_si256(halves);
    upper = _mm256_xor_si256(upper, _mm256_srli_epi32(_mm256_srai_epi32(upper, 31), 1));
    __m256i place = _mm256_sra_epi32(upper, _mm_cvtsi32_si128(cells->shift));
    place = _mm256_sub_epi32(place, _mm256_set1_epi32(cells->base));
    place = _mm256_max_epi32(place, _mm256_setzero_si256());
    place = _mm256_min_epi32(place, _mm256_set1_epi32(cells->top));
    place = _mm256_blendv_epi8(
        place, _mm256_set1_epi32(RK_BIN_CELLS), _mm256_castps_si256(unordered));
    /* 0 1 4 5 2 3 6 7 */
    place = _mm256_permute4x64_epi64(place, 0xd8);
    _mm256_storeu_si256((__m256i *)places, place);
}

RK_INLINE void rk_bin_kind_v3(const rk_bin_cells *cells, int is_linear, int is_dense,
                              const double *values, size_t count, uint8_t *bins) {
    int32_t places[part];
    for (size_t start = 0; start < count; start += part) {
        size_t length = count - start < part ? count - start : part;
        double last[8] = {0};
        size_t whole = length & ~(size_t)7;
        for (size_t i = 0; i < whole; i += 8)
            rk_eight_places(cells, is_linear, values + start + i, places + i);
        if (whole < length) {
            memcpy(last, values + start + whole, (length - whole) * sizeof *last);
            rk_eight_places(cells, is_linear, last, places + whole);
        }
        for (size_t i = 0; i < length; i++) {
            size_t below = cells->below[places[i]];
            const double *keys = cells->keys + below;
            __m256d x = _mm256_broadcast_sd(values + start + i);
            unsigned mask =
                (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(_mm256_loadu_pd(keys), x, _CMP_LT_OQ));
            if (is_dense)
                mask |= (unsigned)_mm256_movemask_pd(
                            _mm256_cmp_pd(_mm256_loadu_pd(keys + 4), x, _CMP_LT_OQ)) << 4;
            bins[start + i] = (uint8_t)(below + (size_t)_mm_popcnt_u32(mask));
        }
    }
}

RK_TARGET static void rk_bin_by_cells_v3(const rk_bin_cells *cells, const double *values,
                                         size_t count, uint8_t *bins) {
    int is_dense = cells->most > RK_BIN_KEYS / 2;
    if (cells->is_linear && is_dense)
        rk_bin_kind_v3(cells, 1, 1, values, count, bins);
    else if (cells->is_linear)
        rk_bin_kind_v3(cells, 1, 0, values, count, bins);
    else if (is_dense)
        rk_bin_kind_v3(cells, 0, 1, values, count, bins);
    else
        rk_bin_kind_v3(cells, 0, 0, values, count, bins);
}
#endif

void rk_bin_by_cells_f64(const rk_bin_cells *cells, const double *values, size_t count,
                         uint8_t *bins) {
#if defined(RK_HAS_V3)
    if (__builtin_cpu_supports("x86-64-v3")) {
        rk_bin_by_cells_v3(cells, values, count, bins);
        return;
    }
#endif
    rk_bin_by_cells_plain(cells, values, count, bins);
}
