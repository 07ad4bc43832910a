/*
 * Every field of every struct of the format, and all that is in no struct, made hostile in turn (attack.h), with the
 * digest made right again. Whatever is in it, a file answers without a read outside of it; what verify finds good agrees
 * with itself, and it is a field that may be so.
 *
 *   --fields         prints section and name of all fields that are attacked
 *   --files DIR      writes files to DIR/good that verify finds good, and that answer differently, and to DIR/bad what
 *                    verify does not find good, though it opens: of each field of each file one (tests/spec/test_attack.py)
 */
#include "tests/unit/agreement.h"
#include "tests/unit/attack.h"
#include "tests/unit/attack_files.h"

#include <sys/syscall.h>
#include <unistd.h>

/* ---- what a hostile field may do to a good file, and it is a good file still ---- */

/* It answers differently, as the field is what it answers; or the same: the field says nothing of the map, or there are
 * several ways to say it. NEWER: only in a file of a newer minor, which may have what is not known here. */
enum { OTHER = 1, SAME = 2, NEWER = 4 };

/* All others are never good with another value. */
static const struct allowance {
    const char *name;
    unsigned may;
} allowances[] = {
    {"smcf_header.minor", SAME},
    {"smcf_header.may_ignore", SAME | NEWER},
    {"smcf_header.content_digest", SAME}, /* which is made right again */
    {"smcf_header.input_digest", SAME},
    {"smcf_header.input_nbytes", SAME},
    {"smcf_section.id", SAME | NEWER}, /* these three of a section that nobody knows */
    {"smcf_section.encoding", SAME | NEWER},
    {"smcf_section.count", SAME | NEWER},
    {"section of a newer minor", SAME | NEWER},
    {"smcf_info.n_names", OTHER},
    {"smcf_info.file", OTHER},
    {"smcf_info.source_root", OTHER},
    {"smcf_info.n_lines", OTHER},
    {"smcf_info.flags", OTHER},
    {"smcf_info.flags", SAME | NEWER},
    {"smcf_info.debug_id", OTHER},
    {"smcf_info.recipe_digest", SAME},
    {"smcf_position.column", OTHER},
    {"smcf_position.line", OTHER},
    {"smcf_block.widths", OTHER}, /* where as many bytes hold the records */
    {"smcf_block.flags",
     OTHER | SAME}, /* source lines that follow generated line 0 follow nothing */
    {"smcf_block.line_slope",
     OTHER | SAME}, /* in a short run the lowest bits round to the same line */
    {"smcf_block.source_base", OTHER},
    {"smcf_block.column_base", OTHER},
    {"smcf_block.line_base", OTHER},
    {"smcf_block.name_base", OTHER},
    {"BLOCKS.highs", OTHER},
    {"BLOCKS.source_presence", OTHER},
    {"BLOCKS.name_presence", OTHER},
    {"BLOCKS.record.column", OTHER},
    {"BLOCKS.record.low", OTHER},
    {"BLOCKS.record.source", OTHER},
    {"BLOCKS.record.source_line", OTHER},
    {"BLOCKS.record.source_column", OTHER},
    {"BLOCKS.slots", OTHER},
    {"BLOCKS.names", OTHER},
    {"smcf_source.name_off", OTHER},
    {"smcf_source.content_off", OTHER},
    {"smcf_source.flags", OTHER},
    {"smcf_source.flags", SAME | NEWER},
    {"smcf_offset_group.base", OTHER},
    {"smcf_offset_group.slope", OTHER | SAME}, /* the same rounding */
    {"STRING_OFFSETS.values", OTHER},
    {"STRING_BYTES.bytes", OTHER},
    {"RAW_SOURCES.strings", OTHER},
    {"RANGES.tokens", OTHER},
    {"RUNS.tokens", OTHER},
    {"RUNS.functions", OTHER},
    {"smcf_functions.nameless", OTHER},
    {"FUNCTIONS.last", OTHER},
    {"FUNCTIONS.qualifier", OTHER},
    {"FUNCTIONS.origin", OTHER},
    {"FUNCTIONS.prefix", OTHER},
    {"FUNCTIONS.joint", OTHER},
    {"smcf_inlined.position", OTHER},
    {"smcf_inlined.call_site", OTHER},
    {"smcf_inlined.function", OTHER | SAME}, /* nobody asks where a token has a function */
    {"smcf_inlined.flags", OTHER},
    {"smcf_call_site.source", OTHER},
    {"smcf_call_site.source_line", OTHER},
    {"smcf_call_site.source_column", OTHER},
    {"smcf_call_site.function", OTHER},
    {"smcf_call_site.next", OTHER},
    {"smcf_bytecode_segment.segment", OTHER},
    {"smcf_bytecode_segment.offsets_end", OTHER},
    {"BYTECODE_OFFSETS.offsets", OTHER},
    {"CONTENT.bytes", OTHER},
    {"CONTENT.deflated", OTHER | SAME}, /* other codes for the same bytes, bits behind the end */
};

static struct allowance_use {
    unsigned done; /* what of `may` there was */
} uses[COUNT_OF(allowances)];

static int is_allowed(const char *name, unsigned what, int is_newer)
{
    for (size_t i = 0; i < COUNT_OF(allowances); i++) {
        const unsigned may = allowances[i].may;
        if (strcmp(allowances[i].name, name) == 0 && (may & what) != 0 &&
            ((may & NEWER) == 0 || is_newer)) {
            uses[i].done |= what;
            return 1;
        }
    }
    return 0;
}

/* ---- one bad file ---- */

struct run {
    const struct attack_file *source;
    struct damaged sides[2]; /* before a page without access, and behind one */
    int fd;                  /* of a file in memory */
};

static struct tally {
    unsigned n, n_refused, n_reported; /* by opening, by verify */
    unsigned n_other, n_same;
} total;

struct outcome {
    smc_status opened, verified;
    uint64_t digest; /* of the answers */
    const char *fault;
};

/* The same file, mapped: how much of it there is goes by what it says of itself. */
static void ask_mapped(const struct run *run, const struct guarded *copy)
{
    const unsigned flags = total.n % 2 == 0 ? SMC_OPEN_POPULATE : SMC_OPEN_SEQUENTIAL;
    uint64_t n_warm, n_resident;
    smc_cache *cache;

    assert_int_equal(pwrite(run->fd, copy->bytes, copy->nbytes, 0), copy->nbytes);
    assert_int_equal(smc_open_fd(run->fd, flags, &cache, NULL), SMC_OK);
    assert_int_equal(smc_warm(cache, copy->nbytes / 2, &n_warm), SMC_OK);
    assert_int_equal(smc_warm(cache, UINT64_MAX, &n_warm), SMC_OK);
    assert_int_equal(smc_resident(cache, &n_resident), SMC_OK);
    assert_int_equal(n_warm, copy->nbytes);
    assert_true(n_resident <= copy->nbytes);
    smc_close(cache);
}

static struct outcome ask(struct damaged *d)
{
    struct smc_error error = {SMC_OK, NULL, UINT64_MAX};
    struct outcome outcome = {SMC_OK, SMC_OK, 0, NULL};
    smc_cache *cache;

    outcome.opened = smc_open_memory(d->copy.bytes, d->copy.nbytes, 0, &cache, &error);
    if (outcome.opened == SMC_OK) {
        ask_all(cache, &d->questions, &d->answers);
        outcome.digest = answers_digest(&d->answers);
        outcome.verified = smc_verify(cache, &error);
        if (outcome.verified == SMC_OK) {
            outcome.fault = d->answers.n_damaged != 0 ? "verify accepts it, and not all is answered"
                                                      : disagreement(cache, &d->questions);
        } else {
            assert_int_equal(outcome.verified, SMC_E_DAMAGED);
        }
        smc_close(cache);
    }
    if (outcome.opened != SMC_OK || outcome.verified != SMC_OK) {
        assert_non_null(error.reason);
        assert_true(error.offset <= d->copy.nbytes);
    }
    return outcome;
}

/* What became of it is counted; why it may not be so. */
static const char *judge(struct run *run, const struct hostile_field *hostile,
                         const struct outcome *outcome)
{
    const struct smcf_header *header = (const void *)run->sides[0].copy.bytes;
    const int is_newer = smcf_get16(header->minor) > SMCF_MINOR;
    const unsigned what = outcome->digest == run->sides[0].wanted ? SAME : OTHER;

    total.n++;
    if (outcome->opened != SMC_OK) {
        total.n_refused++;
    } else if (outcome->verified != SMC_OK) {
        total.n_reported++;
    } else if (!is_allowed(hostile->fields->name, what, is_newer)) {
        return what == SAME ? "neither reported nor seen" : "verify accepts it";
    } else if (what == SAME) {
        total.n_same++;
    } else {
        total.n_other++;
    }
    return outcome->fault;
}

static void attack(void *context, const struct hostile_field *hostile)
{
    struct run *run = context;
    const struct guarded *copy = &run->sides[0].copy;
    struct outcome outcomes[2];

    for (int side = 0; side < 2; side++) {
        struct damaged *d = &run->sides[side];
        hostile_field_set(d->copy.bytes, hostile);
        file_seal(d->copy.bytes, d->copy.nbytes);
        outcomes[side] = ask(d);
    }
    if (outcomes[0].opened == SMC_OK) {
        ask_mapped(run, copy);
    }
    const char *fault = judge(run, hostile, &outcomes[0]);
    if (outcomes[0].opened != outcomes[1].opened || outcomes[0].verified != outcomes[1].verified ||
        outcomes[0].digest != outcomes[1].digest) {
        fault = "it depends on where it is in memory";
    }
    if (fault != NULL) {
        fail_msg("%s %u is 0x%llx%s: %s", hostile->fields->name, (unsigned)hostile->i,
                 (unsigned long long)hostile->value,
                 hostile->swaps ? ", and the other way round" : "", fault);
    }
    for (int side = 0; side < 2; side++) {
        hostile_field_undo(run->sides[side].copy.bytes, run->sides[side].original->bytes, hostile);
    }
}

/* ---- all of a file ---- */

static void attack_file(const struct attack_file *source)
{
    struct run run = {.source = source};
    struct file file = source->make();
    struct field_list fields = format_fields(&file);
    struct questions questions = make_questions(&file);

    questions_thin(&questions, 5); /* as there are so many bad files */
    run.fd = (int)syscall(SYS_memfd_create, "attacked", 0);
    assert_true(run.fd >= 0);
    damaged_start_with(&run.sides[0], &file, GUARD_AFTER, &questions);
    damaged_start_with(&run.sides[1], &file, GUARD_BEFORE, &questions);
    attack_each(&file, &fields, source->sections, attack, &run);
    assert_memory_equal(run.sides[0].copy.bytes, file.bytes, file.nbytes);
    damaged_end(&run.sides[0]);
    damaged_end(&run.sides[1]);
    assert_int_equal(close(run.fd), 0);
    field_list_free(&fields);
    file_free(&file);
}

static void every_field_is_attacked(void **state)
{
    const struct tally before = total;

    attack_file(*state);
    print_message("# %u bad files, %u refused by opening, %u by verify, %u good and other, %u good "
                  "and the same\n",
                  total.n - before.n, total.n_refused - before.n_refused,
                  total.n_reported - before.n_reported, total.n_other - before.n_other,
                  total.n_same - before.n_same);
}

/* ---- nothing is left out ---- */

/* Each bit of a file is in a field. */
static void fields_are_all_that_there_is(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_ATTACK_FILES; f++) {
        struct file file = attack_files[f].make();
        struct field_list fields = format_fields(&file);
        uint8_t *bits = calloc(file.nbytes, 1);
        assert_non_null(bits);
        for (size_t k = 0; k < fields.n; k++) {
            for (uint64_t i = 0; i < fields.list[k].n; i++) {
                field_set(bits, &fields.list[k], i, UINT64_MAX >> (64 - fields.list[k].width));
            }
        }
        for (size_t at = 0; at < file.nbytes; at++) {
            if (bits[at] != 0xff) {
                fail_msg("%s: byte %zu is in no field, or not all of it", attack_files[f].name, at);
            }
        }
        free(bits);
        field_list_free(&fields);
        file_free(&file);
    }
}

/* And nothing is allowed that never happens. The last test. */
static void what_is_allowed_happens(void **state)
{
    (void)state;
    print_message("# %u bad files, %u refused by opening, %u by verify, %u good and other, %u good "
                  "and the same\n",
                  total.n, total.n_refused, total.n_reported, total.n_other, total.n_same);
    if (attack_step() > 1) {
        skip(); /* not all have been tried */
    }
    for (size_t i = 0; i < COUNT_OF(allowances); i++) {
        if (uses[i].done != (allowances[i].may & (OTHER | SAME))) {
            fail_msg("%s is allowed more than it does", allowances[i].name);
        }
    }
}

/* ---- for other programs ---- */

struct keeping {
    const char *folder, *file;
    const char *good, *bad; /* the names of the fields that were the last ones to be kept for */
    struct damaged d;
};

static void keep(const struct keeping *keeping, const char *kind, const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s/%s %s", keeping->folder, kind, name, keeping->file);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(keeping->d.copy.bytes, 1, keeping->d.copy.nbytes, stream),
                     keeping->d.copy.nbytes);
    assert_int_equal(fclose(stream), 0);
}

/* Of each field the first file of each kind. */
static void keep_some(void *context, const struct hostile_field *hostile)
{
    const char *name = hostile->fields->name;
    struct keeping *keeping = context;
    struct damaged *d = &keeping->d;
    smc_cache *cache;

    hostile_field_set(d->copy.bytes, hostile);
    file_seal(d->copy.bytes, d->copy.nbytes);
    if ((keeping->good != name || keeping->bad != name) &&
        smc_open_memory(d->copy.bytes, d->copy.nbytes, 0, &cache, NULL) == SMC_OK) {
        const int is_good = smc_verify(cache, NULL) == SMC_OK;
        if (is_good && keeping->good != name) {
            ask_all(cache, &d->questions, &d->answers);
            if (answers_digest(&d->answers) != d->wanted) {
                keeping->good = name;
                keep(keeping, "good", name);
            }
        } else if (!is_good && keeping->bad != name) {
            keeping->bad = name;
            keep(keeping, "bad", name);
        }
        smc_close(cache);
    }
    hostile_field_undo(d->copy.bytes, d->original->bytes, hostile);
}

static void write_files(const char *folder)
{
    for (size_t f = 0; f < N_ATTACK_FILES; f++) {
        struct keeping keeping = {.folder = folder, .file = attack_files[f].name};
        struct file file = attack_files[f].make();
        struct field_list fields = format_fields(&file);
        damaged_start(&keeping.d, &file, GUARD_AFTER);
        attack_each(&file, &fields, attack_files[f].sections, keep_some, &keeping);
        damaged_end(&keeping.d);
        field_list_free(&fields);
        file_free(&file);
    }
}

static void print_fields(void)
{
    for (size_t f = 0; f < N_ATTACK_FILES; f++) {
        struct file file = attack_files[f].make();
        struct field_list fields = format_fields(&file);
        for (size_t k = 0; k < fields.n; k++) {
            printf("0x%x\t%s\n", (unsigned)fields.list[k].section, fields.list[k].name);
        }
        field_list_free(&fields);
        file_free(&file);
    }
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[N_ATTACK_FILES + 2] = {cmocka_unit_test(fields_are_all_that_there_is)};

    if (argc == 2 && strcmp(argv[1], "--fields") == 0) {
        print_fields();
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--files") == 0) {
        write_files(argv[2]);
        return 0;
    }
    for (size_t i = 0; i < N_ATTACK_FILES; i++) {
        tests[i + 1] = (struct CMUnitTest){attack_files[i].name, every_field_is_attacked, NULL,
                                           NULL, &attack_files[i]};
    }
    tests[N_ATTACK_FILES + 1] = (struct CMUnitTest)cmocka_unit_test(what_is_allowed_happens);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
