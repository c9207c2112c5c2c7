#include "columns.h"
#include <math.h>

static inline int rk_bit(const uint8_t *bits, size_t index) {
    return bits[index >> 3] >> (index & 7) & 1;
}

static inline const char *rk_row(const rk_column *column, size_t row) {
    return (const char *)column->values + (ptrdiff_t)row * column->stride;
}

const float *rk_floats(const rk_column *column, size_t start, size_t count, rk_values *room) {
    const char *values = rk_row(column, start);
    if (column->stride == sizeof(float) && !column->validity && (uintptr_t)values % 4 == 0)
        return (const float *)values;
    for (size_t i = 0; i < count; i++)
        memcpy(&room->f32[i], values + (ptrdiff_t)i * column->stride, sizeof(float));
    if (column->validity)
        for (size_t i = 0; i < count; i++)
            if (!rk_bit(column->validity, start + i + column->offset)) room->f32[i] = NAN;
    return room->f32;
}

/* The values of one type as doubles; 64-bit whole numbers beyond 2^53 to the nearest. */
#define RK_FETCH(type)                                                                              \
    for (size_t i = 0; i < count; i++) {                                                            \
        type value;                                                                                 \
        memcpy(&value, values + (ptrdiff_t)i * column->stride, sizeof value);                       \
        room->f64[i] = (double)value;                                                               \
    }                                                                                               \
    break

const double *rk_doubles(const rk_column *column, size_t start, size_t count, rk_values *room) {
    const char *values = rk_row(column, start);
    if (column->type == RK_F64 && column->stride == sizeof(double) && !column->validity
        && (uintptr_t)values % 8 == 0)
        return (const double *)values;
    switch (column->type) {
    case RK_F32: RK_FETCH(float);
    case RK_F64: RK_FETCH(double);
    case RK_I8: RK_FETCH(int8_t);
    case RK_U8: RK_FETCH(uint8_t);
    case RK_I16: RK_FETCH(int16_t);
    case RK_U16: RK_FETCH(uint16_t);
    case RK_I32: RK_FETCH(int32_t);
    case RK_U32: RK_FETCH(uint32_t);
    case RK_I64: RK_FETCH(int64_t);
    case RK_U64: RK_FETCH(uint64_t);
    case RK_BIT:
        for (size_t i = 0; i < count; i++)
            room->f64[i] = rk_bit(column->values, start + i + column->offset);
        break;
    }
    if (column->validity)
        for (size_t i = 0; i < count; i++)
            if (!rk_bit(column->validity, start + i + column->offset)) room->f64[i] = (double)NAN;
    return room->f64;
}
