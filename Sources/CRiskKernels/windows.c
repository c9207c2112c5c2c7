#include "risk_kernels.h"

/* How far a head moves at most in one step without a branch. */
enum { STEP = 4 };

/* A loop that stops at the first key inside the window is guessed wrong about once a moment. Four keys
 * are compared instead, whether they are wanted or not: their sum says how many have left. */
void rk_window_heads_i64(const int64_t *keys, const int64_t *now, const int64_t *tails, size_t from,
                         size_t to, int64_t first, const int64_t *lengths, size_t windows,
                         int64_t *const *heads) {
    int64_t head[RK_MOST_WINDOWS];
    for (size_t window = 0; window < windows; window++) head[window] = first;
    for (size_t moment = from; moment < to; moment++) {
        const int64_t tail = tails[moment];
        for (size_t window = 0; window < windows; window++) {
            const int64_t limit = now[moment] - lengths[window];
            int64_t place = head[window], left;
            do {
                const int64_t *key = keys + place, most = tail - place;
                /* What is behind the tail may be anything. */
                left = ((key[0] <= limit) & (most > 0)) + ((key[1] <= limit) & (most > 1)) +
                       ((key[2] <= limit) & (most > 2)) + ((key[3] <= limit) & (most > 3));
                place += left;
            } while (left == STEP);
            head[window] = place;
            heads[window][moment] = place;
        }
    }
}
