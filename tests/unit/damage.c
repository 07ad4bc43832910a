#include "tests/unit/damage.h"

void block_parts(const struct file *file, uint32_t index, size_t *starts)
{
    const struct smcf_section *section = (const void *)(file->bytes + entry_offset(file, BLOCKS));
    const uint64_t n_left = smcf_get64(section->count) - (uint64_t)index * SMCF_BLOCK_TOKENS;
    const unsigned n = n_left < SMCF_BLOCK_TOKENS ? (unsigned)n_left : SMCF_BLOCK_TOKENS;
    const size_t start = block_offset(file, index);
    const struct smcf_block *block = (const void *)(file->bytes + start);
    const uint8_t *presence = file->bytes + start + sizeof *block + SMCF_HIGHS_NBYTES;
    unsigned width = smcf_low_width(block->low_slot_widths) + block->column_width, n_names = n;

    for (int c = SMCF_COLUMN_SOURCE; c <= SMCF_COLUMN_SOURCE_COLUMN; c++) {
        width += block->widths[c];
    }
    starts[HIGHS] = start + sizeof *block;
    starts[PRESENCE] = starts[HIGHS] + SMCF_HIGHS_NBYTES;
    starts[NAME_PRESENCE] = starts[PRESENCE];
    if ((block->flags & SMCF_BLOCK_SPARSE_SOURCES) != 0) {
        starts[NAME_PRESENCE] += SMCF_BITMAP_NBYTES;
        presence += SMCF_BITMAP_NBYTES;
    }
    starts[RECORDS] = starts[NAME_PRESENCE];
    if ((block->flags & SMCF_BLOCK_SPARSE_NAMES) != 0) {
        starts[RECORDS] += SMCF_BITMAP_NBYTES;
        n_names = 0;
        for (unsigned i = 0; i < SMCF_BLOCK_TOKENS; i++) {
            n_names += presence[i / 8] >> i % 8 & 1;
        }
    }
    starts[SLOTS] = starts[RECORDS] + (size_t)smcf_packed_nbytes(n, width);
    starts[VALUES] = starts[SLOTS];
    if ((block->flags & SMCF_BLOCK_NAME_SLOTS) != 0) {
        starts[VALUES] +=
            (size_t)smcf_packed_nbytes(n_names, smcf_slot_width(block->low_slot_widths));
    }
    size_t nbytes, blocks = section_offset(file, BLOCKS, &nbytes);
    starts[N_BLOCK_PARTS] = n_left <= SMCF_BLOCK_TOKENS ? blocks + nbytes - SMCF_GUARD_NBYTES
                                                        : block_offset(file, index + 1);
}

static size_t place_offset(const struct file *file, const struct row *row)
{
    size_t start = 0, nbytes = sizeof(struct smcf_header), parts[N_BLOCK_PARTS + 1];

    switch (row->place >> 16) {
    case 0:
        start = section_offset(file, row->place, &nbytes);
        break;
    case 1:
        break;
    case 2:
        start = entry_offset(file, row->place & 0xffff);
        nbytes = sizeof(struct smcf_section);
        break;
    case 3:
        start = block_offset(file, row->place & 0xff);
        nbytes = sizeof(struct smcf_block);
        break;
    case 5:
        start = section_offset(file, row->place & 0xffff, &nbytes);
        start += nbytes;
        nbytes = (SMCF_ALIGN - start % SMCF_ALIGN) % SMCF_ALIGN;
        break;
    default:
        block_parts(file, row->place >> 8 & 0xff, parts);
        start = parts[row->place & 0xff];
        nbytes = parts[(row->place & 0xff) + 1] - start;
        break;
    }
    size_t off = row->off < 0 ? nbytes - (size_t)-row->off : (size_t)row->off;
    assert_true(off + row->width <= nbytes);
    return start + off;
}

static void change_field(struct file *file, const struct row *row)
{
    uint8_t *at = file->bytes + place_offset(file, row);
    struct smcf_le64 field = {{0}};

    memcpy(&field, at, row->width);
    uint64_t before = smcf_get64(field);
    uint64_t after = row->op == ADD  ? before + row->value
                     : row->op == OR ? before | row->value
                                     : row->value;
    field = smcf_put64(after);
    assert_memory_not_equal(at, &field, row->width); /* else the row does nothing */
    memcpy(at, &field, row->width);
    if (row->op != UNSEALED) {
        file_seal(file->bytes, file->nbytes);
    }
}

struct file damaged_file(const struct file *original, const struct row *row)
{
    struct parts parts = file_split(original);
    struct part *part;

    switch (row->op) {
    case RESIZE:
        part = part_find(&parts, row->place);
        part->count += (uint64_t)row->off;
        if (row->value >> 63 != 0) {
            assert_true(part->bytes.nbytes >= (size_t)-row->value);
            part->bytes.nbytes += (size_t)row->value;
        } else {
            text_repeat(&part->bytes, 0, (size_t)row->value);
        }
        break;
    case REMOVE:
        part_remove(&parts, row->place);
        break;
    case INSERT:
        part = part_insert(&parts, row->place);
        text_repeat(&part->bytes, 0, (size_t)row->value);
        break;
    case CONTENTS:
        part = part_insert(&parts, LINE_COUNTS); /* its one value: no line */
        part->count = 1;
        text_repeat(&part->bytes, 0, sizeof(struct smcf_offset_group) + SMCF_GUARD_NBYTES);
        part_insert(&parts, CONTENT);
        break;
    default:
        break;
    }
    struct file file = file_join(&parts);
    if (row->op == CUT) {
        file.nbytes = (size_t)row->value;
    } else if (row->op < RESIZE) {
        change_field(&file, row);
    }
    return file;
}

/* ---- tables ---- */

static void check_row(const struct file *files, const struct table *table, size_t i)
{
    const struct row *row = &table->rows[i];
    struct file file = damaged_file(&files[row->file], row);
    struct guarded copy = guarded_copy(file.bytes, file.nbytes, GUARD_AFTER);
    struct smc_error error = {SMC_OK, "nothing", UINT64_MAX};
    enum notices who = OPENING;
    smc_cache *cache;
    smc_status status = smc_open_memory(copy.bytes, copy.nbytes, 0, &cache, &error);

    if (status == SMC_OK) {
        who = VERIFY;
        status = smc_verify(cache, &error);
        assert_int_equal(smc_verify(cache, NULL), status);
    }
    if (status != row->status || who != table->who || strcmp(error.reason, row->reason) != 0) {
        fail_msg("%s %zu: expected \"%s\", found \"%s\"", table->name, i, row->reason,
                 error.reason);
    }
    assert_int_equal(error.status, status);
    assert_true(error.offset <= file.nbytes);
    smc_close(cache);
    guarded_free(&copy);
    file_free(&file);
}

void check_table(const struct file *files, const struct table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        check_row(files, table, i);
    }
}

void check_files(const struct file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct parts parts = file_split(&files[i]);
        struct file file = file_join(&parts);
        assert_int_equal(file.nbytes, files[i].nbytes);
        assert_memory_equal(file.bytes, files[i].bytes, file.nbytes);
        assert_int_equal(verify_bytes(file.bytes, file.nbytes, NULL), SMC_OK);
        file_free(&file);
    }
}

static int is_text(const char *text, const char *reason, size_t nbytes)
{
    return strlen(text) == nbytes && memcmp(text, reason, nbytes) == 0;
}

static int has_row(const char *reason, size_t nbytes, const struct table *tables, size_t n_tables)
{
    for (size_t t = 0; t < n_tables; t++) {
        for (size_t i = 0; i < tables[t].n; i++) {
            if (is_text(tables[t].rows[i].reason, reason, nbytes)) {
                return 1;
            }
        }
    }
    return 0;
}

unsigned check_reasons(const char *path, const struct table *tables, size_t n_tables,
                       const char *const *others, size_t n_others)
{
    struct text text;
    unsigned n = 0;

    if (!read_file(path, &text)) {
        fail_msg("%s is not here: tests run in the project's root", path);
    }
    const char *p = text.data;
    while ((p = strpbrk(p, "\"/")) != NULL) {
        if (p[0] == '/') { /* comments do not count */
            p = p[1] == '*' ? strstr(p, "*/") : p + 1;
            assert_non_null(p);
            p += *p == '*' ? 2 : 0;
            continue;
        }
        const size_t nbytes = strcspn(p + 1, "\"");
        if (memchr(p + 1, ' ', nbytes) != NULL) {
            int is_known = has_row(p + 1, nbytes, tables, n_tables);
            for (size_t i = 0; i < n_others; i++) {
                is_known |= is_text(others[i], p + 1, nbytes);
            }
            n++;
            if (!is_known) {
                fail_msg("%s: no row expects \"%.*s\"", path, (int)nbytes, p + 1);
            }
        }
        p += nbytes + 2;
    }
    text_free(&text);
    return n;
}
