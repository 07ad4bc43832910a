/*
 * Words are told by their first eight bytes as a number, little-endian: one load and one switch.
 */
#include "src/javascript/words.h"

#include <string.h>

const uint8_t smc_js_part[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 0, 0, 1,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
};

/* An escape in an identifier: \uXXXX or \u{X..}; its length, or 0. */
static size_t escape_nbytes(const uint8_t *p)
{
    size_t n = 2;

    if (p[1] != 'u') {
        return 0;
    }
    if (p[2] == '{') {
        for (n = 3; smc_js_part[p[n]] == 1; n++) {
        }
        return p[n] == '}' ? n + 1 : 0;
    }
    while (n < 6 && smc_js_part[p[n]] == 1) {
        n++;
    }
    return n == 6 ? n : 0;
}

size_t smc_js_wide_space(const uint8_t *p, int *is_line_end)
{
    *is_line_end = 0;
    if (p[0] == 0xc2 && p[1] == 0xa0) { /* U+00A0 */
        return 2;
    }
    if (p[0] == 0xe2 && p[1] == 0x80) {
        *is_line_end = p[2] == 0xa8 || p[2] == 0xa9;
        /* U+2000 .. U+200A, U+2028, U+2029, U+202F */
        return (p[2] >= 0x80 && p[2] <= 0x8a) || *is_line_end || p[2] == 0xaf ? 3 : 0;
    }
    if ((p[0] == 0xe1 && p[1] == 0x9a && p[2] == 0x80) || /* U+1680 */
        (p[0] == 0xe2 && p[1] == 0x81 && p[2] == 0x9f) || /* U+205F */
        (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80) || /* U+3000 */
        (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)) { /* U+FEFF */
        return 3;
    }
    return 0;
}

const uint8_t *smc_js_word_end_slow(const uint8_t *p)
{
    int is_line_end;

    for (;;) {
        if (smc_js_part[*p] == 1) {
            p++;
        } else if (*p == '\\') {
            const size_t n = escape_nbytes(p);
            if (n == 0) {
                return p;
            }
            p += n;
        } else if (*p >= 0x80 && smc_js_wide_space(p, &is_line_end) == 0) {
            p++;
        } else {
            return p;
        }
    }
}

static uint64_t first_bytes(const uint8_t *p, size_t nbytes)
{
    uint64_t word = 0;

    for (size_t i = 0; i < 8; i++) {
        word |= (uint64_t)p[i] << 8 * i; /* compilers make one load of it */
    }
    return nbytes >= 8 ? word : word & ((UINT64_C(1) << 8 * nbytes) - 1);
}

/* Of words longer than eight bytes the rest is compared. */
static enum smc_js_word longer(const uint8_t *p, size_t nbytes, const char *rest,
                               enum smc_js_word word)
{
    return nbytes == 8 + strlen(rest) && memcmp(p + 8, rest, nbytes - 8) == 0 ? word : WORD_NONE;
}

enum smc_js_word smc_js_word(const uint8_t *p, size_t nbytes)
{
    if (nbytes < 2 || nbytes > 10) {
        return WORD_NONE;
    }
    const uint64_t first = first_bytes(p, nbytes);
    if (nbytes > 8) {
        switch (first) {
        case UINT64_C(0x6e656d656c706d69): /* implemen */
            return longer(p, nbytes, "ts", WORD_IMPLEMENTS);
        case UINT64_C(0x65636e6174736e69): /* instance */
            return longer(p, nbytes, "of", WORD_INSTANCEOF);
        case UINT64_C(0x6361667265746e69): /* interfac */
            return longer(p, nbytes, "e", WORD_INTERFACE);
        case UINT64_C(0x63617073656d616e): /* namespac */
            return longer(p, nbytes, "e", WORD_NAMESPACE);
        case UINT64_C(0x65746365746f7270): /* protecte */
            return longer(p, nbytes, "d", WORD_PROTECTED);
        case UINT64_C(0x6569667369746173): /* satisfie */
            return longer(p, nbytes, "s", WORD_SATISFIES);
        default:
            return WORD_NONE;
        }
    }
    switch (first) {
    case UINT64_C(0x7463617274736261): /* abstract */
        return WORD_ABSTRACT;
    case UINT64_C(0x726f737365636361): /* accessor */
        return WORD_ACCESSOR;
    case UINT64_C(0x7361): /* as */
        return WORD_AS;
    case UINT64_C(0x73747265737361): /* asserts */
        return WORD_ASSERTS;
    case UINT64_C(0x636e797361): /* async */
        return WORD_ASYNC;
    case UINT64_C(0x7469617761): /* await */
        return WORD_AWAIT;
    case UINT64_C(0x6b61657262): /* break */
        return WORD_BREAK;
    case UINT64_C(0x65736163): /* case */
        return WORD_CASE;
    case UINT64_C(0x6863746163): /* catch */
        return WORD_CATCH;
    case UINT64_C(0x7373616c63): /* class */
        return WORD_CLASS;
    case UINT64_C(0x74736e6f63): /* const */
        return WORD_CONST;
    case UINT64_C(0x65756e69746e6f63): /* continue */
        return WORD_CONTINUE;
    case UINT64_C(0x7265676775626564): /* debugger */
        return WORD_DEBUGGER;
    case UINT64_C(0x6572616c636564): /* declare */
        return WORD_DECLARE;
    case UINT64_C(0x746c7561666564): /* default */
        return WORD_DEFAULT;
    case UINT64_C(0x6574656c6564): /* delete */
        return WORD_DELETE;
    case UINT64_C(0x6f64): /* do */
        return WORD_DO;
    case UINT64_C(0x65736c65): /* else */
        return WORD_ELSE;
    case UINT64_C(0x6d756e65): /* enum */
        return WORD_ENUM;
    case UINT64_C(0x74726f707865): /* export */
        return WORD_EXPORT;
    case UINT64_C(0x73646e65747865): /* extends */
        return WORD_EXTENDS;
    case UINT64_C(0x796c6c616e6966): /* finally */
        return WORD_FINALLY;
    case UINT64_C(0x726f66): /* for */
        return WORD_FOR;
    case UINT64_C(0x6d6f7266): /* from */
        return WORD_FROM;
    case UINT64_C(0x6e6f6974636e7566): /* function */
        return WORD_FUNCTION;
    case UINT64_C(0x746567): /* get */
        return WORD_GET;
    case UINT64_C(0x6c61626f6c67): /* global */
        return WORD_GLOBAL;
    case UINT64_C(0x6669): /* if */
        return WORD_IF;
    case UINT64_C(0x74726f706d69): /* import */
        return WORD_IMPORT;
    case UINT64_C(0x6e69): /* in */
        return WORD_IN;
    case UINT64_C(0x7265666e69): /* infer */
        return WORD_INFER;
    case UINT64_C(0x7369): /* is */
        return WORD_IS;
    case UINT64_C(0x666f79656b): /* keyof */
        return WORD_KEYOF;
    case UINT64_C(0x74656c): /* let */
        return WORD_LET;
    case UINT64_C(0x656c75646f6d): /* module */
        return WORD_MODULE;
    case UINT64_C(0x77656e): /* new */
        return WORD_NEW;
    case UINT64_C(0x666f): /* of */
        return WORD_OF;
    case UINT64_C(0x74756f): /* out */
        return WORD_OUT;
    case UINT64_C(0x656469727265766f): /* override */
        return WORD_OVERRIDE;
    case UINT64_C(0x65746176697270): /* private */
        return WORD_PRIVATE;
    case UINT64_C(0x63696c627570): /* public */
        return WORD_PUBLIC;
    case UINT64_C(0x796c6e6f64616572): /* readonly */
        return WORD_READONLY;
    case UINT64_C(0x65726975716572): /* require */
        return WORD_REQUIRE;
    case UINT64_C(0x6e7275746572): /* return */
        return WORD_RETURN;
    case UINT64_C(0x746573): /* set */
        return WORD_SET;
    case UINT64_C(0x636974617473): /* static */
        return WORD_STATIC;
    case UINT64_C(0x7265707573): /* super */
        return WORD_SUPER;
    case UINT64_C(0x686374697773): /* switch */
        return WORD_SWITCH;
    case UINT64_C(0x73696874): /* this */
        return WORD_THIS;
    case UINT64_C(0x776f726874): /* throw */
        return WORD_THROW;
    case UINT64_C(0x797274): /* try */
        return WORD_TRY;
    case UINT64_C(0x65707974): /* type */
        return WORD_TYPE;
    case UINT64_C(0x666f65707974): /* typeof */
        return WORD_TYPEOF;
    case UINT64_C(0x657571696e75): /* unique */
        return WORD_UNIQUE;
    case UINT64_C(0x676e697375): /* using */
        return WORD_USING;
    case UINT64_C(0x726176): /* var */
        return WORD_VAR;
    case UINT64_C(0x64696f76): /* void */
        return WORD_VOID;
    case UINT64_C(0x656c696877): /* while */
        return WORD_WHILE;
    case UINT64_C(0x68746977): /* with */
        return WORD_WITH;
    case UINT64_C(0x646c656979): /* yield */
        return WORD_YIELD;
    default:
        return WORD_NONE;
    }
}
