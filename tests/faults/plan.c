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
#define N_FAULTS 2

struct context {
    uint64_t hash; /* 0: none */
    const char *name;
    const char *within; /* the function that has called this one for the program, or NULL */
    unsigned n, n_frames;
    int is_later; /* it came after a fault */
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

/* One after the other. */
static struct fault {
    uint64_t context;
    unsigned n;
    enum verdict verdict;
    int fails_on, is_signal, error_number;
    const struct context *struck; /* once it has happened: */
    unsigned kind;
} faults[N_FAULTS];
static size_t n_faults, n_struck;

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

static void read_faults(const char *text)
{
    while (*text != '\0' && n_faults < N_FAULTS) {
        struct fault *fault = &faults[n_faults++];
        char *end = NULL;
        fault->context = strtoull(text, &end, 16);
        fault->n = (unsigned)strtoul(end + 1, &end, 10);
        fault->verdict = end[1] == 's' ? IS_SHORT : FAILS;
        fault->fails_on = end[1] == 'o';
        fault->is_signal = end[1] == 'k';
        fault->error_number = (int)strtol(strchr(end + 1, ':') + 1, &end, 10);
        text = end + (*end == ' ');
    }
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
        read_faults(fault);
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
            contexts[i].is_later = n_struck > 0;
            known[n_known++] = &contexts[i];
        }
        if (contexts[i].hash == context->hash) {
            return &contexts[i];
        }
    }
}

/* ---- judging ---- */

/* By the faults; *signal_number comes before the call. With the mutex. */
static enum verdict decide(const struct context *context, unsigned kind, int *signal_number)
{
    struct fault *next = n_struck < n_faults ? &faults[n_struck] : NULL;

    if (next != NULL && context->hash == next->context && context->n == next->n) {
        next->struck = context;
        next->kind = kind;
        n_struck++;
        if (next->is_signal) {
            *signal_number = next->error_number;
            return WORKS;
        }
        errno = next->verdict == FAILS ? next->error_number : errno;
        return next->verdict;
    }
    for (size_t i = 0; i < n_struck; i++) {
        if (faults[i].fails_on && kind == faults[i].kind) {
            errno = faults[i].error_number;
            return FAILS;
        }
    }
    return WORKS;
}

static enum verdict judge(struct context *found, unsigned kind)
{
    int signal_number = 0;

    found->hash = hash_of(found);
    pthread_mutex_lock(&mutex);
    struct context *context = settle(found);
    context->n++;
    const enum verdict verdict = decide(context, kind, &signal_number);
    pthread_mutex_unlock(&mutex);
    judged = context;
    if (signal_number != 0) {
        (void)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal_number);
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

__attribute__((destructor)) void faults_end(void)
{
    if (!is_ready) {
        return;
    }
    is_ready = 0;
    for (size_t i = 0; i < n_known; i++) {
        if (n_faults == 0 || known[i]->is_later) {
            report("call %llx %u", (unsigned long long)known[i]->hash, known[i]->n);
            report_context(known[i]);
        }
    }
    for (size_t i = 0; i < n_struck; i++) {
        report("fault");
        report_context(faults[i].struck);
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
