#include "tests/unit/support.h"

#include "src/reader/block.h"

#include <sys/mman.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* ---- random numbers ---- */

uint64_t rng_next(struct rng *rng)
{
    rng->state ^= rng->state >> 12; /* xorshift64* */
    rng->state ^= rng->state << 25;
    rng->state ^= rng->state >> 27;
    return rng->state * UINT64_C(0x2545f4914f6cdd1d);
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

/* ---- text ---- */

void text_add(struct text *text, const void *bytes, size_t nbytes)
{
    if (text->capacity - text->nbytes < nbytes + 1) {
        size_t capacity = 2 * (text->nbytes + nbytes) + 64;
        char *data = realloc(text->data, capacity);
        assert_non_null(data);
        text->data = data;
        text->capacity = capacity;
    }
    if (nbytes > 0) {
        memcpy(text->data + text->nbytes, bytes, nbytes);
    }
    text->nbytes += nbytes;
    text->data[text->nbytes] = 0;
}

void text_puts(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_repeat(struct text *text, char c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        text_add(text, &c, 1);
    }
}

void text_number(struct text *text, uint64_t number)
{
    char digits[24];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    text_add(text, digits + n, sizeof digits - n);
}

void text_json(struct text *text, const void *bytes, size_t nbytes)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *p = bytes;

    text_puts(text, "\"");
    for (size_t i = 0; i < nbytes; i++) {
        if (p[i] < 0x20) {
            char escape[] = {'\\', 'u', '0', '0', hex[p[i] >> 4], hex[p[i] & 15]};
            text_add(text, escape, sizeof escape);
        } else {
            if (p[i] == '"' || p[i] == '\\') {
                text_puts(text, "\\");
            }
            text_add(text, &p[i], 1);
        }
    }
    text_puts(text, "\"");
}

void text_vlq(struct text *text, int64_t value)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t bits = value < 0 ? (uint64_t)-value << 1 | 1 : (uint64_t)value << 1;

    do {
        text_add(text, &digits[(bits & 31) | (bits > 31 ? 32 : 0)], 1);
        bits >>= 5;
    } while (bits != 0);
}

void text_segment(struct text *text, int n_fields, int64_t column, int64_t source, int64_t line,
                  int64_t source_column, int64_t name)
{
    const int64_t fields[] = {column, source, line, source_column, name};

    for (int i = 0; i < n_fields; i++) {
        text_vlq(text, fields[i]);
    }
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}

/* ---- maps ---- */

struct text map_text(const char *mappings, const char *members)
{
    struct text text = {0};

    text_puts(&text, "{\"version\":3,\"mappings\":\"");
    text_puts(&text, mappings);
    text_puts(&text, "\",");
    text_puts(&text, members);
    text_puts(&text, "}");
    return text;
}

/* ---- files ---- */

static void note_warning(void *context, const struct smc_build_issue *issue)
{
    struct warnings *warnings = context;

    warnings->n++;
    warnings->last = *issue;
}

/* What is in a file beside functions is told most plainly without them; they have tests of their own. */
static struct smc_build_options options_without_functions(enum smc_build_sources sources)
{
    return (struct smc_build_options){.struct_size = sizeof(struct smc_build_options),
                                      .sources = sources,
                                      .functions = SMC_BUILD_FUNCTIONS_NONE};
}

smc_build_status try_build(const struct text *map, enum smc_build_sources sources,
                           struct file *file, struct warnings *warnings,
                           struct smc_build_issue *issue)
{
    const struct smc_build_options options = options_without_functions(sources);
    return try_build_with(map, &options, file, warnings, issue);
}

smc_build_status try_build_with(const struct text *map, const struct smc_build_options *wanted,
                                struct file *file, struct warnings *warnings,
                                struct smc_build_issue *issue)
{
    struct smc_build_options options = *wanted;
    void *bytes;

    if (warnings != NULL) {
        *warnings = (struct warnings){0};
        options.warn = note_warning;
        options.warn_context = warnings;
    }
    smc_build_status status =
        smc_build_memory(map->data, map->nbytes, &options, &bytes, &file->nbytes, issue);
    file->bytes = bytes;
    assert_true((status == SMC_BUILD_OK) == (bytes != NULL));
    return status;
}

smc_status verify_bytes(const uint8_t *bytes, size_t nbytes, struct smc_error *error)
{
    smc_cache *cache;

    assert_int_equal(smc_open_memory(bytes, nbytes, 0, &cache, NULL), SMC_OK);
    smc_status status = smc_verify(cache, error);
    smc_close(cache);
    return status;
}

void assert_issue(const struct smc_build_issue *issue, const char *text)
{
    char found[256];
    (void)snprintf(found, sizeof found, "%s%s%s", issue->reason,
                   issue->recovery != NULL ? "; " : "",
                   issue->recovery != NULL ? issue->recovery : "");
    assert_string_equal(found, text);
}

unsigned count_warnings(const struct text *map)
{
    struct warnings warnings;
    struct file file;

    assert_int_equal(try_build(map, SMC_BUILD_SOURCES_NONE, &file, &warnings, NULL), SMC_BUILD_OK);
    file_free(&file);
    return warnings.n;
}

static struct file build_good_file(const struct text *map, const struct smc_build_options *options)
{
    struct smc_build_issue issue = {.reason = ""};
    struct smc_error error = {SMC_OK, "", 0};
    struct file file;

    if (try_build_with(map, options, &file, NULL, &issue) != SMC_BUILD_OK) {
        fail_msg("not built: %s (%s)", issue.reason, issue.key == NULL ? "" : issue.key);
    }
    if (verify_bytes(file.bytes, file.nbytes, &error) != SMC_OK) {
        fail_msg("verify refuses what was built: %s", error.reason);
    }
    return file;
}

struct file build_file(const struct text *map, enum smc_build_sources sources)
{
    const struct smc_build_options options = options_without_functions(sources);
    return build_good_file(map, &options);
}

struct file build_file_with_functions(const struct text *map)
{
    const struct smc_build_options options = {.struct_size = sizeof options,
                                              .sources = SMC_BUILD_SOURCES_NONE};
    return build_good_file(map, &options);
}

struct file build_mappings(const char *mappings, const char *members)
{
    struct text map = map_text(mappings, members);
    struct file file = build_file(&map, SMC_BUILD_SOURCES_NONE);

    text_free(&map);
    return file;
}

smc_cache *open_file(const struct file *file)
{
    struct smc_error error = {SMC_OK, "", 0};
    smc_cache *cache;

    if (smc_open_memory(file->bytes, file->nbytes, 0, &cache, &error) != SMC_OK) {
        fail_msg("does not open: %s", error.reason);
    }
    return cache;
}

void file_free(struct file *file)
{
    free(file->bytes);
    *file = (struct file){0};
}

void file_seal(uint8_t *bytes, size_t nbytes)
{
    uint8_t *digest = bytes + offsetof(struct smcf_header, content_digest);
    XXH128_canonical_t canonical;

    memset(digest, 0, sizeof canonical);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, nbytes));
    memcpy(digest, &canonical, sizeof canonical);
}

static const struct smcf_section *entry_at(const struct file *file, size_t i)
{
    return (const void *)(file->bytes + sizeof(struct smcf_header) +
                          i * sizeof(struct smcf_section));
}

size_t entry_offset(const struct file *file, uint32_t id)
{
    const struct smcf_header *header = (const void *)file->bytes;

    for (size_t i = 0; i < smcf_get32(header->n_sections); i++) {
        if (smcf_get32(entry_at(file, i)->id) == id) {
            return sizeof *header + i * sizeof(struct smcf_section);
        }
    }
    fail_msg("no section 0x%x", (unsigned)id);
    return 0;
}

size_t section_offset(const struct file *file, uint32_t id, size_t *nbytes)
{
    const struct smcf_section *entry = (const void *)(file->bytes + entry_offset(file, id));

    if (nbytes != NULL) {
        *nbytes = (size_t)smcf_get64(entry->nbytes);
    }
    return (size_t)smcf_get64(entry->off);
}

size_t block_offset(const struct file *file, uint32_t index)
{
    const struct smcf_section *entry =
        (const void *)(file->bytes + entry_offset(file, SMCF_SECTION_DIRECTORY));
    const size_t n = (size_t)smcf_get64(entry->count);
    const size_t offs =
        (size_t)(smcf_get64(entry->off) + smcf_get64(entry->nbytes)) - n * sizeof(struct smcf_le32);

    assert_true(index < n);
    const struct smcf_le32 *off = (const void *)(file->bytes + offs);
    return section_offset(file, SMCF_SECTION_BLOCKS, NULL) + smcf_get32(off[index]);
}

struct parts file_split(const struct file *file)
{
    struct parts parts = {.list = calloc(PARTS_MAX, sizeof *parts.list)};

    assert_non_null(parts.list);
    memcpy(&parts.header, file->bytes, sizeof parts.header);
    parts.n = smcf_get32(parts.header.n_sections);
    for (unsigned i = 0; i < parts.n; i++) {
        const struct smcf_section *entry = entry_at(file, i);
        struct part *part = &parts.list[i];
        part->id = smcf_get32(entry->id);
        part->encoding = smcf_get32(entry->encoding);
        part->count = smcf_get64(entry->count);
        text_add(&part->bytes, file->bytes + smcf_get64(entry->off),
                 (size_t)smcf_get64(entry->nbytes));
    }
    return parts;
}

struct part *part_find(struct parts *parts, uint32_t id)
{
    for (unsigned i = 0; i < parts->n; i++) {
        if (parts->list[i].id == id) {
            return &parts->list[i];
        }
    }
    return NULL;
}

struct part *part_insert(struct parts *parts, uint32_t id)
{
    unsigned at = parts->n;

    assert_true(parts->n < PARTS_MAX);
    for (; at > 0 && parts->list[at - 1].id > id; at--) {
        parts->list[at] = parts->list[at - 1];
    }
    parts->n++;
    parts->list[at] = (struct part){.id = id};
    return &parts->list[at];
}

void part_remove(struct parts *parts, uint32_t id)
{
    struct part *part = part_find(parts, id);

    assert_non_null(part);
    text_free(&part->bytes);
    parts->n--;
    for (; part < parts->list + parts->n; part++) {
        part[0] = part[1];
    }
}

struct file file_join(struct parts *parts)
{
    struct text text = {0};
    uint64_t off = sizeof parts->header + parts->n * sizeof(struct smcf_section);

    text_add(&text, &parts->header, sizeof parts->header);
    for (unsigned i = 0; i < parts->n; i++) {
        const struct part *part = &parts->list[i];
        struct smcf_section entry = {smcf_put32(part->id), smcf_put32(part->encoding),
                                     smcf_put64(off), smcf_put64(part->bytes.nbytes),
                                     smcf_put64(part->count)};
        text_add(&text, &entry, sizeof entry);
        off = (off + part->bytes.nbytes + SMCF_ALIGN - 1) / SMCF_ALIGN * SMCF_ALIGN;
    }
    for (unsigned i = 0; i < parts->n; i++) {
        text_repeat(&text, 0, (SMCF_ALIGN - text.nbytes % SMCF_ALIGN) % SMCF_ALIGN);
        text_add(&text, parts->list[i].bytes.data, parts->list[i].bytes.nbytes);
        text_free(&parts->list[i].bytes);
    }
    struct smcf_header *header = (void *)text.data;
    header->n_sections = smcf_put32(parts->n);
    header->file_nbytes = smcf_put64(text.nbytes);
    free(parts->list);
    parts->list = NULL;
    file_seal((uint8_t *)text.data, text.nbytes);
    return (struct file){(uint8_t *)text.data, text.nbytes};
}

/* ---- guarded memory ---- */

struct guarded guarded_new(size_t nbytes, enum guard_side side)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t room = (nbytes + page - 1) / page * page;
    uint8_t *mapping =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(mapping, MAP_FAILED);
    assert_int_equal(mprotect(side == GUARD_AFTER ? mapping + room : mapping, page, PROT_NONE), 0);
    return (struct guarded){side == GUARD_AFTER ? mapping + room - nbytes : mapping + page, nbytes,
                            mapping, room + page};
}

struct guarded guarded_copy(const void *bytes, size_t nbytes, enum guard_side side)
{
    struct guarded guarded = guarded_new(nbytes, side);

    if (nbytes > 0) {
        memcpy(guarded.bytes, bytes, nbytes);
    }
    return guarded;
}

void guarded_free(struct guarded *guarded)
{
    munmap(guarded->mapping, guarded->mapping_nbytes);
    *guarded = (struct guarded){0};
}

/* ---- comparing ---- */

int view_is(struct smc_view view, const char *string)
{
    return view.ptr != NULL && view.nbytes == strlen(string) &&
           memcmp(view.ptr, string, view.nbytes) == 0;
}

void assert_view(struct smc_view view, const void *bytes, size_t nbytes)
{
    assert_non_null(view.ptr);
    assert_int_equal(view.nbytes, nbytes);
    assert_memory_equal(view.ptr, bytes, nbytes);
}

void assert_view_string(struct smc_view view, const char *string)
{
    assert_view(view, string, strlen(string));
}

int read_file(const char *path, struct text *text)
{
    FILE *stream = fopen(path, "rb");
    char piece[4096];
    size_t n;

    *text = (struct text){0};
    if (stream == NULL) {
        return 0;
    }
    text_add(text, "", 0);
    while ((n = fread(piece, 1, sizeof piece, stream)) > 0) {
        text_add(text, piece, n);
    }
    assert_int_equal(fclose(stream), 0);
    return 1;
}

void temporary_file(char *path, size_t capacity, const void *bytes, size_t nbytes)
{
    const char *folder = getenv("TMPDIR");
    int n = snprintf(path, capacity, "%s/smcache-test-XXXXXX", folder == NULL ? "/tmp" : folder);

    assert_in_range(n, 1, capacity - 1);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, nbytes), nbytes);
    assert_int_equal(close(fd), 0);
}

/* ---- ways of looking up ---- */

void use_way(smc_cache *cache, unsigned way)
{
    assert_true(way < N_WAYS);
    cache->lookup = (way & WAY_PLAIN) != 0 ? &smc_lookup_plain : smc_lookup_best();
    if ((way & WAY_CHECKED) != 0) {
        cache->roomy_nbytes = cache->whole_nbytes = 0;
    }
}

struct file roomy_file(const struct file *file)
{
    const struct smcf_section *entry =
        (const void *)(file->bytes + entry_offset(file, SMCF_SECTION_DIRECTORY));
    const uint64_t n_blocks = smcf_get64(entry->count);
    struct parts parts = file_split(file);
    struct part *padding = part_insert(&parts, PADDING);

    parts.header.minor = smcf_put16(SMCF_MINOR + 1);
    if (n_blocks > 0) { /* the file ends with a section, but the next may start after a gap */
        size_t end = (file->nbytes + SMCF_ALIGN - 1) / SMCF_ALIGN * SMCF_ALIGN;
        size_t wanted = block_offset(file, (uint32_t)n_blocks - 1) + SMC_BLOCK_NBYTES_MAX;
        text_repeat(&padding->bytes, 0, wanted > end ? wanted - end : 0);
    }
    struct file roomy = file_join(&parts);
    if (n_blocks > 0) {
        smc_cache *cache = open_file(&roomy);
        assert_true(smcf_get32(cache->block_offs[n_blocks - 1]) < cache->roomy_nbytes);
        smc_close(cache);
    }
    return roomy;
}
