/*
 * Words are told by their first eight bytes as a number, little-endian: one load, one multiplication, one comparison.
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

/* Most of what is not ASCII and of no identifier: signs, punctuation, pictures. */
static int is_sign(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } signs[] = {
        {0x80, 0xa9},     {0xab, 0xb4},       {0xb8, 0xb9},     {0xbb, 0xbf},     {0xd7, 0xd7},
        {0xf7, 0xf7},     {0x2000, 0x200b},   {0x200e, 0x203e}, {0x2041, 0x2053}, {0x2055, 0x2070},
        {0x20a0, 0x20cf}, {0x2190, 0x2bff},   {0x3000, 0x3004}, {0x3008, 0x3020}, {0xe000, 0xf8ff},
        {0xff01, 0xff0f}, {0x1f000, 0x1faff},
    };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (character >= signs[i].first && character <= signs[i].last) {
            return 1;
        }
    }
    return 0;
}

/* The character at p, which is not ASCII, and its length; what is not UTF-8 is a sign. */
static uint32_t character_at(const uint8_t *p, size_t nbytes, size_t *length)
{
    const size_t n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t character = p[0] & (0x7fU >> n);

    *length = 1;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > nbytes) {
        return 0x80;
    }
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0x80;
        }
        character = character << 6 | (p[i] & 0x3f);
    }
    *length = n;
    return character;
}

int smc_js_is_name(const uint8_t *p, size_t nbytes)
{
    size_t i = 0, n = 1;

    for (; i < nbytes; i += n) {
        n = 1;
        if (p[i] >= 0x80 ? is_sign(character_at(p + i, nbytes - i, &n)) : smc_js_part[p[i]] != 1) {
            return 0;
        }
    }
    return nbytes > 0 && (p[0] < '0' || p[0] > '9');
}

static uint64_t first_bytes(const uint8_t *p, size_t nbytes)
{
    const uint64_t word = (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
                          (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
                          (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;

    return nbytes >= 8 ? word : word & ((UINT64_C(1) << 8 * nbytes) - 1);
}

/* A word, by its first eight bytes; of longer ones the rest is compared. */
struct word {
    uint64_t first;
    uint8_t nbytes, word;
    char rest[4];
};

/* No two words have the same slot: the factor has been searched for. */
#define SLOT_FACTOR UINT64_C(0x7e63a520d61a9917)
#define SLOT_NBITS 8

static const struct word words[1 << SLOT_NBITS] = {
    [1] = {UINT64_C(0x63696c627570), 6, WORD_PUBLIC, ""},              /* public */
    [4] = {UINT64_C(0x64696f76), 4, WORD_VOID, ""},                    /* void */
    [9] = {UINT64_C(0x65736c65), 4, WORD_ELSE, ""},                    /* else */
    [11] = {UINT64_C(0x63617073656d616e), 9, WORD_NAMESPACE, "e"},     /* namespace */
    [12] = {UINT64_C(0x776f726874), 5, WORD_THROW, ""},                /* throw */
    [24] = {UINT64_C(0x726f66), 3, WORD_FOR, ""},                      /* for */
    [27] = {UINT64_C(0x65746176697270), 7, WORD_PRIVATE, ""},          /* private */
    [33] = {UINT64_C(0x6d756e65), 4, WORD_ENUM, ""},                   /* enum */
    [34] = {UINT64_C(0x6863746163), 5, WORD_CATCH, ""},                /* catch */
    [35] = {UINT64_C(0x7463617274736261), 8, WORD_ABSTRACT, ""},       /* abstract */
    [36] = {UINT64_C(0x74726f706d69), 6, WORD_IMPORT, ""},             /* import */
    [38] = {UINT64_C(0x657571696e75), 6, WORD_UNIQUE, ""},             /* unique */
    [42] = {UINT64_C(0x74756f), 3, WORD_OUT, ""},                      /* out */
    [50] = {UINT64_C(0x6e7275746572), 6, WORD_RETURN, ""},             /* return */
    [51] = {UINT64_C(0x65756e69746e6f63), 8, WORD_CONTINUE, ""},       /* continue */
    [58] = {UINT64_C(0x73696874), 4, WORD_THIS, ""},                   /* this */
    [62] = {UINT64_C(0x646c656979), 5, WORD_YIELD, ""},                /* yield */
    [66] = {UINT64_C(0x7469617761), 5, WORD_AWAIT, ""},                /* await */
    [70] = {UINT64_C(0x6361667265746e69), 9, WORD_INTERFACE, "e"},     /* interface */
    [72] = {UINT64_C(0x656c696877), 5, WORD_WHILE, ""},                /* while */
    [78] = {UINT64_C(0x686374697773), 6, WORD_SWITCH, ""},             /* switch */
    [79] = {UINT64_C(0x6d6f7266), 4, WORD_FROM, ""},                   /* from */
    [88] = {UINT64_C(0x65746365746f7270), 9, WORD_PROTECTED, "d"},     /* protected */
    [89] = {UINT64_C(0x656c75646f6d), 6, WORD_MODULE, ""},             /* module */
    [92] = {UINT64_C(0x746c7561666564), 7, WORD_DEFAULT, ""},          /* default */
    [97] = {UINT64_C(0x77656e), 3, WORD_NEW, ""},                      /* new */
    [99] = {UINT64_C(0x7265676775626564), 8, WORD_DEBUGGER, ""},       /* debugger */
    [103] = {UINT64_C(0x6c61626f6c67), 6, WORD_GLOBAL, ""},            /* global */
    [105] = {UINT64_C(0x7373616c63), 5, WORD_CLASS, ""},               /* class */
    [112] = {UINT64_C(0x6e656d656c706d69), 10, WORD_IMPLEMENTS, "ts"}, /* implements */
    [115] = {UINT64_C(0x74726f707865), 6, WORD_EXPORT, ""},            /* export */
    [117] = {UINT64_C(0x74656c), 3, WORD_LET, ""},                     /* let */
    [119] = {UINT64_C(0x6569667369746173), 9, WORD_SATISFIES, "s"},    /* satisfies */
    [122] = {UINT64_C(0x636974617473), 6, WORD_STATIC, ""},            /* static */
    [128] = {UINT64_C(0x666f), 2, WORD_OF, ""},                        /* of */
    [129] = {UINT64_C(0x676e697375), 5, WORD_USING, ""},               /* using */
    [130] = {UINT64_C(0x73646e65747865), 7, WORD_EXTENDS, ""},         /* extends */
    [135] = {UINT64_C(0x796c6c616e6966), 7, WORD_FINALLY, ""},         /* finally */
    [138] = {UINT64_C(0x6669), 2, WORD_IF, ""},                        /* if */
    [139] = {UINT64_C(0x65636e6174736e69), 10, WORD_INSTANCEOF, "of"}, /* instanceof */
    [140] = {UINT64_C(0x726176), 3, WORD_VAR, ""},                     /* var */
    [141] = {UINT64_C(0x65726975716572), 7, WORD_REQUIRE, ""},         /* require */
    [145] = {UINT64_C(0x65707974), 4, WORD_TYPE, ""},                  /* type */
    [147] = {UINT64_C(0x6f64), 2, WORD_DO, ""},                        /* do */
    [154] = {UINT64_C(0x7369), 2, WORD_IS, ""},                        /* is */
    [155] = {UINT64_C(0x636e797361), 5, WORD_ASYNC, ""},               /* async */
    [161] = {UINT64_C(0x656469727265766f), 8, WORD_OVERRIDE, ""},      /* override */
    [166] = {UINT64_C(0x7361), 2, WORD_AS, ""},                        /* as */
    [167] = {UINT64_C(0x6e69), 2, WORD_IN, ""},                        /* in */
    [177] = {UINT64_C(0x797274), 3, WORD_TRY, ""},                     /* try */
    [181] = {UINT64_C(0x796c6e6f64616572), 8, WORD_READONLY, ""},      /* readonly */
    [187] = {UINT64_C(0x666f79656b), 5, WORD_KEYOF, ""},               /* keyof */
    [188] = {UINT64_C(0x6e6f6974636e7566), 8, WORD_FUNCTION, ""},      /* function */
    [191] = {UINT64_C(0x7265666e69), 5, WORD_INFER, ""},               /* infer */
    [195] = {UINT64_C(0x6572616c636564), 7, WORD_DECLARE, ""},         /* declare */
    [196] = {UINT64_C(0x65736163), 4, WORD_CASE, ""},                  /* case */
    [200] = {UINT64_C(0x68746977), 4, WORD_WITH, ""},                  /* with */
    [205] = {UINT64_C(0x74736e6f63), 5, WORD_CONST, ""},               /* const */
    [207] = {UINT64_C(0x6574656c6564), 6, WORD_DELETE, ""},            /* delete */
    [213] = {UINT64_C(0x6b61657262), 5, WORD_BREAK, ""},               /* break */
    [219] = {UINT64_C(0x7265707573), 5, WORD_SUPER, ""},               /* super */
    [233] = {UINT64_C(0x746573), 3, WORD_SET, ""},                     /* set */
    [243] = {UINT64_C(0x73747265737361), 7, WORD_ASSERTS, ""},         /* asserts */
    [252] = {UINT64_C(0x726f737365636361), 8, WORD_ACCESSOR, ""},      /* accessor */
    [253] = {UINT64_C(0x746567), 3, WORD_GET, ""},                     /* get */
    [255] = {UINT64_C(0x666f65707974), 6, WORD_TYPEOF, ""},            /* typeof */
};

enum smc_js_word smc_js_word_slow(const uint8_t *p, size_t nbytes)
{
    const uint64_t first = first_bytes(p, nbytes);
    const struct word *word = &words[first * SLOT_FACTOR >> (64 - SLOT_NBITS)];
    if (word->first != first || word->nbytes != nbytes ||
        (nbytes > 8 && memcmp(word->rest, p + 8, nbytes - 8) != 0)) {
        return WORD_NONE;
    }
    return (enum smc_js_word)word->word;
}
