#include "cells.h"
#include "linear_term.h"
#include "table_kernels.h"

#pragma STDC FP_CONTRACT OFF

/* One row: each table's cell by plain arithmetic. The tables do not wait for each other, so a
   processor has half a dozen of them under way at a time; the rest of the cost is reading the cells. */

static __attribute__((noinline)) int32_t rk_tree_units(const rk_tree *tree, double x) {
    size_t node = 0;
    for (uint32_t level = 0; level < tree->depth; level++) {
        const double *keys = tree->keys + tree->level_start[level] + RK_TABLE_NODE * node;
        size_t below = 0;
        for (int key = 0; key < RK_TABLE_NODE; key++) below += keys[key] < x;
        node = RK_TABLE_FANOUT * node + below;
    }
    return tree->units[node];
}

/* The few largest of many terms, by insertion: few are kept, and most are turned away at the door. */
typedef struct {
    rk_reason *list;
    size_t limit, count;
} rk_largest;

static inline int rk_is_before(int64_t units, uint32_t feature, const rk_reason *other) {
    return units > other->units || (units == other->units && feature < other->feature);
}

static inline void rk_consider(rk_largest *largest, int64_t units, uint32_t feature) {
    if (units <= 0) return;
    size_t place = largest->count;
    if (place == largest->limit) {
        if (place == 0 || !rk_is_before(units, feature, &largest->list[place - 1])) return;
        place -= 1;
    } else {
        largest->count += 1;
    }
    while (place > 0 && rk_is_before(units, feature, &largest->list[place - 1])) {
        largest->list[place] = largest->list[place - 1];
        place -= 1;
    }
    largest->list[place] = (rk_reason){.units = units, .feature = feature};
}

/* The four largest, without a branch: of a term's units and its feature one number is made that is larger
   for what comes first, and it sinks through the list to its place. */
enum { RK_FEW_REASONS = 4 };

static inline void rk_sink(int64_t keys[RK_FEW_REASONS], int64_t units, uint32_t feature) {
    int64_t key = units * 4294967296 + (int64_t)(UINT32_MAX - feature);
    for (int place = 0; place < RK_FEW_REASONS; place++) {
        int64_t larger = key > keys[place] ? key : keys[place];
        key = key > keys[place] ? keys[place] : key;
        keys[place] = larger;
    }
}

static inline __attribute__((always_inline)) int32_t rk_table_units_plain(const rk_table *table, double x) {
    int32_t units;
    switch (table->f64.kind) {
    case RK_CELLS_LINEAR: units = rk_units_f64(&table->f64, RK_CELLS_LINEAR, x); break;
    case RK_CELLS_BITS: units = rk_units_f64(&table->f64, RK_CELLS_BITS, x); break;
    default: units = rk_tree_units(&table->tree, x); break;
    }
    return x == x ? units : table->missing;
}

#define RK_VARIANT(name) name##_plain
#define RK_TARGET
#include "row_variant.h"
#undef RK_VARIANT
#undef RK_TARGET

#if defined(RK_HAS_V3)
#include <immintrin.h>

#define RK_TARGET __attribute__((target("arch=x86-64-v3")))

/* How many of eight floats are not at least x: of NaN, all. */
RK_TARGET static inline __attribute__((always_inline)) __m256i rk_eight_below(const float *cuts,
                                                                              __m256 x) {
    return _mm256_castps_si256(_mm256_cmp_ps(_mm256_loadu_ps(cuts), x, _CMP_NGE_UQ));
}

RK_TARGET static inline __attribute__((always_inline)) int32_t rk_few_units(const rk_few_f64 *few,
                                                                            int vectors, double x) {
    __m256 value = _mm256_set1_ps((float)x);
    unsigned below;
    if (vectors == 1) {
        below = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(rk_eight_below(few->cuts, value)));
    } else {
        __m256i low = _mm256_packs_epi32(rk_eight_below(few->cuts, value),
                                         rk_eight_below(few->cuts + 8, value));
        __m256i high = _mm256_packs_epi32(rk_eight_below(few->cuts + 16, value),
                                          rk_eight_below(few->cuts + 24, value));
        below = (unsigned)_mm256_movemask_epi8(_mm256_packs_epi16(low, high));
    }
    const rk_few_bin *bin = few->bins + 1 + _mm_popcnt_u32(below);
    return bin[(bin[0].cut < x) - (bin[-1].cut >= x)].units;
}

RK_TARGET static inline __attribute__((always_inline)) int32_t rk_table_units_v3(
    const rk_table *table, double x) {
    switch (table->few_vectors) {
    case 0: return rk_table_units_plain(table, x);
    case 1: return rk_few_units(table->few, 1, x);
    default: return rk_few_units(table->few, RK_FEW_VECTORS, x);
    }
}

#define RK_VARIANT(name) name##_v3
#include "row_variant.h"
#undef RK_VARIANT
#undef RK_TARGET
#endif

int64_t rk_score_row_f64_variant(int variant, const rk_scorer *scorer, const double *row,
                                 rk_reason *reasons, size_t *reason_count) {
#if defined(RK_HAS_V3)
    if (variant == 2) return rk_score_row_v3(scorer, row, reasons, reason_count);
#endif
    (void)variant;
    return rk_score_row_plain(scorer, row, reasons, reason_count);
}

int64_t rk_score_row_f64(const rk_scorer *scorer, const double *row, rk_reason *reasons,
                         size_t *reason_count) {
    return rk_score_row_f64_variant(rk_table_variants(), scorer, row, reasons, reason_count);
}

_Static_assert(sizeof(void *) != 8 || sizeof(rk_table) % 64 == 0, "tables begin at cache lines");
