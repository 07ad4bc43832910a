/*
 * x_hermes_function_offsets: for each segment of bytecode, by its number, an array of where its functions start. Of an
 * index map it is that of the outermost map, whatever its sections have.
 */
#include "src/build/parts.h"

#define KEY SMC_KEY_HERMES

/* A member whose key is the number of a segment. */
struct member {
    uint32_t segment;
    struct smc_json_span value;
};

static smc_build_status no_memory(struct smc_report *report)
{
    return smc_report_error(report, SMC_BUILD_E_MEMORY, "out of memory", NULL, NULL);
}

/* 1 and the number of a key, which is written as it must be; else 0. */
static int read_segment(const struct smc_json *key, uint32_t *segment)
{
    uint8_t text[16]; /* more digits are too many */
    const uint8_t *end = key->end - 1;
    uint64_t value = 0;
    size_t n;

    if (smc_json_unescape(key->start + 1, end, text, sizeof text, &n) != end || n == 0 ||
        (text[0] == '0' && n > 1)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        value = 10 * value + (uint64_t)(text[i] - '0');
    }
    *segment = (uint32_t)value;
    return value < SMCF_NONE;
}

/* In the order of the text; whether segments ascend strictly in that. */
static int read_members(const struct smc_json *object, struct smc_buf *members,
                        struct smc_report *report)
{
    struct smc_json_walk walk = smc_json_walk(object);
    struct smc_json key, value;
    struct member member;
    int64_t last = -1;
    int is_sorted = 1;

    while (smc_json_next_member(&walk, &key, &value)) {
        if (!read_segment(&key, &member.segment)) {
            smc_report_warning(report, "key that is no canonical decimal number below 2^32 - 1",
                               "ignored", KEY, key.start);
            continue;
        }
        member.value = (struct smc_json_span){value.start, value.end};
        smc_buf_append(members, &member, sizeof member);
        is_sorted &= member.segment > last;
        last = member.segment;
    }
    return is_sorted;
}

/* A radix sort by segments: in linear time, and members of one segment stay in the order of the text. */
static void sort_members(struct member *members, struct member *room, size_t n)
{
    _Static_assert(sizeof members->segment % 2 == 0, "the last step is into `members`");
    for (unsigned shift = 0; shift < 32; shift += 8) {
        size_t starts[257] = {0};
        for (size_t i = 0; i < n; i++) {
            starts[(members[i].segment >> shift & 0xff) + 1]++;
        }
        for (unsigned digit = 1; digit < 256; digit++) {
            starts[digit] += starts[digit - 1];
        }
        for (size_t i = 0; i < n; i++) {
            room[starts[members[i].segment >> shift & 0xff]++] = members[i];
        }
        struct member *sorted = room;
        room = members;
        members = sorted;
    }
}

/* An offset that is none keeps its place: those of the functions behind it are found by counting. */
static smc_build_status add_offsets(const struct smc_json *array, struct smc_buf *offsets,
                                    struct smc_report *report)
{
    struct smc_json_walk walk = smc_json_walk(array);
    struct smc_json element;
    int64_t offset;

    while (smc_json_next_element(&walk, &element)) {
        if (offsets->nbytes / sizeof(struct smcf_le32) >= SMCF_NONE - 1) {
            return smc_report_error(report, SMC_BUILD_E_LIMIT, "too many elements", KEY,
                                    element.start);
        }
        if (element.type != SMC_JSON_NUMBER || smc_json_integer(&element, &offset) != 0 ||
            offset >= SMCF_NONE) {
            smc_report_warning(report, "offset that is no integer from 0 to 2^32 - 2",
                               "read as unknown", KEY, element.start);
            offset = SMCF_NONE;
        }
        const struct smcf_le32 packed = smcf_put32((uint32_t)offset);
        smc_buf_append(offsets, &packed, sizeof packed);
    }
    return offsets->failed ? no_memory(report) : SMC_BUILD_OK;
}

/* A segment without a function is left out: it says nothing. */
static smc_build_status add_segment(struct smc_bytecode *bytecode, uint32_t segment,
                                    const struct smc_json *value, struct smc_report *report)
{
    const size_t nbytes = bytecode->offsets.nbytes;

    if (value->type != SMC_JSON_ARRAY) {
        smc_report_warning(report, "segment that is not an array", "ignored", KEY, value->start);
        return SMC_BUILD_OK;
    }
    smc_build_status status = add_offsets(value, &bytecode->offsets, report);
    if (bytecode->offsets.nbytes > nbytes) {
        const size_t end = bytecode->offsets.nbytes / sizeof(struct smcf_le32);
        const struct smcf_bytecode_segment entry = {smcf_put32(segment), smcf_put32((uint32_t)end)};
        smc_buf_append(&bytecode->segments, &entry, sizeof entry);
    }
    return status == SMC_BUILD_OK && bytecode->segments.failed ? no_memory(report) : status;
}

/* Of several members of one segment the last one counts. */
static smc_build_status add_segments(struct smc_bytecode *bytecode, const struct smc_buf *sorted,
                                     const struct smc_json_text *text, struct smc_report *report)
{
    const struct member *members = (const void *)sorted->data;
    const size_t n = sorted->nbytes / sizeof *members;
    smc_build_status status = SMC_BUILD_OK;

    for (size_t i = 0; i < n && status == SMC_BUILD_OK; i++) {
        const struct smc_json_span *span = &members[i].value;
        if (i + 1 == n || members[i + 1].segment != members[i].segment) {
            const struct smc_json value = {smc_json_type_at(span->start), span->start, span->end,
                                           text};
            status = add_segment(bytecode, members[i].segment, &value, report);
        }
    }
    return status;
}

smc_build_status smc_bytecode_read(const struct smc_json *object, struct smc_bytecode *bytecode,
                                   struct smc_report *report)
{
    struct smc_buf members = {0}, room = {0};

    if (object->type == SMC_JSON_ABSENT) {
        return SMC_BUILD_OK;
    }
    if (object->type != SMC_JSON_OBJECT) {
        smc_report_warning(report, "not an object", "ignored", KEY, object->start);
        return SMC_BUILD_OK;
    }
    const int is_sorted = read_members(object, &members, report);
    int failed = members.failed;
    if (!is_sorted && !failed) {
        struct member *to = (void *)smc_buf_reserve(&room, members.nbytes);
        failed = to == NULL;
        if (!failed) {
            sort_members((void *)members.data, to, members.nbytes / sizeof *to);
        }
    }
    const smc_build_status status =
        failed ? no_memory(report) : add_segments(bytecode, &members, object->text, report);
    smc_buf_free(&members);
    smc_buf_free(&room);
    return status;
}
