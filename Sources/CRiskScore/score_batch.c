#include "score_batch.h"
#include <errno.h>
#include <stdlib.h>

/* A consumer may take a column out of a batch and release it later than the batch: each column owns
   its memory, and what a batch or a column is made of is one block that goes with it. */
enum { COLUMNS = 4 };

static const struct {
    const char *name, *format;
    size_t size;
} columns[COLUMNS] = {
    {"units", "l", 8}, {"log_odds", "g", 8}, {"probability", "g", 8}, {"points", "i", 4}};

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        struct ArrowSchema *child = schema->children[i];
        if (child->release) child->release(child);
    }
    free(schema->private_data);
    schema->release = NULL;
}

int rsk_export_score_schema(struct ArrowSchema *schema) {
    struct parts {
        struct ArrowSchema *children[COLUMNS], child[COLUMNS];
    } *parts = calloc(1, sizeof *parts);
    if (!parts) return ENOMEM;
    for (int i = 0; i < COLUMNS; i++) {
        parts->children[i] = &parts->child[i];
        parts->child[i] = (struct ArrowSchema){
            .format = columns[i].format, .name = columns[i].name, .release = release_schema};
    }
    *schema = (struct ArrowSchema){.format = "+s",
                                   .name = "",
                                   .n_children = COLUMNS,
                                   .children = parts->children,
                                   .release = release_schema,
                                   .private_data = parts};
    return 0;
}

static void release_column(struct ArrowArray *column) {
    free(column->private_data);
    column->release = NULL;
}

static void release_batch(struct ArrowArray *batch) {
    for (int64_t i = 0; i < batch->n_children; i++) {
        struct ArrowArray *child = batch->children[i];
        if (child->release) child->release(child);
    }
    free(batch->private_data);
    batch->release = NULL;
}

/* The values begin a cache line after the block does, where vector loads like them. */
static int export_column(int64_t rows, size_t size, struct ArrowArray *column, void **values) {
    enum { LINE = 64 };
    if ((uint64_t)rows > (SIZE_MAX - 2 * LINE) / size) return ENOMEM;
    size_t bytes = LINE + ((size_t)rows * size + LINE - 1) / LINE * LINE;
    const void **block = aligned_alloc(LINE, bytes);
    if (!block) return ENOMEM;
    *values = (char *)block + LINE;
    block[0] = NULL, block[1] = *values;
    *column = (struct ArrowArray){.length = rows,
                                  .n_buffers = 2,
                                  .buffers = block,
                                  .release = release_column,
                                  .private_data = block};
    return 0;
}

int rsk_export_score_batch(int64_t rows, struct ArrowArray *batch, rsk_scores *scores) {
    struct parts {
        const void *buffers[1];
        struct ArrowArray *children[COLUMNS], child[COLUMNS];
    } *parts = calloc(1, sizeof *parts);
    if (!parts) return ENOMEM;
    *batch = (struct ArrowArray){.length = rows,
                                 .n_buffers = 1,
                                 .n_children = COLUMNS,
                                 .buffers = parts->buffers,
                                 .children = parts->children,
                                 .release = release_batch,
                                 .private_data = parts};
    void *values[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) parts->children[i] = &parts->child[i];
    for (int i = 0; i < COLUMNS; i++) {
        if (export_column(rows, columns[i].size, &parts->child[i], &values[i])) {
            release_batch(batch);
            return ENOMEM;
        }
    }
    *scores = (rsk_scores){values[0], values[1], values[2], values[3]};
    return 0;
}
