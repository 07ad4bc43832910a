/*
 * All that is below a folder, in an order that does not depend on the file system: by name, a folder before what is in
 * it. Not by fts(3), which musl does not have, and which in glibc on 32-bit machines ends, without a word, at an entry
 * whose inode or place in the folder has more bits.
 */
#ifndef SMC_TOOLS_WALK_H
#define SMC_TOOLS_WALK_H

#include <stddef.h>

enum walk_kind {
    WALK_END,
    WALK_FOLDER,
    WALK_FILE,     /* or a link, which is not followed */
    WALK_UNREAD,   /* a folder that cannot be listed, or what cannot be looked at; errno says why */
    WALK_NO_MEMORY /* the walk is over */
};

struct walk {
    const char *path; /* of what came last; valid until the next one */
    unsigned level;   /* of the folder: 0, of what is in it: 1 */
    char *current;
    int is_entering; /* the folder that came last comes next */
    struct walk_place {
        char *path;
        unsigned level;
    } * stack; /* what is still to come; the next one on top */
    size_t n, capacity;
};

/* A link to a folder is good here, and here alone. */
struct walk walk_start(const char *folder);
enum walk_kind walk_next(struct walk *walk);
/* What is in the folder that came last does not come. */
void walk_skip(struct walk *walk);
void walk_end(struct walk *walk);

#endif
