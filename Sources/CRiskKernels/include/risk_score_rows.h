/* Rows to scores: what a compiled model is to the machine, and the loops over it.
   No allocation, no state, no locks: any number of threads may score with one rk_scorer. */
#ifndef RISKKIT_SCORE_ROWS_H
#define RISKKIT_SCORE_ROWS_H
#include <stddef.h>
#include <stdint.h>

/* A score table as a search tree: bin k holds the x with cut[k-1] < x <= cut[k].

   The cut points are a tree of nodes of eight (RK_TABLE_NODE), so that a node is a cache line
   and one or two vector comparisons. Level d of `depth` starts at keys[level_start[d]]; its node i
   spans the bins from i w up to (i + 1) w, w = 9^(depth - d), and its key j is the cut point below bin
   i w + (j + 1) w / 9, or +inf where there is none. Nodes behind the last bin are left out. */
enum { RK_TABLE_NODE = 8, RK_TABLE_FANOUT = 9, RK_TABLE_MAX_DEPTH = 7 };

typedef struct {
    const double *keys;
    /* One a bin, and a missing value's (NaN). */
    const int32_t *units;
    /* The index of the missing value's units. */
    uint32_t missing;
    /* Levels of the tree, in 0..RK_TABLE_MAX_DEPTH; 9^depth is at least the number of bins. */
    uint32_t depth;
    uint32_t level_start[RK_TABLE_MAX_DEPTH];
} rk_tree;

/* A score table as cells: the line of numbers is divided so that no cell holds two cut points, and a
   value's units are known by its cell and one comparison. Where a value's cell is, is arithmetic that
   never decreases in the value, so that its rounding does not matter:

     RK_CELLS_LINEAR   (x - low) * scale, towards zero
     RK_CELLS_BITS     ((bits of (x - low)) >> shift) - base; of a double the upper 32 bits count

   both held within 0...top. A cell's units are those of its values up to its cut point (+inf where it
   has none), and those above are the next cell's; there is a cell behind the last for that. */
enum { RK_CELLS_NONE = 0, RK_CELLS_LINEAR = 1, RK_CELLS_BITS = 2, RK_CELLS_FEW = 3 };

typedef struct {
    float cut;
    int32_t units;
} rk_cell_f32;

typedef struct {
    double cut;
    /* Up to the cut point, and above it: the next cell's. */
    int32_t units[2];
} rk_cell_f64;

/* RK_CELLS_FEW: so few bins that vector registers hold the table, cuts[k-1] < x <= cuts[k], however
   the cut points lie; cuts are +inf from `count` on, and units are of any value behind that. A float x
   is above a cut point just where it is above the largest float that is no more than the cut point,
   so these are floats. */
enum { RK_FEW_CUTS = 31 };

typedef struct {
    float cuts[RK_FEW_CUTS];
    int32_t count;
    int32_t units[RK_FEW_CUTS + 1];
} rk_few_f32;

/* The same table for one double. The floats below the float next to x are counted; where a cut point lies
   between the two, the bin may be the neighbour of that count, which the cut points themselves tell:
   bins[1 + k] is bin k with its upper cut point, +inf from the last on, and bins[0] is the first bin
   again, below -inf. All floats count as below a NaN, so bins[1 + 8 * vectors] has the units of a missing
   value, where `vectors` of eight floats are compared: one where at most 7 cut points leave that place
   free, else four. Only where no two cut points have the same float. */
enum { RK_FEW_CUTS_OF_ONE_VECTOR = 7, RK_FEW_VECTORS = 4 };

typedef struct {
    double cut;
    int32_t units;
} rk_few_bin;

typedef struct {
    float cuts[8 * RK_FEW_VECTORS];
    rk_few_bin bins[8 * RK_FEW_VECTORS + 2];
} rk_few_f64;

typedef struct {
    const rk_cell_f32 *cells;
    const rk_few_f32 *few;
    float low, scale;
    int32_t shift, base, top;
    int32_t kind;
} rk_cells_f32;

typedef struct {
    const rk_cell_f64 *cells;
    double low, scale;
    int32_t shift, base, top;
    int32_t kind;
} rk_cells_f64;

/* One table of a model in its three forms. Cells of kind RK_CELLS_NONE were not to be had; then the
   tree is searched. What a single row needs stands first, in one cache line. */
typedef struct {
    rk_cells_f64 f64;
    /* Which column it reads, the units of a missing value (NaN), and the population's. */
    uint32_t feature;
    int32_t missing;
    int32_t typical;
    /* For a single row: how many vectors of cut points, 0 where the table has no such form. */
    int32_t few_vectors;
    const rk_few_f64 *few;
    rk_cells_f32 f32;
    rk_tree tree;
    /* To a whole number of cache lines. */
    uint32_t padding[8];
} rk_table;

/* A linear term: round(coefficient * x * 2^18) held within +-2^23, ties to even; 0 where the product
   is NaN and x is not. */
typedef struct {
    double coefficient;
    int64_t missing, typical;
    uint32_t feature;
} rk_linear_term;

/* From units to probability and points; see RiskModel. Knots and probabilities are read by
   RK_ISOTONIC only: the knots increase, and there is at least one. */
enum { RK_LOGISTIC = 0, RK_PLATT = 1, RK_ISOTONIC = 2 };

typedef struct {
    int32_t kind;
    double slope, intercept;
    const int64_t *knots;
    const double *probabilities;
    size_t knot_count;
    double base_points, log_base_odds, points_to_double_odds;
} rk_link;

typedef struct {
    const rk_table *tables;
    size_t table_count;
    const rk_linear_term *terms;
    size_t term_count;
    int64_t intercept;
    rk_link link;
} rk_scorer;

/* What a column's values are. */
typedef enum {
    RK_F32, RK_F64, RK_I8, RK_U8, RK_I16, RK_U16, RK_I32, RK_U32, RK_I64, RK_U64, RK_BIT
} rk_type;

/* A column: row i's value lies at values + i * stride bytes; of RK_BIT it is bit i from the lowest bit
   of the first byte on, and the stride is not used. Where `validity` is not NULL, bit i of it is 0
   where the value is missing. `offset` is added to i in both bit maps. A NaN is missing too. */
typedef struct {
    const void *values;
    ptrdiff_t stride;
    const uint8_t *validity;
    size_t offset;
    rk_type type;
    /* For who speaks of the column; not read here. */
    const char *name;
} rk_column;

/* Where the scores of rows go; what is NULL is not wanted. */
typedef struct {
    int64_t *units;
    double *log_odds;
    double *probability;
    int32_t *points;
} rk_scores;

/* Scores the rows from `start` up to `end`; row i's score goes to place i of `scores`.
   columns[f] is the column of feature f. */
void rk_score_rows(const rk_scorer *scorer, const rk_column *columns, size_t start, size_t end,
                   const rk_scores *scores);

/* A term above its typical contribution, by so many units (more than 0). */
typedef struct {
    int64_t units;
    uint32_t feature;
} rk_reason;

/* The sum of one row in units, row[f] being feature f's value. Where `reasons` is not NULL, the at most
   *reason_count terms that are most above typical are written there, the largest first and ties in
   the order of features, and *reason_count becomes their number. */
int64_t rk_score_row_f64(const rk_scorer *scorer, const double *row, rk_reason *reasons,
                         size_t *reason_count);

/* The same by one of the variants that rk_table_variants() counts. */
int64_t rk_score_row_f64_variant(int variant, const rk_scorer *scorer, const double *row,
                                 rk_reason *reasons, size_t *reason_count);

/* The probability and the points of sums; either output may be NULL. */
void rk_link_rows(const rk_link *link, const int64_t *units, size_t count, double *probability,
                  int32_t *points);

/* The same of one sum. */
void rk_link_units(const rk_scorer *scorer, int64_t units, double *probability, int32_t *points);

/* sums[i] += units of values[i], for i < count. The caller sees to it that no sum overflows. */
void rk_table_add_f32(const rk_table *table, const float *values, size_t count, int32_t *sums);
void rk_table_add_f64(const rk_table *table, const double *values, size_t count, int32_t *sums);

/* How many variants of these two this machine can run, numbered from 1; the last is the fastest and
   what they choose, 1 is plain C. And one of the variants, for tests and benchmarks. */
int rk_table_variants(void);
void rk_table_add_f32_variant(int variant, const rk_table *table, const float *values, size_t count,
                              int32_t *sums);
void rk_table_add_f64_variant(int variant, const rk_table *table, const double *values, size_t count,
                              int32_t *sums);

/* The cell of a value, as the kernels find it: for what builds the cells. */
int32_t rk_cell_of_f32(const rk_cells_f32 *cells, float x);
int32_t rk_cell_of_f64(const rk_cells_f64 *cells, double x);

#endif
