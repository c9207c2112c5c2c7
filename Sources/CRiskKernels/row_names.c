#include "risk_kernels.h"
#include "variants.h"
#include <string.h>

/* Names of rows: a hash of what each holds, with a number where several hold the same. */

static inline uint64_t rk_mix(uint64_t x) {
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
    return x ^ (x >> 32);
}

static inline uint64_t rk_hash(double given, uint64_t key) {
    double value = given + 0.0; /* the two zeros are one */
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) bits = 0x7ff8000000000000u; /* and so are all NaN */
    return rk_mix((bits + key) * 0x9e3779b97f4a7c15u);
}

RK_VARIANTS
void rk_hash_rows_u64(const double *values, const uint32_t *rows, size_t count, uint64_t key,
                      uint64_t *hashes) {
    if (rows) {
        for (size_t i = 0; i < count; i++) hashes[i] += rk_hash(values[rows[i]], key);
    } else {
        for (size_t i = 0; i < count; i++) hashes[i] += rk_hash(values[i], key);
    }
}

/* What is looked for; never 0, which is an empty slot. */
static inline uint64_t rk_wanted(uint64_t hash) {
    uint64_t wanted = rk_mix(rk_mix(hash) + 1);
    return wanted ? wanted : 1;
}

static inline int rk_is_mine(uint64_t wanted, uint64_t part, uint64_t parts) {
    return (wanted >> 32) * parts >> 32 == part;
}

size_t rk_count_rows_u64(const uint64_t *hashes, size_t count, size_t part, size_t parts) {
    size_t mine = 0;
    for (size_t i = 0; i < count; i++) mine += (size_t)rk_is_mine(rk_wanted(hashes[i]), part, parts);
    return mine;
}

void rk_number_rows_u64(const uint64_t *hashes, size_t count, size_t part, size_t parts,
                        uint64_t *slots, uint64_t *repeats, size_t slot_count, uint64_t *names) {
    /* Slots are far apart: those of some rows are asked for before the first is looked at. */
    enum { ahead = 32 };
    uint64_t mask = slot_count - 1;
    uint64_t wanted[ahead];
    uint32_t places[ahead];
    for (size_t start = 0; start < count; start += ahead) {
        size_t length = count - start < ahead ? count - start : ahead, found = 0;
        for (size_t i = 0; i < length; i++) {
            uint64_t hash = rk_wanted(hashes[start + i]);
            wanted[found] = hash;
            places[found] = (uint32_t)i;
            rk_prefetch_write(slots + (hash & mask));
            found += (size_t)rk_is_mine(hash, part, parts);
        }
        for (size_t i = 0; i < found; i++) {
            uint64_t hash = wanted[i], slot = hash & mask, before = 0;
            while (slots[slot] != 0 && slots[slot] != hash) slot = (slot + 1) & mask;
            if (slots[slot])
                before = ++repeats[slot];
            else
                slots[slot] = hash;
            names[start + places[i]] = rk_mix(hash + before * 0x9e3779b97f4a7c15u);
        }
    }
}
