#include "columns.h"
#include "linear_term.h"
#include "risk_score_rows.h"

#pragma STDC FP_CONTRACT OFF

/* Rows of columns to scores, a block at a time: the sums of a block stay in the first-level cache
   beside the cells of one table while the block's part of each column passes by. The only memory is
   the stack's, some forty kilobytes. */

typedef struct {
    int32_t sums[RK_BLOCK_ROWS];
    int64_t units[RK_BLOCK_ROWS];
    rk_values values;
} rk_block;

/* How many rows to take at a time. Where the values of a row lie side by side, so few that the rows
   stay in the cache until the last of their columns is read. */
static size_t rk_block_rows(const rk_scorer *scorer, const rk_column *columns) {
    for (size_t i = 0; i < scorer->table_count; i++)
        if (columns[scorer->tables[i].feature].stride > 8) return 256;
    return RK_BLOCK_ROWS;
}

static void rk_add_tables(const rk_scorer *scorer, const rk_column *columns, size_t start,
                          size_t count, int variant, rk_block *block) {
    for (size_t i = 0; i < scorer->table_count; i++) {
        const rk_table *table = &scorer->tables[i];
        const rk_column *column = &columns[table->feature];
        if (column->type == RK_F32) {
            const float *values = rk_floats(column, start, count, &block->values);
            rk_table_add_f32_variant(variant, table, values, count, block->sums);
        } else {
            const double *values = rk_doubles(column, start, count, &block->values);
            rk_table_add_f64_variant(variant, table, values, count, block->sums);
        }
    }
}

static void rk_add_linear_term(const rk_linear_term *term, const rk_column *column, size_t start,
                               size_t count, rk_block *block) {
    const double *values = rk_doubles(column, start, count, &block->values);
    for (size_t i = 0; i < count; i++) block->units[i] += rk_linear_units(term, values[i]);
}

void rk_score_rows(const rk_scorer *scorer, const rk_column *columns, size_t start, size_t end,
                   const rk_scores *scores) {
    int variant = rk_table_variants();
    size_t block_rows = rk_block_rows(scorer, columns);
    rk_block block;
    while (start < end) {
        size_t count = end - start < block_rows ? end - start : block_rows;
        memset(block.sums, 0, count * sizeof block.sums[0]);
        rk_add_tables(scorer, columns, start, count, variant, &block);
        for (size_t i = 0; i < count; i++)
            block.units[i] = scorer->intercept + (int64_t)block.sums[i];
        for (size_t i = 0; i < scorer->term_count; i++) {
            const rk_linear_term *term = &scorer->terms[i];
            rk_add_linear_term(term, &columns[term->feature], start, count, &block);
        }
        if (scores->units) memcpy(scores->units + start, block.units, count * sizeof(int64_t));
        if (scores->log_odds)
            for (size_t i = 0; i < count; i++)
                scores->log_odds[start + i] = (double)block.units[i] / 262144.0;
        if (scores->probability || scores->points)
            rk_link_rows(&scorer->link, block.units, count,
                         scores->probability ? scores->probability + start : NULL,
                         scores->points ? scores->points + start : NULL);
        start += count;
    }
}
