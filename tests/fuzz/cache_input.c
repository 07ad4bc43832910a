#include "tests/fuzz/cache_input.h"

#include "src/reader/block.h"
#include "tests/unit/features.h"
#include "tests/unit/format_fields.h"

/* ---- the first byte ---- */

#define FORM_MASK 0x03u
#define UNSEALED 0x04u
#define GUARDED_BEFORE 0x08u
#define FLAGS_SHIFT 4
#define ROOMY 0x80u

struct cache_input cache_input_read(const uint8_t *data, size_t nbytes)
{
    static const unsigned flags[] = {0,
                                     SMC_OPEN_NORMAL,
                                     SMC_OPEN_RANDOM,
                                     SMC_OPEN_SEQUENTIAL,
                                     SMC_OPEN_POPULATE,
                                     SMC_OPEN_COPY,
                                     SMC_OPEN_NORMAL | SMC_OPEN_RANDOM,
                                     0x80000000u};
    const unsigned how = nbytes == 0 ? 0 : data[0];

    return (struct cache_input){.form = (enum cache_form)((how & FORM_MASK) % N_CACHE_FORMS),
                                .open_flags = flags[how >> FLAGS_SHIFT & 7],
                                .is_sealed = (how & UNSEALED) == 0,
                                .is_roomy = (how & ROOMY) != 0,
                                .guard = (how & GUARDED_BEFORE) != 0 ? GUARD_BEFORE : GUARD_AFTER,
                                .bytes = nbytes == 0 ? data : data + 1,
                                .nbytes = nbytes == 0 ? 0 : nbytes - 1};
}

/* ---- sections ---- */

#define SECTIONS_MAX 40

struct section_head {
    uint8_t id;
    uint8_t encoding;
    struct smcf_le16 nbytes;
    struct smcf_le32 count;
};

static struct file file_of_sections(const uint8_t *p, size_t left, int is_roomy)
{
    struct parts parts = {
        .header = {.magic = SMCF_MAGIC, /* without the NUL */
                   .major = smcf_put16(SMCF_MAJOR),
                   .header_nbytes = smcf_put32(sizeof(struct smcf_header))},
        .list = calloc(SECTIONS_MAX + 1, sizeof *parts.list),
    };

    assert_non_null(parts.list);
    while (left > sizeof(struct section_head) && parts.n < SECTIONS_MAX) {
        const struct section_head *head = (const void *)p;
        p += sizeof *head;
        left -= sizeof *head;
        const size_t wanted = smcf_get16(head->nbytes), nbytes = wanted < left ? wanted : left;
        struct part *part = &parts.list[parts.n++];
        part->id = head->id;
        part->encoding = head->encoding;
        part->count = smcf_get32(head->count);
        text_add(&part->bytes, p, nbytes);
        p += nbytes;
        left -= nbytes;
    }
    if (is_roomy) {
        struct part *part = &parts.list[parts.n++];
        parts.header.minor = smcf_put16(SMCF_MINOR + 1);
        part->id = PADDING;
        text_repeat(&part->bytes, 0, SMC_BLOCK_NBYTES_MAX);
    }
    return file_join(&parts);
}

static void add_sections(struct text *text, const struct file *file)
{
    struct parts parts = file_split(file);

    for (unsigned i = 0; i < parts.n; i++) {
        struct part *part = &parts.list[i];
        const struct section_head head = {(uint8_t)part->id, (uint8_t)part->encoding,
                                          smcf_put16((uint16_t)part->bytes.nbytes),
                                          smcf_put32((uint32_t)part->count)};
        text_add(text, &head, sizeof head);
        text_add(text, part->bytes.data, part->bytes.nbytes);
        text_free(&part->bytes);
    }
    free(parts.list);
}

/* ---- edits ---- */

enum edit_kind { SET, ADD, FLIP, POWER, COPY, SWAP, N_EDIT_KINDS };

struct edit {
    struct smcf_le16 field, entry;
    uint8_t kind;
    struct smcf_le32 value;
};

/* More blocks than a node of the directory has entries; lookups in one of them need no flag of it. */
static struct file file_of_flat_blocks(void)
{
    struct text mappings = {0};

    for (int i = 0; i <= SMCF_FANOUT; i++) {
        text_puts(&mappings, i > 0 ? ";AAAA" : "AAAA");
        for (int k = 1; k < SMCF_BLOCK_TOKENS; k++) {
            text_puts(&mappings, k % 4 == 1 ? ",IACE" : ",EAAA");
        }
    }
    struct file file = build_mappings(mappings.data, "\"sources\":[\"a.js\"]");
    text_free(&mappings);
    return file;
}

#define N_BASES 6

struct base {
    struct file file;
    struct field_list fields;
};

static const struct base *base_get(unsigned which, int is_roomy)
{
    static struct file (*const makers[N_BASES])(void) = {
        feature_file_deflate,   feature_file_raw,  feature_file_extra,
        feature_file_functions, feature_file_none, file_of_flat_blocks};
    static struct base bases[N_BASES][2];
    struct base *base = &bases[which % N_BASES][is_roomy];

    if (base->file.bytes == NULL) {
        struct file file = makers[which % N_BASES]();
        base->file = is_roomy ? roomy_file(&file) : file;
        base->fields = format_fields(&base->file);
        if (is_roomy) {
            file_free(&file);
        }
    }
    return base;
}

static void apply(uint8_t *bytes, const struct base *base, const struct edit *edit)
{
    const struct fields *fields = &base->fields.list[smcf_get16(edit->field) % base->fields.n];
    const uint64_t i = smcf_get16(edit->entry) % fields->n;
    const uint64_t old = field_get(bytes, fields, i);
    const uint64_t number = (uint64_t)(int64_t)(int32_t)smcf_get32(edit->value);
    const uint64_t other = number % fields->n;
    const uint64_t mask = UINT64_MAX >> (64 - fields->width);
    uint64_t value = number; /* SET */

    switch ((enum edit_kind)(edit->kind % N_EDIT_KINDS)) {
    case ADD:
        value = old + number;
        break;
    case FLIP:
        value = old ^ number;
        break;
    case POWER:
        value =
            (UINT64_C(1) << edit->value.b[0] % 64) + (uint64_t)(int64_t)(int8_t)edit->value.b[1];
        break;
    case SWAP:
        value = field_get(bytes, fields, other);
        field_set(bytes, fields, other, old);
        break;
    case COPY:
        value = field_get(bytes, fields, other);
        break;
    default:
        break;
    }
    field_set(bytes, fields, i, value & mask);
}

static struct file file_of_edits(const uint8_t *p, size_t left, int is_roomy)
{
    const struct base *base = base_get(left == 0 ? 0 : p[0], is_roomy);
    struct file file = {malloc(base->file.nbytes), base->file.nbytes};

    assert_non_null(file.bytes);
    memcpy(file.bytes, base->file.bytes, file.nbytes);
    for (size_t at = 1; left >= at + sizeof(struct edit); at += sizeof(struct edit)) {
        apply(file.bytes, base, (const void *)(p + at));
    }
    return file;
}

/* ---- all ---- */

struct file cache_input_file(const struct cache_input *input)
{
    struct file file = {NULL, input->nbytes};

    switch (input->form) {
    case CACHE_SECTIONS:
        file = file_of_sections(input->bytes, input->nbytes, input->is_roomy);
        break;
    case CACHE_EDITS:
        file = file_of_edits(input->bytes, input->nbytes, input->is_roomy);
        break;
    default:
        file.bytes = malloc(input->nbytes + 1);
        assert_non_null(file.bytes);
        memcpy(file.bytes, input->bytes, input->nbytes);
        break;
    }
    if (input->is_sealed && file.nbytes >= sizeof(struct smcf_header)) {
        file_seal(file.bytes, file.nbytes);
    }
    return file;
}

size_t cache_input_rewrite(uint8_t *data, size_t nbytes, size_t capacity, enum cache_form form)
{
    const struct cache_input input = cache_input_read(data, nbytes);
    struct text text = {0};

    if (input.form != CACHE_EDITS) {
        return 0;
    }
    struct file file = cache_input_file(&input);
    const uint8_t how = (uint8_t)((data[0] & ~FORM_MASK) | (unsigned)form);
    text_add(&text, &how, 1);
    if (form == CACHE_BYTES) {
        text_add(&text, file.bytes, file.nbytes);
    } else { /* edits of the section table may be such that it does not say where sections are */
        add_sections(&text, &base_get(nbytes < 2 ? 0 : data[1], 0)->file);
    }
    const size_t n = text.nbytes <= capacity ? text.nbytes : 0;
    memcpy(data, text.data, n);
    text_free(&text);
    file_free(&file);
    return n;
}
