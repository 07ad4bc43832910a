/*
 * Processes of a test. They end with it: at the latest in children_end, or when the program of the test does.
 *
 * In a process that has been started so nothing may be asserted: cmocka would go on with the next test in there. It
 * says what is wrong by its exit code.
 */
#ifndef SMC_TESTS_UNIT_CHILDREN_H
#define SMC_TESTS_UNIT_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#define CHILDREN_MAX 128

/* Where a process takes 20 ms to start, because of all the memory it has of the sanitizer, a part of them must do. */
#if defined(__SANITIZE_ADDRESS__)
#define FEWER(n) ((n) / 8)
#else
#define FEWER(n) (n)
#endif

/* Starts one. It exits with what `run` returns, which is 0 if all is well. */
pid_t child_start(int (*run)(void *context), void *context);
/* Waits for it to end: its exit code, or less than 0 if a signal has ended it. */
int child_wait(pid_t pid);
/* Whether it has ended; it is to be waited for all the same. */
int child_has_ended(pid_t pid);
void child_kill(pid_t pid);
void child_stop(pid_t pid);
/* Stops all that run, and returns when they have stopped or ended; and lets them go on. */
void children_pause(void);
void children_continue(void);
/* Kills all that have not been waited for. */
void children_end(void);

/* Memory that is shared with those that are started afterwards, all zero. */
void *shared_new(size_t nbytes);
void shared_free(void *memory, size_t nbytes);

void sleep_us(unsigned us);

#endif
