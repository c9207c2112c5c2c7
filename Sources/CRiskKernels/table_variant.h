/* The body of table.c's searches, included once for each variant with these defined:
     RK_VARIANT(name)  the function's name in this variant
     RK_TARGET         the attributes that let the compiler use the variant's instructions
     rk_keys_below     the number of the eight keys that are below x; none for NaN */

RK_TARGET static inline __attribute__((always_inline)) int32_t RK_VARIANT(rk_units)(
    const rk_tree *tree, uint32_t depth, double x) {
    size_t node = 0;
    for (uint32_t level = 0; level < depth; level++) {
        const double *keys = tree->keys + tree->level_start[level] + RK_TABLE_NODE * node;
        node = RK_TABLE_FANOUT * node + RK_VARIANT(rk_keys_below)(keys, x);
    }
    return tree->units[x == x ? node : tree->missing];
}

/* `tree` is a copy, so that no store to `sums` can be thought to change it. */
RK_TARGET static void RK_VARIANT(rk_tree_add_f32)(
    rk_tree tree, const float *values, size_t count, int32_t *sums) {
    for (size_t i = 0; i < count; i++)
        sums[i] += RK_VARIANT(rk_units)(&tree, tree.depth, (double)values[i]);
}

RK_TARGET static void RK_VARIANT(rk_tree_add_f64)(
    rk_tree tree, const double *values, size_t count, int32_t *sums) {
    for (size_t i = 0; i < count; i++)
        sums[i] += RK_VARIANT(rk_units)(&tree, tree.depth, values[i]);
}
