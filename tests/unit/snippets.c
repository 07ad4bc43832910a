#include "tests/unit/snippets.h"

#include <dirent.h>

#define FOLDER "tests/unit/snippets"

static const char *const marks[] = {"«", "»", "⏎", "␍", "␤", "⟨"};
enum mark { MARK_START, MARK_END, MARK_LF, MARK_CR, MARK_LS, MARK_CODE, N_MARKS };

static enum mark mark_at(const char *p)
{
    int mark = 0;

    while (mark < N_MARKS && strncmp(p, marks[mark], strlen(marks[mark])) != 0) {
        mark++;
    }
    return (enum mark)mark;
}

/* ⟨XXXX⟩, from the number on; returns what is behind. */
static const char *add_character(struct text *text, const char *p)
{
    char *end;
    const unsigned long code = strtoul(p, &end, 16);
    char bytes[3] = {(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                     (char)(0x80 | (code & 0x3f))};

    if (code < 0x80) {
        bytes[0] = (char)code;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = bytes[2];
    }
    text_add(text, bytes, code < 0x80 ? 1 : code < 0x800 ? 2 : 3);
    assert_memory_equal(end, "⟩", strlen("⟩"));
    return end + strlen("⟩");
}

static void read_text(struct snippet *snippet, const char *p, const char *end)
{
    uint32_t open[SNIPPET_FUNCTIONS_MAX] = {0}, n_open = 0;

    while (p < end) {
        const enum mark mark = mark_at(p);
        const uint32_t at = (uint32_t)snippet->text.nbytes;
        if (mark == MARK_CODE) {
            p = add_character(&snippet->text, p + strlen(marks[mark]));
            continue;
        }
        switch (mark) {
        case MARK_START:
            assert_in_range(snippet->n_functions, 0, SNIPPET_FUNCTIONS_MAX - 1);
            open[n_open++] = snippet->n_functions;
            snippet->functions[snippet->n_functions++] = (struct snippet_function){.start = at};
            break;
        case MARK_END:
            assert_in_range(n_open, 1, SNIPPET_FUNCTIONS_MAX);
            snippet->functions[open[--n_open]].end = at;
            break;
        case MARK_LF:
            text_puts(&snippet->text, "\n");
            break;
        case MARK_CR:
            text_puts(&snippet->text, "\r");
            break;
        case MARK_LS:
            text_puts(&snippet->text, "\xe2\x80\xa8");
            break;
        default:
            text_add(&snippet->text, p++, 1);
            continue;
        }
        p += strlen(marks[mark]);
    }
    assert_int_equal(n_open, 0);
}

/* One name, of n bytes. */
static void read_name(struct snippet_function *function, const char *p, size_t n)
{
    const char *bar = memchr(p, '|', n);

    if (n == 1 && *p == '-') {
        return;
    }
    if (bar != NULL) {
        text_add(&function->name, p, (size_t)(bar - p));
        n -= (size_t)(bar + 1 - p);
        p = bar + 1;
    }
    text_add(&function->name, p, n);
    function->last_nbytes = n;
}

static void read_names(struct snippet *snippet, const char *p)
{
    for (unsigned i = 0; i < snippet->n_functions; i++) {
        const char *next = strstr(p, "; ");
        const int is_last = i + 1 == snippet->n_functions;
        assert_int_equal(next == NULL, is_last);
        const size_t n = is_last ? strlen(p) : (size_t)(next - p);
        read_name(&snippet->functions[i], p, n);
        p += is_last ? n : n + 2;
    }
    assert_int_equal(*p, 0);
}

static void read_snippet(struct snippet *snippet, const char *line)
{
    static const char arrow[] = " ⇒";
    const char *names = strstr(line, arrow);

    if (names == NULL) {
        fail_msg("%s:%u: no arrow", snippet->path, snippet->line);
        return;
    }
    read_text(snippet, line, names);
    names += strlen(arrow);
    names += *names == ' ';
    snippet->is_program = strcmp(names, "✗") != 0;
    if (snippet->is_program) {
        read_names(snippet, names);
    }
}

static enum smc_js_language read_language(const char *line)
{
    for (int i = SMC_JS_PLAIN; i <= SMC_JS_TYPED_JSX; i++) {
        const size_t before = strlen("language ");
        if (strlen(line) > before &&
            strcmp(line + before, smc_js_language_text((enum smc_js_language)i)) == 0) {
            return (enum smc_js_language)i;
        }
    }
    fail_msg("no language: %s", line);
    return SMC_JS_NONE;
}

static unsigned for_each_of_file(const char *path, void (*use)(const struct snippet *, void *),
                                 void *context)
{
    struct text file = {0};
    unsigned n = 0, line = 0;
    enum smc_js_language language = SMC_JS_NONE;

    assert_true(read_file(path, &file));
    for (char *p = file.data, *end; p < file.data + file.nbytes; p = end + 1) {
        end = strchr(p, '\n');
        assert_non_null(end);
        *end = 0;
        line++;
        if (line == 1) {
            language = read_language(p);
        } else if (end != p && strncmp(p, "# ", 2) != 0) {
            struct snippet snippet = {.path = path, .line = line, .language = language};
            text_puts(&snippet.text, "");
            read_snippet(&snippet, p);
            use(&snippet, context);
            for (unsigned i = 0; i < snippet.n_functions; i++) {
                text_free(&snippet.functions[i].name);
            }
            text_free(&snippet.text);
            n++;
        }
    }
    text_free(&file);
    return n;
}

unsigned for_each_snippet(void (*use)(const struct snippet *snippet, void *context), void *context)
{
    struct dirent **entries;
    const int n_entries = scandir(FOLDER, &entries, NULL, alphasort);
    unsigned n = 0;

    assert_in_range(n_entries, 3, 1000);
    for (int i = 0; i < n_entries; i++) {
        if (strstr(entries[i]->d_name, ".txt") != NULL) {
            char path[512];
            (void)snprintf(path, sizeof path, FOLDER "/%s", entries[i]->d_name);
            n += for_each_of_file(path, use, context);
        }
        free(entries[i]);
    }
    free(entries);
    return n;
}
