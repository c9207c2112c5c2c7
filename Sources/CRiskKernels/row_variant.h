/* The body of score_row.c, included once for each variant with these defined:
     RK_VARIANT(name)  the function's name in this variant
     RK_TARGET         the attributes that let the compiler use the variant's instructions
     rk_table_units    one table's units of x */

RK_TARGET static int64_t RK_VARIANT(rk_score_row_with_few_reasons)(
    const rk_scorer *scorer, const double *row, rk_largest *largest) {
    int64_t keys[RK_FEW_REASONS] = {0};
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++) {
        const rk_table *table = &scorer->tables[i];
        int32_t units = RK_VARIANT(rk_table_units)(table, row[table->feature]);
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

RK_TARGET static int64_t RK_VARIANT(rk_score_row_with_reasons)(
    const rk_scorer *scorer, const double *row, rk_largest *largest) {
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++) {
        const rk_table *table = &scorer->tables[i];
        int32_t units = RK_VARIANT(rk_table_units)(table, row[table->feature]);
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

RK_TARGET static int64_t RK_VARIANT(rk_score_row)(
    const rk_scorer *scorer, const double *row, rk_reason *reasons, size_t *reason_count) {
    if (reasons) {
        rk_largest largest = {.list = reasons, .limit = *reason_count};
        int64_t sum = largest.limit <= RK_FEW_REASONS
                          ? RK_VARIANT(rk_score_row_with_few_reasons)(scorer, row, &largest)
                          : RK_VARIANT(rk_score_row_with_reasons)(scorer, row, &largest);
        *reason_count = largest.count;
        return sum;
    }
    int64_t sum = scorer->intercept;
    for (size_t i = 0; i < scorer->table_count; i++)
        sum += RK_VARIANT(rk_table_units)(&scorer->tables[i], row[scorer->tables[i].feature]);
    for (size_t i = 0; i < scorer->term_count; i++)
        sum += rk_linear_units(&scorer->terms[i], row[scorer->terms[i].feature]);
    return sum;
}
