/*
 * All that is in a folder. Not by fts(3): glibc's does not look whether there is memory for it.
 */
#ifndef SMC_TOOLS_WALK_H
#define SMC_TOOLS_WALK_H

#include <stdint.h>

enum walk_kind {
    WALK_FILE,  /* or a link, which may lead anywhere */
    WALK_FOLDER /* before what is in it; and once more, if it cannot be listed */
};

struct walk_entry {
    enum walk_kind kind;
    const char *path; /* begins with that of the folder; valid during the call */
    uint32_t level;   /* so many parts of the path are below the folder, from 1 */
    int error_number; /* not 0: it cannot be looked at, or, of a folder, be listed */
};

enum walk_answer {
    WALK_ON,
    WALK_SKIP, /* what is in the folder */
    WALK_END
};

/*
 * Calls `visit` for what is in a folder and the folders in it, in the order of their names in each; other kinds of files are
 * left out. No link is followed but the folder itself, so that a walk ends. Returns 0, also if `visit` has ended it; or -1
 * with errno: the folder cannot be listed, or there is no memory.
 */
int walk_folder(const char *folder,
                enum walk_answer (*visit)(void *context, const struct walk_entry *entry),
                void *context);

#endif
