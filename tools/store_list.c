/*
 * smcache store list: a row for each key, and for each file without one.
 */
#include "tools/store_commands.h"
#include "tools/units.h"

#include <inttypes.h>
#include <time.h>

/* Year 2147485547 at the most, and the rest of it. */
#define TIME_NBYTES 40

static const char *kind_name(enum smc_store_key_kind kind)
{
    switch (kind) {
    case SMC_STORE_KEY_CONTENT:
        return "content";
    case SMC_STORE_KEY_DEBUG_ID:
        return "debug-id";
    case SMC_STORE_KEY_NAMES:
        return "names";
    }
    return NULL;
}

/* ISO 8601, UTC; NULL: such a time cannot be written. */
static const char *time_text(int64_t seconds, char text[TIME_NBYTES])
{
    const time_t t = (time_t)seconds;
    struct tm tm;

    return gmtime_r(&t, &tm) != NULL && strftime(text, TIME_NBYTES, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0
               ? text
               : NULL;
}

static const char *or_dash(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : "-";
}

/* What others have chosen comes last: it is as long as it likes, but on one line. */
static void print_item(const struct smc_store_item *item)
{
    char size[SIZE_TEXT_NBYTES], used[TIME_NBYTES];

    printf("%-8s  %-20s  %11s  %-6s  %-41s  ", or_dash(kind_name(item->kind)),
           or_dash(time_text(item->used, used)),
           item->file != NULL ? size_text(item->nbytes, size) : "-",
           item->is_pinned ? "pinned" : "-", or_dash(item->file));
    print_text(stdout, view_of(or_dash(item->scope)));
    fputs("  ", stdout);
    print_text(stdout, view_of(or_dash(item->name)));
    if (item->text != NULL) {
        fputs("  (none: ", stdout);
        print_text(stdout, view_of(item->text));
        putchar(')');
    }
    putchar('\n');
}

static void print_member(const char *key, const char *text)
{
    printf("\"%s\":", key);
    print_json(stdout, view_of(text));
    putchar(',');
}

static void print_item_json(const struct smc_store_item *item)
{
    const int has_key = item->kind != 0;
    const char *const *names = item->names;
    char used[TIME_NBYTES];

    putchar('{');
    print_member("kind", kind_name(item->kind));
    print_member("scope", has_key ? item->scope : NULL);
    print_member("name", has_key ? item->name : NULL);
    fputs(names != NULL ? "\"names\":[" : "\"names\":null,", stdout);
    for (size_t i = 0; names != NULL && i < item->n_names; i++) {
        fputs(i > 0 ? "," : "", stdout);
        print_json(stdout, view_of(names[i]));
    }
    fputs(names != NULL ? "]," : "", stdout);
    print_member("file", item->file);
    printf(item->file != NULL ? "\"nbytes\":%" PRIu64 "," : "\"nbytes\":null,", item->nbytes);
    print_member("used", time_text(item->used, used));
    printf("\"is_pinned\":%s,\"text\":", item->is_pinned ? "true" : "false");
    print_json(stdout, view_of(item->text));
    puts("}");
}

struct listing {
    const struct store_call *call;
    int code;
};

static int visit(void *context, const struct smc_store_item *item)
{
    struct listing *listing = context;
    const struct store_call *call = listing->call;
    const int is_chosen = store_is_chosen(call, item);

    if (is_chosen < 0) {
        listing->code = EXIT_SYSTEM;
        return 1;
    }
    if (is_chosen) {
        if (call->is_json) {
            print_item_json(item);
        } else {
            print_item(item);
        }
    }
    return ferror(stdout) ? 1 : 0; /* nobody reads on */
}

static int run(struct store_call *call)
{
    struct listing listing = {.call = call};
    struct smc_store_error error;

    return call->store == NULL ||
                   smc_store_list(call->store, visit, &listing, &error) == SMC_STORE_OK
               ? listing.code
               : store_error(call->config.dir, &error);
}

const struct store_command store_list = {
    {"store list", "its keys, and the files that they lead to",
     "usage: smcache store list [--json] [OPTION]... [PATTERN]...\n"
     "\n"
     "A row for each key that a PATTERN fits: its kind (content, debug-id, names), the last use\n"
     "(up to an hour late), size, whether it is pinned, file, scope, and name. A key may also say\n"
     "that there is no file, and why. Without a PATTERN all keys, and the files that no key\n"
     "leads to. What a row does not have is -. Control characters are shown as U+FFFD.\n"
     "\n"
     "options:\n"
     "      --json           an object a line; null for what a row does not have\n",
     NULL},
    "  smcache store list\n"
    "  smcache store list --json '*/app.js*'\n",
    STORE_TAKES_JSON | STORE_TAKES_PATTERNS,
    run};
