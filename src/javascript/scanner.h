/*
 * Inside of the scanner: a pushdown automaton over tokens. What is open is a stack of frames; `mode` says what
 * may come next. Each step takes one token or a few, and returns where it ends.
 */
#ifndef SMC_JAVASCRIPT_SCANNER_H
#define SMC_JAVASCRIPT_SCANNER_H

#include "src/javascript/javascript.h"
#include "src/javascript/words.h"

#include <string.h>

enum mode {
    MODE_STATEMENT,      /* a statement, or the end of a block */
    MODE_OPERAND,        /* an expression must come */
    MODE_OPTIONAL,       /* an expression may come: after ( [ , ; return yield */
    MODE_OPERATOR,       /* behind an operand */
    MODE_DONE,           /* behind what no operator may follow: an arrow's braces, an import */
    MODE_PROPERTY,       /* a property of an object literal */
    MODE_MEMBER,         /* a member of a class */
    MODE_BINDING,        /* a name or pattern behind var, let, const */
    MODE_BOUND,          /* behind such a name */
    MODE_PARAMETER,      /* of a function that is known as such */
    MODE_JSX_ATTRIBUTES, /* inside of a tag */
    MODE_JSX_TEXT        /* between tags */
};

enum frame_kind {
    FRAME_FILE,
    FRAME_BLOCK,    /* { statements } that is no function's */
    FRAME_STATIC,   /* static { statements } of a class */
    FRAME_HEADER,   /* ( ) of if, while, for, switch, with, catch */
    FRAME_CASE,     /* case: up to its colon */
    FRAME_VAR,      /* declarators */
    FRAME_DEFAULT,  /* export default */
    FRAME_FUNCTION, /* from its parameters on; state: enum function_state */
    FRAME_CLASS,    /* state: enum class_state */
    FRAME_OBJECT,
    FRAME_ARRAY,
    FRAME_GROUP, /* ( ) where an operand was expected: it may turn out to be an arrow's parameters */
    FRAME_CALL,
    FRAME_ASYNC_CALL, /* async( ): likewise */
    FRAME_INDEX,
    FRAME_COMPUTED,  /* [ ] of a key */
    FRAME_DECORATOR, /* ( ) of a decorator */
    FRAME_TEMPLATE,  /* ${ } */
    FRAME_CONDITION, /* ? up to its colon */
    FRAME_ASSIGN,    /* the right side of an assignment; state: enum assign_state */
    FRAME_JSX,       /* an element; state: 0 in its tag, 1 behind it */
    FRAME_JSX_VALUE  /* { } in JSX */
};

enum function_state { FUNCTION_PARAMETERS, FUNCTION_BODY, FUNCTION_EXPRESSION };
enum class_state { CLASS_HEAD, CLASS_BODY };
enum var_state { VAR_BINDING, VAR_INIT };
/* Of the assignment that names: the first of its expression, which may be a default, or a later one. */
enum assign_state { ASSIGN_FIRST, ASSIGN_NESTED };

enum key_kind {
    KEY_NONE,       /* nothing that could name: a spread, a computed key while it is open */
    KEY_IDENTIFIER, /* or #private */
    KEY_STRING,
    KEY_NUMBER,
    KEY_COMPUTED,
    KEY_CONSTRUCTOR,
    KEY_LITERAL /* a string that names, whatever it holds */
};

struct smc_js_frame {
    uint8_t kind; /* enum frame_kind */
    uint8_t state;
    uint8_t after;  /* the mode behind it */
    uint8_t key;    /* of an object or a class: enum key_kind */
    uint16_t flags; /* enum frame_flag */
    uint8_t outer;  /* of a function: the context around it */
    uint8_t
        member_flags; /* of the property or member at hand: enum smc_js_function_flag, member_flag */
    uint32_t start;
    /* The current key, the name of a declarator, or the left side of an assignment. Of an arrow in doubt: where it
     * starts if it is the other arm's, and where the first arm ends then. */
    uint32_t name, name_end;
    uint32_t below;                  /* the nearest frame below that takes part in names */
    uint32_t above;                  /* scratch of smc_js_naming */
    uint32_t node;                   /* + 1, once there is one */
    uint32_t key_node;               /* + 1: of the current key */
    uint32_t extra;                  /* a function's or class's index */
    uint32_t own_name, own_name_end; /* of a class, an element; of an object: its `key`'s string */
    uint32_t member;                 /* where the property or member at hand starts */
    uint32_t parameters;             /* + 1: the node of the parameters of an arrow in doubt */
};

enum frame_flag {
    FRAME_IS_DECLARATION = 1, /* a class */
    FRAME_IS_CHAIN = 2,       /* an index: what is before it is a chain of members */
    FRAME_IS_TYPED = 4,       /* a group: it has type annotations, so it is an arrow's parameters */
    FRAME_IS_BOUND = 8,       /* a group: it is the operand of an operator, so it is none */
    FRAME_IS_ENUM = 16,       /* an object */
    FRAME_IS_PATTERN = 32,    /* an object */
    FRAME_IS_FOR = 64,        /* a header of `for` */
    FRAME_IS_CATCH = 128,     /* a header of `catch` */
    FRAME_IN_CONDITION = 256, /* an assignment or an arrow: a condition's colon may end it */
    FRAME_IN_DOUBT = 512      /* an arrow: its end tells where it starts: smc_js_end_expression */
};

/* Of members, besides enum smc_js_function_flag. */
enum member_flag { MEMBER_IS_ASYNC = 64, MEMBER_IS_GENERATOR = 128 };

/* What words mean something in a function. */
enum context { IN_FUNCTION = 1, IN_ASYNC = 2, IN_GENERATOR = 4 };

enum node_kind {
    NODE_BOUNDARY,   /* a function's body, the file: names do not reach further */
    NODE_PARAMETERS, /* likewise; what is assigned directly in it is a default */
    NODE_KEY,        /* of an object */
    NODE_MEMBER,     /* of a class */
    NODE_OBJECT,
    NODE_ARRAY,
    NODE_GROUP,
    NODE_CLASS,      /* a declaration */
    NODE_CLASS_EXPR, /* an expression */
    NODE_ASSIGN,
    NODE_NESTED_ASSIGN, /* the right side of that of an assignment: it is no default, even in a pattern */
    NODE_VAR,
    NODE_DEFAULT,
    NODE_ATTRIBUTE /* of JSX */
};

/* A part of names. Parents come before what they have inside. */
struct smc_js_node {
    uint32_t parent;
    uint32_t name, name_end;
    uint8_t kind; /* enum node_kind */
    uint8_t key;  /* enum key_kind */
    uint8_t is_pattern;
};

/* Nodes that are always there. */
enum { BOUNDARY_NODE = 0, PARAMETERS_NODE = 1, N_FIXED_NODES = 2 };

/* What kind of operand is before an operator. */
enum operand_kind {
    OPERAND_OTHER,
    OPERAND_WORD,     /* an identifier alone: a label or an arrow's parameter */
    OPERAND_GROUP,    /* a group, or async( ): an arrow's parameters */
    OPERAND_BRACKETS, /* an array or an object: a pattern */
    OPERAND_CLOSED    /* x as T, x++: it can be neither called nor indexed */
};

struct scanner {
    struct smc_js *js;
    const uint8_t *text, *end;
    int is_typed, is_jsx;
    int is_module; /* as far as is known */
    enum mode mode;
    unsigned context;        /* enum context */
    int has_newline;         /* before the token at hand */
    const uint8_t *last_end; /* of the token before it */

    uint32_t top; /* index of the top frame */

    /* The operand that is being read. */
    const uint8_t *operand; /* where it starts */
    enum operand_kind operand_kind;
    int is_chain;         /* an identifier or `this`, then members alone: it can be assigned to */
    int is_bound;         /* it is the operand of an operator, and no arrow */
    uint32_t closed_node; /* + 1: of the brackets that it is, if they have one */
    const uint8_t *statement; /* where the statement starts */
    const uint8_t *arrow;     /* behind type parameters: where the arrow starts; or NULL */
    int binds;                /* the next operand is that of an operator */
    int is_typed_group;       /* the group just closed is empty or has type annotations */
    uint32_t arm,
        arm_end; /* of the arrow that follows, if it is in doubt: `name` of its frame; else 0 */
    int is_memory_out;
    uint64_t types_budget; /* bytes that may still be read twice */
};

/* ---- stack.c ---- */

/* Nowhere to go on from: notes why; NULL. */
const uint8_t *smc_js_lose(struct scanner *s, const uint8_t *at, const char *reason);
/* The new top frame, or NULL: too deep, or no memory. */
struct smc_js_frame *smc_js_push(struct scanner *s, enum frame_kind kind, const uint8_t *start);
/* Likewise of an assignment or an arrow. */
struct smc_js_frame *smc_js_push_inner(struct scanner *s, enum frame_kind kind,
                                       const uint8_t *start);
void smc_js_pop(struct scanner *s);
/* The node for the name of a function that is in the top frame; BOUNDARY_NODE also if there is no memory. */
uint32_t smc_js_naming(struct scanner *s);
/* The operand just read is assigned to. */
void smc_js_note_pattern(const struct scanner *s);
/* The node of the class on top as a whole, for its own name. */
uint32_t smc_js_class_naming(struct scanner *s);
/*
 * As smc_js_end_expression, if there may be something to end. There may be arrows in doubt: in `a ? (b) : c => d`
 * TypeScript takes `: c` for a return type only if another colon follows, at the end. So the arrow is taken for
 * `(b) : c => d` at first. What is inside of it is the same either way.
 */
void smc_js_end_expression_slow(struct scanner *s);
/* Likewise before a colon, or where one was seen: what is in doubt is as it was taken. */
void smc_js_end_arm(struct scanner *s, const uint8_t *end);
/* Likewise, and declarations: what may be open in a statement. */
void smc_js_end_statement_parts(struct scanner *s);

static inline struct smc_js_frame *smc_js_top(const struct scanner *s)
{
    return &s->js->frames[s->top];
}

/* Whether the expression in the top frame is the first arm of a condition: a colon may be what ends it. */
static inline int smc_js_is_in_arm(const struct smc_js_frame *top)
{
    return top->kind == FRAME_CONDITION || (top->flags & FRAME_IN_CONDITION) != 0;
}

/* Ends assignments and arrows whose expression ends here. */
static inline void smc_js_end_expression(struct scanner *s)
{
    const enum frame_kind kind = smc_js_top(s)->kind;

    if (kind == FRAME_ASSIGN || kind == FRAME_FUNCTION) {
        smc_js_end_expression_slow(s);
    }
}

static inline uint32_t smc_js_offset(const struct scanner *s, const uint8_t *p)
{
    return (uint32_t)(p - s->text);
}

/* ---- trivia.c ---- */

/* Skips white space and comments; sets has_newline if it meets a line end, else leaves it. NULL: an open comment. */
const uint8_t *smc_js_skip_slow(struct scanner *s, const uint8_t *p);
/* The rest of a line. */
const uint8_t *smc_js_line_end(const struct scanner *s, const uint8_t *p);

/* Whether a token starts with this byte; of some that it does not say it of, one may. */
static inline int smc_js_is_token_start(uint8_t byte)
{
    return byte > ' ' && byte != '/' && byte < 0x80;
}

static inline const uint8_t *smc_js_skip_spaces(const uint8_t *p)
{
    while (memcmp(p, "        ", 8) == 0) {
        p += 8;
    }
    while (*p == ' ') {
        p++;
    }
    return p;
}

static inline const uint8_t *smc_js_skip(struct scanner *s, const uint8_t *p)
{
    s->has_newline = 0;
    p += *p == ' '; /* without a branch: whether there is one nobody can guess */
    if (smc_js_is_token_start(*p)) {
        return p;
    }
    p += p[0] == '\r' && p[1] == '\n';
    if (*p == '\n') { /* and indentation: the rest of what is seen often */
        s->has_newline = 1;
        p = smc_js_skip_spaces(p + 1);
        if (smc_js_is_token_start(*p)) {
            return p;
        }
    }
    return smc_js_skip_slow(s, p);
}

/* The same, and what has_newline was stays. For looking ahead. */
static inline const uint8_t *smc_js_peek(struct scanner *s, const uint8_t *p, int *has_newline)
{
    const int before = s->has_newline;
    const uint8_t *next = smc_js_skip(s, p);

    *has_newline = s->has_newline;
    s->has_newline = before;
    return next != NULL ? next : s->end;
}

/* ---- literals.c: each returns the end; NULL: lost ---- */

const uint8_t *smc_js_string(struct scanner *s, const uint8_t *p);
const uint8_t *smc_js_number(const uint8_t *p);
const uint8_t *smc_js_regex(struct scanner *s, const uint8_t *p);
/* From behind the back quote or the brace that ends a substitution, up to behind the next back quote or `${`;
 * *is_over says which. */
const uint8_t *smc_js_template(struct scanner *s, const uint8_t *p, int *is_over);

/* ---- one step each ---- */

const uint8_t *smc_js_statement(struct scanner *s, const uint8_t *p); /* statements.c */
const uint8_t *smc_js_binding(struct scanner *s, const uint8_t *p);   /* statements.c */
const uint8_t *smc_js_operand(struct scanner *s, const uint8_t *p);   /* operands.c */
const uint8_t *smc_js_operator(struct scanner *s, const uint8_t *p);  /* operators.c */
const uint8_t *smc_js_bound(struct scanner *s, const uint8_t *p);     /* operators.c */
const uint8_t *smc_js_done(struct scanner *s, const uint8_t *p);      /* operators.c */
const uint8_t *smc_js_close(struct scanner *s, const uint8_t *p);     /* closers.c */
const uint8_t *smc_js_comma(struct scanner *s, const uint8_t *p);     /* closers.c */
const uint8_t *smc_js_semicolon(struct scanner *s, const uint8_t *p); /* closers.c */
/* The statement or field ends before p, without a semicolon. */
const uint8_t *smc_js_insert_semicolon(struct scanner *s, const uint8_t *p); /* closers.c */
const uint8_t *smc_js_property(struct scanner *s, const uint8_t *p);         /* members.c */
const uint8_t *smc_js_member(struct scanner *s, const uint8_t *p);           /* members.c */
/* Behind the ] of a computed key. */
const uint8_t *smc_js_after_key(struct scanner *s, const uint8_t *p);      /* members.c */
const uint8_t *smc_js_parameter(struct scanner *s, const uint8_t *p);      /* functions.c */
const uint8_t *smc_js_jsx_attributes(struct scanner *s, const uint8_t *p); /* jsx.c */
const uint8_t *smc_js_jsx_text(struct scanner *s, const uint8_t *p);       /* jsx.c */
const uint8_t *smc_js_jsx_open(struct scanner *s, const uint8_t *p);       /* jsx.c */
/* An element or a value has been closed: what comes next in the frame that is the top now. */
void smc_js_jsx_after(struct scanner *s); /* jsx.c */

/* ---- functions.c ---- */

/* From `function` on, `start` being it or the `async` before. */
const uint8_t *smc_js_function(struct scanner *s, const uint8_t *start, const uint8_t *p,
                               int is_statement);
/* From the ( or < behind a key on. */
const uint8_t *smc_js_method(struct scanner *s, const uint8_t *start, const uint8_t *p,
                             unsigned flags);
const uint8_t *smc_js_class(struct scanner *s, const uint8_t *p, int is_statement);
const uint8_t *smc_js_arrow(struct scanner *s, const uint8_t *p);
/* Behind the ) of the parameters. */
const uint8_t *smc_js_body(struct scanner *s, const uint8_t *p);
/* The top frame, a function, ends at `end`. */
void smc_js_function_end(struct scanner *s, const uint8_t *end);
/* Behind a declaration: an `export default` before it is over. */
void smc_js_end_default(struct scanner *s);
/* From @ on; comes back to the mode that stands. */
const uint8_t *smc_js_decorator(struct scanner *s, const uint8_t *p);
const uint8_t *smc_js_decorator_rest(struct scanner *s, const uint8_t *p);
uint32_t smc_js_function_add(struct scanner *s, const uint8_t *start, unsigned flags);

/* ---- names.c ---- */

/* At the end of the text it is known what is a pattern: tells what is in them. */
void smc_js_find_patterns(struct smc_js *js);

/* ---- types.c and type_attempts.c: they return the end; NULL: lost ---- */

/* Reads a type or, with is_list, the < > or { } at p; NULL if it is none. `*at` is where that was seen. */
const uint8_t *smc_js_read_types(struct scanner *s, const uint8_t *p, int is_list,
                                 const uint8_t **at);

/* A type from p on. */
const uint8_t *smc_js_type(struct scanner *s, const uint8_t *p);
/* { members } from the { on, and no more. */
const uint8_t *smc_js_braces_type(struct scanner *s, const uint8_t *p);
/* < types > from the < on. */
const uint8_t *smc_js_type_list(struct scanner *s, const uint8_t *p);
/* The type arguments of an expression, or NULL if the < at p is an operator. */
const uint8_t *smc_js_type_arguments(struct scanner *s, const uint8_t *p);
/* From : on, if what follows is a type and then =>; else NULL. In an arm of a condition it may be in doubt. */
const uint8_t *smc_js_arrow_type(struct scanner *s, const uint8_t *p, int is_in_arm);
/* Types after a word of a list: implements A, B<C>. */
const uint8_t *smc_js_type_names(struct scanner *s, const uint8_t *p);

/* ---- declarations.c: what only TypeScript has; NULL and no reason: it is none of these ---- */
const uint8_t *smc_js_typed_statement(struct scanner *s, const uint8_t *p, enum smc_js_word word,
                                      const uint8_t *word_end);
const uint8_t *smc_js_import(struct scanner *s, const uint8_t *p);
const uint8_t *smc_js_export(struct scanner *s, const uint8_t *p);

#endif
