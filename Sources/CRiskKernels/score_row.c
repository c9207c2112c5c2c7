#include "cells.h"
#include "linear_term.h"

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

static inline __attribute__((always_inline)) int32_t rk_table_units(const rk_table *table, double x) {
    int32_t units;
    switch (table->f64.kind) {
    case RK_CELLS_LINEAR: units = rk_units_f64(&table->f64, RK_CELLS_LINEAR, x); break;
    case RK_CELLS_BITS: units = rk_units_f64(&table->f64, RK_CELLS_BITS, x); break;
    default: units = rk_tree_units(&table->tree, x); break;
    }
    return x == x ? units : table->missing;
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

static int64_t rk_score_row_with_few_reasons(const rk_scorer *scorer, const double *row,
                                             rk_largest *largest) {
    int64_t keys[RK_FEW_REASONS] = {0};
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++) {
        const rk_table *table = &scorer->tables[i];
        int32_t units = rk_table_units(table, row[table->feature]);
        sum += units;
        rk_sink(keys, (int64_t)units - table->typical, table->feature);
    }
    for (size_t i = 0; i < scorer->term_count; i++) {
        const rk_linear_term *term = &scorer->terms[i];
        int64_t units = rk_linear_units(term, row[term->feature]);
        sum += units;
        rk_sink(keys, units - term->typical, term->feature);
    }
    /* A term of no units at all has a key of less than 2^32. */
    while (largest->count < largest->limit && keys[largest->count] > UINT32_MAX) {
        int64_t key = keys[largest->count];
        largest->list[largest->count] = (rk_reason){
            .units = key >> 32, .feature = UINT32_MAX - (uint32_t)(key & UINT32_MAX)};
        largest->count += 1;
    }
    return sum;
}

static int64_t rk_score_row_with_reasons(const rk_scorer *scorer, const double *row,
                                         rk_largest *largest) {
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++) {
        const rk_table *table = &scorer->tables[i];
        int32_t units = rk_table_units(table, row[table->feature]);
        sum += units;
        rk_consider(largest, (int64_t)units - table->typical, table->feature);
    }
    for (size_t i = 0; i < scorer->term_count; i++) {
        const rk_linear_term *term = &scorer->terms[i];
        int64_t units = rk_linear_units(term, row[term->feature]);
        sum += units;
        rk_consider(largest, units - term->typical, term->feature);
    }
    return sum;
}

int64_t rk_score_row_f64(const rk_scorer *scorer, const double *row, rk_reason *reasons,
                         size_t *reason_count) {
    if (reasons) {
        rk_largest largest = {.list = reasons, .limit = *reason_count};
        int64_t sum = largest.limit <= RK_FEW_REASONS
                          ? rk_score_row_with_few_reasons(scorer, row, &largest)
                          : rk_score_row_with_reasons(scorer, row, &largest);
        *reason_count = largest.count;
        return sum;
    }
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++)
        sum += rk_table_units(&scorer->tables[i], row[scorer->tables[i].feature]);
    for (size_t i = 0; i < scorer->term_count; i++)
        sum += rk_linear_units(&scorer->terms[i], row[scorer->terms[i].feature]);
    return sum;
}

_Static_assert(sizeof(void *) != 8 || sizeof(rk_table) % 64 == 0, "tables begin at cache lines");
