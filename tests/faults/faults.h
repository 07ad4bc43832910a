/*
 * A library that goes before the C library of a program (LD_PRELOAD), and lets one of the program's calls fail: of memory,
 * or of what reaches the kernel. Which one, a run without a fault tells: calls are known by where they are made from, all
 * the way from main, so that each use of a function that many share has its turn.
 *
 * SMCACHE_FAULT_LOG is the number of a descriptor to which a report is written at exit, a line each:
 *     call CONTEXT COUNT NAME ADDRESS...   a place that was called COUNT times, and the way there from it; with a fault only
 *                                          what came after that for the first time
 *     fault NAME ADDRESS...                a call that failed
 *     leak NBYTES NAME ADDRESS...          memory that is still there, and who has asked for it
 *     open FD                              a descriptor that was not there in the beginning
 * Addresses are those after the calls, counted from where the program lies in memory.
 *
 * SMCACHE_FAULT is CONTEXT:N:WAY:ERRNO: of the calls of that context the N-th, from 1. WAY: "fail"; "on": with all of
 * that kind that come after it; "short": it moves one byte; "kill": a signal, whose number it is, comes before it. Behind a space there may be another, for after that.
 *
 * Frames are found by their pointers, so all is compiled with -fno-omit-frame-pointer; for glibc.
 */
#ifndef SMC_TESTS_FAULTS_FAULTS_H
#define SMC_TESTS_FAULTS_FAULTS_H

#include <stddef.h>

/* What a call does. "on" lets all of a kind fail. */
enum kind {
    ASKS = 0,      /* changes nothing */
    ALLOCATES = 1, /* fails for want of memory alone */
    CHANGES = 2,   /* needs room on a disk, or changes what is there */
    CLOSES = 3,    /* as Linux has it, it has closed even if it fails */
    TELLS = 4      /* writes to stderr */
};

enum verdict { WORKS, FAILS, IS_SHORT };

/*
 * Whether a call of the program is to fail, with errno if so. `frame` is __builtin_frame_address(0) of the function that
 * stands in for it. What other libraries call works, unless it is memory that they need for a call of the program's: they
 * go between faults_enter, after a verdict, and faults_leave.
 */
enum verdict faults_judge(const char *name, unsigned kind, const void *frame);
enum verdict faults_judge_memory(const char *name, const void *frame);
void faults_enter(void);
void faults_leave(void);

/* Whoever was judged last on this thread owns it now. */
void faults_note(const void *pointer, size_t nbytes);
void faults_forget(const void *pointer);

/* Writes the report; where a program ends otherwise than by exit. */
void faults_end(void);

/* The function that `name` would be without this library; NULL if there is none. */
void *faults_real(const char *name);

#define FRAME __builtin_frame_address(0)

/* Types and lists of parameters cannot be in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */

/* Declares what takes the place of a function, by the name that the linker has for it, and a pointer to that. */
#define STANDS_IN(type, name, parameters)                                                          \
    __attribute__((visibility("default"))) type hook_##name parameters __asm__(#name);             \
    static type(*real_##name) parameters;                                                          \
    __attribute__((constructor)) static void find_##name(void)                                     \
    {                                                                                              \
        *(void **)&real_##name = faults_real(#name);                                               \
    }

#define CALL(type, name, parameters, arguments, failure, kind)                                     \
    STANDS_IN(type, name, parameters)                                                              \
    type hook_##name parameters                                                                    \
    {                                                                                              \
        const enum verdict verdict = faults_judge(#name, kind, FRAME);                             \
        (void)verdict;                                                                             \
        return verdict == FAILS ? (failure) : real_##name arguments;                               \
    }

/* Memory that it needs is a reason to fail, too; and is the program's, until it is freed. */
#define OWNING_CALL(type, name, parameters, arguments, failure, kind)                              \
    STANDS_IN(type, name, parameters)                                                              \
    type hook_##name parameters                                                                    \
    {                                                                                              \
        if (faults_judge(#name, kind, FRAME) == FAILS) {                                           \
            return failure;                                                                        \
        }                                                                                          \
        faults_enter();                                                                            \
        type result = real_##name arguments;                                                       \
        faults_leave();                                                                            \
        return result;                                                                             \
    }

#define CLOSING_CALL(name, parameters, arguments)                                                  \
    STANDS_IN(int, name, parameters)                                                               \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        const enum verdict verdict = faults_judge(#name, CLOSES, FRAME);                           \
        const int error_number = errno, result = real_##name arguments;                            \
        if (verdict == FAILS) {                                                                    \
            errno = error_number;                                                                  \
            return -1;                                                                             \
        }                                                                                          \
        return result;                                                                             \
    }

/* NOLINTEND(bugprone-macro-parentheses) */

#endif
