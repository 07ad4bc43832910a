/*
 * Which call fails, and what is reported.
 */
/* For dl_iterate_phdr. NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _GNU_SOURCE

#include "tests/faults/faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEPTH_MAX 40
#define N_CONTEXTS ((size_t)1 << 13)
#define N_POINTERS ((size_t)1 << 16)
#define N_FDS 256

struct context {
    uint64_t hash; /* 0: none */
    const char *name;
    const char *within; /* the function that has called this one for the program, or NULL */
    unsigned n, n_frames;
    uintptr_t frames[DEPTH_MAX];
};

struct allocation {
    const void *pointer; /* NULL: none */
    size_t nbytes;
    const struct context *owner;
};

static struct context contexts[N_CONTEXTS];
static struct context *known[N_CONTEXTS]; /* in the order of their first calls */
static size_t n_known, n_alive;
static struct allocation allocations[N_POINTERS];
static char was_open[N_FDS];

static struct {
    uint64_t context; /* 0: nothing fails */
    unsigned n;
    enum verdict verdict;
    int fails_on, error_number;
    const struct context *struck;
    unsigned kind; /* of what has failed */
} plan;

static struct {
    uintptr_t base, start, end;
} program;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1, is_ready;

/* Of this thread: who was judged last, and whether what other libraries ask for is his. */
static __thread struct context *judged;
static __thread int is_within;

void *faults_real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* ---- the beginning ---- */

/* The first object is the program. */
static int find_program(struct dl_phdr_info *info, size_t nbytes, void *context)
{
    (void)nbytes, (void)context;
    program.base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0) {
            program.start = program.base + segment->p_vaddr;
            program.end = program.start + segment->p_memsz;
        }
    }
    return 1;
}

static void read_plan(const char *text)
{
    char way[8] = "", *end = NULL;

    plan.context = strtoull(text, &end, 16);
    plan.n = (unsigned)strtoul(end + 1, &end, 10);
    for (size_t i = 0; i + 1 < sizeof way && *++end != ':'; i++) {
        way[i] = *end;
    }
    plan.verdict = strcmp(way, "short") == 0 ? IS_SHORT : FAILS;
    plan.fails_on = strcmp(way, "on") == 0;
    plan.error_number = (int)strtol(strrchr(text, ':') + 1, NULL, 10);
}

__attribute__((constructor)) static void begin(void)
{
    const char *log = getenv("SMCACHE_FAULT_LOG"), *fault = getenv("SMCACHE_FAULT");

    dl_iterate_phdr(find_program, NULL);
    if (log == NULL) {
        return;
    }
    log_fd = (int)strtol(log, NULL, 10);
    for (int fd = 0; fd < N_FDS; fd++) {
        was_open[fd] = syscall(SYS_fcntl, fd, F_GETFD) >= 0;
    }
    if (fault != NULL) {
        read_plan(fault);
    }
    is_ready = 1;
}

/* ---- contexts ---- */

static int is_of_program(uintptr_t address)
{
    return address >= program.start && address < program.end;
}

/* The way from main to a call, from its end on: pairs of (frame before it, address to return to). */
static void find_frames(struct context *context, const void *frame)
{
    const uintptr_t *at = frame;

    for (;;) {
        const uintptr_t *next = (const uintptr_t *)at[0]; /* NOLINT(performance-no-int-to-ptr) */
        if (!is_of_program(at[1]) || context->n_frames == DEPTH_MAX) {
            break;
        }
        context->frames[context->n_frames++] = at[1] - program.base;
        if (next <= at) {
            break;
        }
        at = next;
    }
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct context *context)
{
    uint64_t hash = context->within != NULL;

    for (const char *c = context->name; *c != '\0'; c++) {
        hash = mix(hash, (unsigned char)*c);
    }
    for (unsigned i = 0; i < context->n_frames; i++) {
        hash = mix(hash, context->frames[i]);
    }
    return hash != 0 ? hash : 1;
}

/* With the mutex. */
static struct context *settle(const struct context *context)
{
    for (size_t i = context->hash % N_CONTEXTS;; i = (i + 1) % N_CONTEXTS) {
        if (contexts[i].hash == 0) {
            if (n_known == N_CONTEXTS - 1) {
                abort(); /* too large a scenario */
            }
            contexts[i] = *context;
            known[n_known++] = &contexts[i];
        }
        if (contexts[i].hash == context->hash) {
            return &contexts[i];
        }
    }
}

/* ---- judging ---- */

static enum verdict judge(struct context *found, unsigned kind)
{
    enum verdict verdict = WORKS;

    found->hash = hash_of(found);
    pthread_mutex_lock(&mutex);
    struct context *context = settle(found);
    context->n++;
    if (plan.struck != NULL) {
        verdict = plan.fails_on && (kind & 0xf) == (plan.kind & 0xf) ? FAILS : WORKS;
    } else if (context->hash == plan.context && context->n == plan.n) {
        plan.struck = context;
        plan.kind = kind;
        verdict = plan.verdict;
    }
    pthread_mutex_unlock(&mutex);
    judged = context;
    if (verdict == FAILS) {
        errno = plan.error_number;
    }
    return verdict;
}

enum verdict faults_judge(const char *name, unsigned kind, const void *frame)
{
    struct context context = {.name = name};

    if (!is_ready || is_within) {
        return WORKS;
    }
    judged = NULL;
    find_frames(&context, frame);
    return context.n_frames == 0 ? WORKS : judge(&context, kind);
}

enum verdict faults_judge_memory(const char *name, const void *frame)
{
    if (!is_within) {
        return faults_judge(name, ALLOCATES, frame);
    }
    struct context context = *judged;
    context.within = context.within != NULL ? context.within : context.name;
    context.name = name;
    context.n = 0;
    return judge(&context, ALLOCATES);
}

void faults_enter(void)
{
    is_within = judged != NULL;
}

void faults_leave(void)
{
    is_within = 0;
}

/* ---- what is alive ---- */

static size_t slot_of(const void *pointer)
{
    return (size_t)mix(0, (uintptr_t)pointer) % N_POINTERS;
}

/* The slot of a pointer, or the free one for it. With the mutex. */
static size_t find_slot(const void *pointer)
{
    size_t i = slot_of(pointer);

    while (allocations[i].pointer != NULL && allocations[i].pointer != pointer) {
        i = (i + 1) % N_POINTERS;
    }
    return i;
}

void faults_note(const void *pointer, size_t nbytes)
{
    if (is_ready && judged != NULL && pointer != NULL) {
        pthread_mutex_lock(&mutex);
        if (n_alive++ == N_POINTERS / 2) {
            abort(); /* too large a scenario */
        }
        allocations[find_slot(pointer)] = (struct allocation){pointer, nbytes, judged};
        pthread_mutex_unlock(&mutex);
    }
}

void faults_forget(const void *pointer)
{
    if (!is_ready || pointer == NULL) {
        return;
    }
    pthread_mutex_lock(&mutex);
    size_t i = find_slot(pointer);
    n_alive -= allocations[i].pointer != NULL;
    allocations[i].pointer = NULL;
    /* What had to go past the slot comes back. */
    for (i = (i + 1) % N_POINTERS; allocations[i].pointer != NULL; i = (i + 1) % N_POINTERS) {
        const struct allocation moved = allocations[i];
        allocations[i].pointer = NULL;
        allocations[find_slot(moved.pointer)] = moved;
    }
    pthread_mutex_unlock(&mutex);
}

/* ---- the report ---- */

static char text[1 << 16];
static size_t n_text;

static void flush_report(void)
{
    (void)syscall(SYS_write, log_fd, text, n_text);
    n_text = 0;
}

__attribute__((format(printf, 1, 2))) static void report(const char *format, ...)
{
    va_list args;

    if (n_text > sizeof text - 512) {
        flush_report();
    }
    va_start(args, format);
    n_text += (size_t)vsnprintf(text + n_text, sizeof text - n_text, format, args);
    va_end(args);
}

static void report_context(const struct context *context)
{
    report(" %s%s%s", context->name, context->within != NULL ? "@" : "",
           context->within != NULL ? context->within : "");
    for (unsigned i = 0; i < context->n_frames; i++) {
        report(" %lx", (unsigned long)context->frames[i]);
    }
    report("\n");
}

__attribute__((destructor)) static void end(void)
{
    if (!is_ready) {
        return;
    }
    is_ready = 0;
    for (size_t i = 0; plan.context == 0 && i < n_known; i++) {
        report("call %llx %u", (unsigned long long)known[i]->hash, known[i]->n);
        report_context(known[i]);
    }
    if (plan.struck != NULL) {
        report("fault");
        report_context(plan.struck);
    }
    for (size_t i = 0; n_alive > 0 && i < N_POINTERS; i++) {
        if (allocations[i].pointer != NULL) {
            report("leak %zu", allocations[i].nbytes);
            report_context(allocations[i].owner);
        }
    }
    for (int fd = 0; fd < N_FDS; fd++) {
        if (!was_open[fd] && syscall(SYS_fcntl, fd, F_GETFD) >= 0) {
            report("open %d\n", fd);
        }
    }
    report("end\n");
    flush_report();
}
