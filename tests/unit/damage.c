#include "tests/unit/damage.h"

/* Offset of a part of a block; *nbytes is its size. That of the names is what is left up to the next
 * block or the guard. */
static size_t part_offset(const struct file *file, uint32_t index, enum block_part part,
                          size_t *nbytes)
{
    const struct smcf_directory_entry *directory =
        (const void *)(file->bytes + section_offset(file, DIRECTORY, NULL));
    const struct smcf_section *section = (const void *)(file->bytes + entry_offset(file, BLOCKS));
    size_t blocks_nbytes, blocks = section_offset(file, BLOCKS, &blocks_nbytes);
    size_t off = blocks + (size_t)smcf_get64(directory[index].block_off);
    const struct smcf_block *block = (const void *)(file->bytes + off);
    uint64_t n = smcf_get64(section->count) - (uint64_t)index * SMCF_BLOCK_TOKENS;
    int is_last = n <= SMCF_BLOCK_TOKENS;
    unsigned width = block->low_width + block->column_width;

    for (int c = SMCF_COLUMN_SOURCE; c <= SMCF_COLUMN_SOURCE_COLUMN; c++) {
        width += block->widths[c];
    }
    off += sizeof *block;
    *nbytes = SMCF_HIGHS_NBYTES;
    if (part >= PRESENCE) {
        off += *nbytes;
        *nbytes = (block->flags & SMCF_BLOCK_SPARSE_SOURCES) != 0 ? SMCF_BITMAP_NBYTES : 0;
    }
    if (part >= RECORDS) {
        off += *nbytes;
        *nbytes = (size_t)((is_last ? n : SMCF_BLOCK_TOKENS) * width + 7) / 8;
    }
    if (part >= NAMES) {
        off += *nbytes;
        *nbytes = blocks - off +
                  (is_last ? blocks_nbytes - SMCF_GUARD_NBYTES
                           : (size_t)smcf_get64(directory[index + 1].block_off));
    }
    return off;
}

static size_t place_offset(const struct file *file, const struct row *row)
{
    size_t start = 0, nbytes = sizeof(struct smcf_header);

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
        start = part_offset(file, row->place & 0xff, HIGHS, &nbytes) - sizeof(struct smcf_block);
        nbytes = sizeof(struct smcf_block);
        break;
    case 5:
        start = section_offset(file, row->place & 0xffff, &nbytes);
        start += nbytes;
        nbytes = (SMCF_ALIGN - start % SMCF_ALIGN) % SMCF_ALIGN;
        break;
    default:
        start = part_offset(file, row->place >> 8 & 0xff, (enum block_part)(row->place & 0xff),
                            &nbytes);
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
