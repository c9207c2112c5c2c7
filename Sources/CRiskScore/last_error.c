#include "last_error.h"
#include "riskscore.h"
#include <string.h>

/* In the thread's own storage and not on the heap, so that telling what went wrong cannot fail. */
static _Thread_local char rsk_message[4096];

void rsk_keep_error(const char *text, size_t length) {
    if (length >= sizeof rsk_message) {
        length = sizeof rsk_message - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length -= 1;
    }
    memcpy(rsk_message, text, length);
    rsk_message[length] = 0;
}

const char *rsk_last_error(void) { return rsk_message; }
