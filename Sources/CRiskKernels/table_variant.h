/* The body of table.c's kernels, included once for each variant with these defined:
     RK_VARIANT(name)  the function's name in this variant
     RK_TARGET         the attributes that let the compiler use the variant's instructions
     rk_keys_below     the number of the eight keys that are below x; none for NaN */

RK_TARGET static inline __attribute__((always_inline)) int32_t RK_VARIANT(rk_units)(
    const rk_table *table, uint32_t depth, double x) {
    size_t node = 0;
    for (uint32_t level = 0; level < depth; level++) {
        const double *keys = table->keys + table->level_start[level] + RK_TABLE_NODE * node;
        node = RK_TABLE_FANOUT * node + RK_VARIANT(rk_keys_below)(keys, x);
    }
    return table->units[x == x ? node : table->missing];
}

RK_TARGET static inline __attribute__((always_inline)) void RK_VARIANT(rk_add_at_depth)(
    const rk_table *table, uint32_t depth, const double *values, size_t count, int32_t *sums) {
    rk_table local = *table; /* so that no store to `sums` can be thought to change it */
    for (size_t i = 0; i < count; i++) sums[i] += RK_VARIANT(rk_units)(&local, depth, values[i]);
}

/* The depths that nearly all tables have are compiled with their loops unrolled. */
RK_TARGET static void RK_VARIANT(rk_add)(
    const rk_table *table, const double *values, size_t count, int32_t *sums) {
    switch (table->depth) {
    case 0: RK_VARIANT(rk_add_at_depth)(table, 0, values, count, sums); break;
    case 1: RK_VARIANT(rk_add_at_depth)(table, 1, values, count, sums); break;
    case 2: RK_VARIANT(rk_add_at_depth)(table, 2, values, count, sums); break;
    case 3: RK_VARIANT(rk_add_at_depth)(table, 3, values, count, sums); break;
    default: RK_VARIANT(rk_add_at_depth)(table, table->depth, values, count, sums); break;
    }
}

RK_TARGET static int64_t RK_VARIANT(rk_row)(
    const rk_table *tables, size_t count, const double *row, int32_t *terms) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const rk_table *table = &tables[i];
        double x = row[table->feature];
        /* Two levels (9 to 80 cut points) are the rule: then there is no loop to predict. */
        int32_t units = table->depth == 2 ? RK_VARIANT(rk_units)(table, 2, x)
                                          : RK_VARIANT(rk_units)(table, table->depth, x);
        if (terms) terms[i] = units;
        sum += units;
    }
    return sum;
}
