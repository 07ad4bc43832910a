/*
 * Which system call fails in a trial, for one file of a program.
 */
#ifndef SMC_TESTS_UNIT_FAULT_PLAN_H
#define SMC_TESTS_UNIT_FAULT_PLAN_H

#include "tests/unit/call_hook.h"
#include "tests/unit/malloc_hook.h"
#include "tests/unit/trial.h"

#include <unistd.h>

#define HANGS_S 500 /* an emulator takes its time */

static struct {
    enum calls_mode mode;
    size_t at;
    int error_number;
    const char *name;
} plan;

static char label[256]; /* of the trial that runs */
static size_t n_injected;

/* After EINTR these are called again, by whomever. */
static int is_called_again(const char *name)
{
    static const char *const names[] = {"open64", "openat64", "read",     "pread64",
                                        "write",  "pwrite64", "fsync",    "fcntl64",
                                        "dup2",   "close",    "closedir", "nanosleep"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void set(int is_on);

static size_t n_live(void)
{
    return HOOK_SEES_STRDUP ? hook.n_live : 0;
}

static struct trial_hook trial_hook = {.set = set, .n_live = n_live};

static void set(int is_on)
{
    calls.mode = is_on ? plan.mode : CALLS_WORK;
    calls.at = plan.at;
    calls.error_number = plan.error_number;
    calls.name = plan.name;
    const int is_short = plan.mode == CALL_IS_SHORT || plan.mode == CALLS_ARE_SHORT;
    trial_hook.must_succeed =
        calls.n_failed == 0 || is_short ||
        (plan.mode == CALL_FAILS && plan.error_number == EINTR && is_called_again(calls.failed));
    trial_hook.must_fail =
        plan.mode == CALL_FAILS && plan.error_number != EINTR && calls.n_failed > 0 &&
        (strcmp(calls.failed, "fsync") == 0 || strcmp(calls.failed, "renameat") == 0 ||
         strcmp(calls.failed, "write") == 0);
    /* Without a lock nobody can tell that it is abandoned; and it is not removed where that fails. */
    trial_hook.leaves_temps =
        calls.n_failed > 0 && (plan.mode == CALLS_FAIL || plan.mode == CHANGES_FAIL ||
                               strcmp(calls.failed, "unlinkat") == 0);
}

/* Whether there was a call to fail. */
static int try_plan(const struct scenario *scenario)
{
    trial_hook.may_yield = SMC_STORE_E_IO;
    trial_hook.error_number = plan.error_number;
    calls.n = calls.n_failed = 0;
    calls.failed = "nothing";
    (void)snprintf(label, sizeof label, "%s: mode %d, call %zu, %s, flags %u", scenario->name,
                   (int)plan.mode, plan.at, strerror(plan.error_number), trial_hook.options_flags);
    try_scenario(scenario, &trial_hook);
    label[0] = '\0';
    n_injected += calls.n_failed > 0;
    return calls.n_failed > 0;
}

static void in_scenarios(void (*fail_in)(const struct scenario *), unsigned without)
{
    for (size_t i = 0; i < n_scenarios; i++) {
        if ((scenarios[i].traits & without) == 0) {
            fail_in(&scenarios[i]);
        }
    }
}

static int say_where(void **state)
{
    (void)state;
    calls.mode = CALLS_WORK;
    trial_hook.options_flags = 0;
    trial_hook.is_read_only = 0;
    if (label[0] != '\0') {
        print_message("# %s (%s)\n", label, calls.failed);
        label[0] = '\0';
    }
    alarm(HANGS_S);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, say_where)

static int report(void **state)
{
    (void)state;
    print_message("# %zu faults\n", n_injected);
    return 0;
}

static int begin(void **state)
{
    (void)state;
    trials_in_memory();
    alarm(HANGS_S);
    return 0;
}

#endif
