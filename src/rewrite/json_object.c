#include "src/rewrite/json_object.h"

#include "src/rewrite/parts.h"

#include <string.h>

/* ---- members ---- */

static int is_name(const struct smc_json *key, const char *name)
{
    const size_t nbytes = (size_t)(key->end - key->start) - 2;
    const char *inside = (const char *)key->start + 1;
    size_t n = 0;

    while (n < nbytes && inside[n] == name[n]) { /* of which none is 0: so it ends in `name` */
        n++;
    }
    if (n == nbytes) {
        return name[n] == 0;
    }
    return inside[n] == '\\' && smc_json_equals(key, name);
}

void smc_json_object_read(struct smc_json_object *object, const struct smc_json *whole,
                          const char *const *names, size_t n)
{
    struct smc_json key, value;
    const uint8_t *end = whole->start;

    *object = (struct smc_json_object){.whole = *whole, .names = names};
    if (whole->type != SMC_JSON_OBJECT) {
        return;
    }
    struct smc_json_walk walk = smc_json_walk(whole);
    while (smc_json_next_member(&walk, &key, &value)) {
        for (size_t i = 0; i < n; i++) {
            if (names[i] != NULL && is_name(&key, names[i])) {
                object->values[i] = value;
                break;
            }
        }
        while (*end != ',' && *end != '{') {
            end++;
        }
        object->last_lead = end + 1;
        object->last_key = key;
        object->last_value = value;
        end = value.end;
    }
}

/* ---- values ---- */

struct smc_view smc_json_text_of(const struct smc_json *value, struct smc_buf *room)
{
    struct smc_view view = {NULL, 0};

    if (value->type != SMC_JSON_STRING) {
        return view;
    }
    view =
        (struct smc_view){(const char *)value->start + 1, (size_t)(value->end - value->start) - 2};
    if (!smc_json_is_plain(value) && !room->failed) {
        uint8_t *out = room->data + room->nbytes;
        (void)smc_json_unescape(value->start + 1, value->end - 1, out,
                                room->capacity - room->nbytes, &view.nbytes);
        room->nbytes += view.nbytes;
        view.ptr = (const char *)out;
    }
    return view;
}

int64_t smc_json_integer_of(const struct smc_json *value)
{
    int64_t integer = 0;

    if (value->type == SMC_JSON_NUMBER) {
        return smc_json_integer(value, &integer) == 0 ? integer : -1;
    }
    if (value->type != SMC_JSON_STRING || value->end - value->start < 3) {
        return -1;
    }
    for (const uint8_t *p = value->start + 1; p < value->end - 1; p++) {
        if (*p < '0' || *p > '9') {
            return -1;
        }
        integer =
            integer >= SMC_JSON_INTEGER_MAX ? SMC_JSON_INTEGER_MAX : integer * 10 + (*p - '0');
    }
    return integer;
}

/* By hand, as strtod depends on the locale. */
double smc_json_number_of(const struct smc_json *value)
{
    const int is_string = value->type == SMC_JSON_STRING;
    double number = 0;
    int exponent = 0, written = 0;

    if (value->type != SMC_JSON_NUMBER && !is_string) {
        return 0;
    }
    const uint8_t *p = value->start + is_string, *end = value->end - is_string;
    const int is_negative = p < end && *p == '-';
    p += is_negative;
    for (int after_point = 0; p < end && ((*p >= '0' && *p <= '9') || *p == '.'); p++) {
        if (*p == '.') {
            after_point = 1;
        } else {
            number = number * 10 + (*p - '0');
            exponent -= after_point;
        }
    }
    if (p < end && (*p | 0x20) == 'e') {
        const int is_minus = ++p < end && *p == '-';
        for (p += p < end && (*p == '-' || *p == '+'); p < end && *p >= '0' && *p <= '9'; p++) {
            written = written < 1000 ? written * 10 + (*p - '0') : written;
        }
        exponent += is_minus ? -written : written;
    }
    for (; exponent > 0 && number != 0 && number < 1e300; exponent--) {
        number *= 10;
    }
    for (; exponent < 0 && number > 1e-300; exponent++) {
        number /= 10;
    }
    return is_negative ? -number : number;
}

uint32_t smc_json_position_of(const struct smc_json *value, uint32_t base)
{
    const int64_t integer = smc_json_integer_of(value);

    if (integer < (int64_t)base) {
        return SMC_NONE;
    }
    return integer - base < SMC_NONE - 1 ? (uint32_t)(integer - base) : SMC_NONE - 1;
}

int smc_json_is_text(const struct smc_json *value, struct smc_view text)
{
    uint8_t piece[256];
    size_t n, at = 0;

    if (value->type != SMC_JSON_STRING || text.ptr == NULL) {
        return value->type == SMC_JSON_NULL && text.ptr == NULL;
    }
    for (const uint8_t *p = value->start + 1; p < value->end - 1; at += n) {
        p = smc_json_unescape(p, value->end - 1, piece, sizeof piece, &n);
        if (n > text.nbytes - at || memcmp(piece, text.ptr + at, n) != 0) {
            return 0;
        }
    }
    return at == text.nbytes;
}

/* ---- edits ---- */

void smc_json_edits_clear(struct smc_json_edits *edits)
{
    edits->n = 0;
    edits->text.nbytes = 0;
}

void smc_json_edit_raw(struct smc_json_edits *edits, uint32_t member, size_t off)
{
    edits->list[edits->n++] = (struct smc_json_edit){member, off, edits->text.nbytes - off};
}

void smc_json_edit_text(struct smc_json_edits *edits, const struct smc_json_object *object,
                        uint32_t member, struct smc_view text)
{
    const size_t off = edits->text.nbytes;

    if (!smc_json_is_text(&object->values[member], text)) {
        smc_append_json(&edits->text, text);
        smc_json_edit_raw(edits, member, off);
    }
}

void smc_json_edit_number(struct smc_json_edits *edits, const struct smc_json_object *object,
                          uint32_t member, uint64_t number)
{
    const struct smc_json *old = &object->values[member];
    const char *quote = old->type == SMC_JSON_STRING ? "\"" : "";
    const size_t off = edits->text.nbytes;

    if (smc_json_integer_of(old) != (int64_t)number) {
        smc_buf_append(&edits->text, quote, strlen(quote));
        smc_append_number(&edits->text, number);
        smc_buf_append(&edits->text, quote, strlen(quote));
        smc_json_edit_raw(edits, member, off);
    }
}

/* ---- writing ---- */

static void append_range(struct smc_buf *to, const uint8_t *start, const uint8_t *end)
{
    smc_buf_append(to, start, (size_t)(end - start));
}

static void append_edit(struct smc_buf *to, const struct smc_json_edits *edits,
                        const struct smc_json_edit *edit)
{
    smc_buf_append(to, edits->text.data + edit->off, edit->nbytes);
}

/* The edits that replace values, by where those are. Returns how many there are. */
static size_t sort_replacements(const struct smc_json_object *object,
                                const struct smc_json_edits *edits,
                                const struct smc_json_edit *sorted[SMC_JSON_MEMBERS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < edits->n; i++) {
        const uint8_t *start = object->values[edits->list[i].member].start;
        size_t at = n;
        if (start == NULL) {
            continue;
        }
        for (; at > 0 && object->values[sorted[at - 1]->member].start > start; at--) {
            sorted[at] = sorted[at - 1];
        }
        sorted[at] = &edits->list[i];
        n++;
    }
    return n;
}

/* Behind the last member, with its white space and colon. */
static void add_members(const struct smc_json_object *object, const struct smc_json_edits *edits,
                        struct smc_buf *to)
{
    int is_empty = object->last_key.type == SMC_JSON_ABSENT;

    for (size_t i = 0; i < edits->n; i++) {
        const char *name = object->names[edits->list[i].member];
        if (object->values[edits->list[i].member].type != SMC_JSON_ABSENT) {
            continue;
        }
        smc_buf_append(to, ",", !is_empty);
        if (object->last_key.type != SMC_JSON_ABSENT) {
            append_range(to, object->last_lead, object->last_key.start);
        }
        smc_buf_append_byte(to, '"');
        smc_buf_append(to, name, strlen(name));
        smc_buf_append_byte(to, '"');
        if (object->last_key.type != SMC_JSON_ABSENT) {
            append_range(to, object->last_key.end, object->last_value.start);
        } else {
            smc_buf_append_byte(to, ':');
        }
        append_edit(to, edits, &edits->list[i]);
        is_empty = 0;
    }
}

void smc_json_object_write(const struct smc_json_object *object, const struct smc_json_edits *edits,
                           struct smc_buf *to)
{
    const struct smc_json_edit *sorted[SMC_JSON_MEMBERS_MAX];
    const uint8_t *p = object->whole.start;
    const uint8_t *end = object->last_key.type == SMC_JSON_ABSENT ? p + 1 : object->last_value.end;

    if (edits->text.failed) { /* what the edits point to may not be there */
        to->failed = 1;
        return;
    }
    const size_t n = sort_replacements(object, edits, sorted);
    for (size_t i = 0; i < n; i++) {
        const struct smc_json *value = &object->values[sorted[i]->member];
        append_range(to, p, value->start);
        append_edit(to, edits, sorted[i]);
        p = value->end;
    }
    append_range(to, p, end);
    add_members(object, edits, to);
    append_range(to, end, object->whole.end);
}
