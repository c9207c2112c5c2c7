#include "risk_kernels.h"

/* A gradient and a Hessian, added by one instruction. */
typedef int64_t rk_pair __attribute__((vector_size(16), aligned(8)));

/* Four features at a time: the pair is loaded once for the four, and their additions do not wait for
   each other where neighbouring rows fall into the same bin, as they do in a feature of many zeros. */
void rk_histogram_i64(const uint8_t *bins, size_t bin_stride, size_t features, const int64_t *pairs,
                      size_t count, int64_t *histograms, size_t histogram_stride) {
    const rk_pair *gradients = (const rk_pair *)pairs;
    size_t feature = 0;
    for (; feature + 4 <= features; feature += 4) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        const uint8_t *bins1 = bins0 + bin_stride;
        const uint8_t *bins2 = bins1 + bin_stride;
        const uint8_t *bins3 = bins2 + bin_stride;
        rk_pair *sums0 = (rk_pair *)(histograms + 2 * feature * histogram_stride);
        rk_pair *sums1 = sums0 + histogram_stride;
        rk_pair *sums2 = sums1 + histogram_stride;
        rk_pair *sums3 = sums2 + histogram_stride;
        for (size_t i = 0; i < count; i++) {
            rk_pair gradient = gradients[i];
            sums0[bins0[i]] += gradient;
            sums1[bins1[i]] += gradient;
            sums2[bins2[i]] += gradient;
            sums3[bins3[i]] += gradient;
        }
    }
    for (; feature < features; feature++) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        rk_pair *sums0 = (rk_pair *)(histograms + 2 * feature * histogram_stride);
        for (size_t i = 0; i < count; i++) sums0[bins0[i]] += gradients[i];
    }
}

void rk_histogram_packed_i64(const uint8_t *bins, size_t bin_stride, size_t features,
                             const int64_t *packed, size_t count, int64_t *histograms,
                             size_t histogram_stride) {
    const uint64_t *values = (const uint64_t *)packed;
    uint64_t *sums = (uint64_t *)histograms;
    size_t feature = 0;
    for (; feature + 4 <= features; feature += 4) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        const uint8_t *bins1 = bins0 + bin_stride;
        const uint8_t *bins2 = bins1 + bin_stride;
        const uint8_t *bins3 = bins2 + bin_stride;
        uint64_t *sums0 = sums + feature * histogram_stride;
        uint64_t *sums1 = sums0 + histogram_stride;
        uint64_t *sums2 = sums1 + histogram_stride;
        uint64_t *sums3 = sums2 + histogram_stride;
        for (size_t i = 0; i < count; i++) {
            uint64_t value = values[i];
            sums0[bins0[i]] += value;
            sums1[bins1[i]] += value;
            sums2[bins2[i]] += value;
            sums3[bins3[i]] += value;
        }
    }
    for (; feature < features; feature++) {
        const uint8_t *bins0 = bins + feature * bin_stride;
        uint64_t *sums0 = sums + feature * histogram_stride;
        for (size_t i = 0; i < count; i++) sums0[bins0[i]] += values[i];
    }
}

void rk_unpack_sums_i64(int64_t *packed, size_t count, int64_t *pairs) {
    for (size_t i = 0; i < count; i++) {
        int64_t hessian = (int64_t)((uint64_t)packed[i] & 0xffffffffu);
        pairs[2 * i] += (packed[i] - hessian) >> 32;
        pairs[2 * i + 1] += hessian;
        packed[i] = 0;
    }
}
