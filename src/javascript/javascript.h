/*
 * Functions of a JavaScript or TypeScript text, and their names: one pass over the tokens with a stack of
 * its own, without a syntax tree, in time linear in the text. Covers ECMAScript 2025 (scripts and modules), JSX,
 * TypeScript and TSX.
 *
 * The text may be anything. What the scanner cannot follow as a program yields no functions at all, and
 * the place where it lost its way.
 */
#ifndef SMC_JAVASCRIPT_H
#define SMC_JAVASCRIPT_H

#include <stddef.h>
#include <stdint.h>

enum smc_js_language {
    SMC_JS_NONE = 0, /* nothing to scan: CSS, JSON, HTML, .. */
    SMC_JS_PLAIN,    /* JavaScript, with JSX */
    SMC_JS_TYPED,    /* TypeScript */
    SMC_JS_TYPED_JSX /* TypeScript with JSX */
};

/* The language of a source of that name, by its extension; what has no known one counts as JavaScript. */
enum smc_js_language smc_js_language(const uint8_t *name, size_t nbytes);
/* Whether a source of that name may have functions, in whatever language: not CSS, JSON, HTML, .. */
int smc_js_is_code(const uint8_t *name, size_t nbytes);
/* "javascript", "typescript", "tsx" or "none". */
const char *smc_js_language_text(enum smc_js_language language);

enum smc_js_function_flag {
    SMC_JS_DECLARATION = 1, /* a statement; its own identifier is its whole name */
    SMC_JS_ARROW = 2,
    SMC_JS_METHOD = 4, /* of a class or an object; named by its key */
    SMC_JS_GETTER = 8,
    SMC_JS_SETTER = 16,
    SMC_JS_NEW = 32 /* a constructor, or a class as a whole, which is its own constructor's range */
};

/* A function: text[start .. end), from its first modifier (not from a decorator) to the end of its body. */
struct smc_js_function {
    uint32_t start, end;
    uint32_t name, name_end; /* its own identifier; equal if it has none */
    uint32_t node;           /* what it is in, for its name */
    uint32_t flags;          /* of enum smc_js_function_flag */
};

enum smc_js_result {
    SMC_JS_FOLLOWED = 0, /* every token made sense */
    SMC_JS_LOST,         /* `reason` and `lost_at` say why and where; there are no functions */
    SMC_JS_E_MEMORY
};

/* Zero bytes that must follow the text. */
#define SMC_JS_PADDING 32
/* Longer texts are not scanned. */
#define SMC_JS_NBYTES_MAX UINT32_C(0x7fffffff)
/* Names have no more components: the outermost ones are left out. */
#define SMC_JS_PARTS_MAX 64

/* A scanner and its last result. All zero at first; used again, it keeps its memory. One thread at a time. */
struct smc_js {
    const uint8_t *text; /* the caller's; it must stay while names are asked for */
    size_t nbytes;
    struct smc_js_function *functions; /* by start: the outer one of two comes first. They nest. */
    uint32_t n_functions, functions_capacity;
    size_t lost_at;     /* byte */
    const char *reason; /* static text */

    struct smc_js_node *nodes; /* names.c */
    uint32_t n_nodes, nodes_capacity;
    struct smc_js_frame *frames; /* scanner.h */
    uint32_t frames_capacity;
    uint8_t *brackets; /* types.c */
    uint32_t brackets_capacity;
};

/* text[0 .. nbytes) is UTF-8, or what is meant to be; SMC_JS_PADDING zeros follow. */
enum smc_js_result smc_js_scan(struct smc_js *js, const uint8_t *text, size_t nbytes,
                               enum smc_js_language language);
/* The same of a language that is a guess, by the name of a file: what cannot be followed as JavaScript may be
 * TypeScript. */
enum smc_js_result smc_js_scan_guessed(struct smc_js *js, const uint8_t *text, size_t nbytes,
                                       enum smc_js_language language);
void smc_js_free(struct smc_js *js);

/* A piece of a name: text[start .. end), or if `fixed` is not NULL that text. */
struct smc_js_piece {
    uint32_t start, end;
    const char *fixed;
    uint32_t
        is_identifier; /* 0 or 1: an identifier of the text, which a minifier may have changed */
};

#define SMC_JS_PIECES_MAX (SMC_JS_PARTS_MAX * 4 + 4)

/*
 * The name of function `index` as pieces that follow each other; returns their number, 0 if it has no
 * name. From pieces[*last] on it is the name's last component.
 */
unsigned smc_js_name(const struct smc_js *js, uint32_t index,
                     struct smc_js_piece pieces[SMC_JS_PIECES_MAX], unsigned *last);

/* Longer names are cut: to their last component, and if need be that too. */
#define SMC_JS_NAME_NBYTES_MAX 1024

/* The name as text, UTF-8 whatever the text is; returns its length, 0 if there is none. The last *last_nbytes of it
 * are its last component. */
size_t smc_js_name_text(const struct smc_js *js, uint32_t index, char text[SMC_JS_NAME_NBYTES_MAX],
                        size_t *last_nbytes);

/* Says what the identifier at an offset of the text was called before it was minified: 0 if that is not known. */
typedef int (*smc_js_leader)(const void *context, uint32_t offset, const uint8_t **name,
                             size_t *nbytes);

/* The same of names that are led elsewhere. *is_led: so was the identifier of the last component, or it has none. */
size_t smc_js_name_led(const struct smc_js *js, uint32_t index, smc_js_leader leader,
                       const void *context, char text[SMC_JS_NAME_NBYTES_MAX], size_t *last_nbytes,
                       int *is_led);

struct smc_js_position {
    uint32_t line, column; /* 0-based; columns in UTF-16 code units */
};

/* Where a function is; `end` is exclusive. */
struct smc_js_span {
    struct smc_js_position start, end;
    uint32_t parent; /* the function around it, or UINT32_MAX */
};

/* The spans of all functions, js->n_functions of them. Lines end as ECMAScript's do: LF, CR, CR LF, U+2028,
 * U+2029. A byte that is not UTF-8 counts as one unit, or none. */
void smc_js_spans(const struct smc_js *js, struct smc_js_span *spans);
/* The position of a byte of the text. */
struct smc_js_position smc_js_position_at(const struct smc_js *js, size_t offset);

/* Where positions of several bytes are asked for, from the first on. */
struct smc_js_cursor {
    const uint8_t *text;
    int is_plain; /* all lines end with LF */
    size_t at;
    uint32_t line, column;
};
struct smc_js_cursor smc_js_cursor(const struct smc_js *js);
/* Offsets ascend, and are those of characters. */
struct smc_js_position smc_js_position_next(struct smc_js_cursor *cursor, size_t offset);

#endif
