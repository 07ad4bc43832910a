/*
 * What fails for longer than one system call of the store: a disk that goes away or is read-only, a function that
 * never works here; and reads and writes that are short.
 */
#include "tests/unit/fault_plan.h"

static void calls_fail_from_one_on_in(const struct scenario *scenario)
{
    static const int errors[] = {EIO, ENOSPC, EACCES, EMFILE, EROFS};
    static size_t turn;
    const size_t step = (scenario->traits & TRIAL_IS_LONG) != 0 ? 7 : 1;

    plan.mode = CALLS_FAIL;
    plan.at = 1;
    do {
        plan.error_number = errors[turn++ % COUNT_OF(errors)];
    } while (try_plan(scenario) && (plan.at += step) != 0);
}

/* A disk that goes away, or is full, or is no longer ours. */
static void calls_fail_from_one_on(void **state)
{
    (void)state;
    in_scenarios(calls_fail_from_one_on_in, 0);
}

static void calls_are_short_in(const struct scenario *scenario)
{
    plan.error_number = 0;
    plan.mode = CALL_IS_SHORT;
    plan.at = 1;
    while (try_plan(scenario)) {
        plan.at++;
    }
    plan.mode = CALLS_ARE_SHORT;
    plan.at = 1;
    (void)try_plan(scenario);
}

/* Nobody notices. */
static void reads_and_writes_are_short(void **state)
{
    (void)state;
    in_scenarios(calls_are_short_in, 0);
}

static void store_is_read_only_in(const struct scenario *scenario)
{
    static const int errors[] = {EROFS, EACCES};

    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        plan.mode = CHANGES_FAIL;
        plan.at = 1;
        plan.error_number = errors[i];
        trial_hook.is_read_only = 1;
        (void)try_plan(scenario);
        trial_hook.is_read_only = 0;
    }
}

/* It answers what it has, says that it cannot be written, and files are built all the same. */
static void the_store_is_read_only(void **state)
{
    (void)state;
    in_scenarios(store_is_read_only_in, 0);
}

/* One function never works here. */
static void a_function_fails_in(const struct scenario *scenario)
{
    static const struct {
        const char *name;
        int error_number;
    } functions[] = {{"fcntl64", EACCES},  {"fcntl64", ENOLCK},   {"fcntl64", EINVAL},
                     {"linkat", EPERM},    {"futimens", EPERM},   {"fsync", EIO},
                     {"close", EIO},       {"fstatfs64", ENOSYS}, {"getentropy", ENOSYS},
                     {"unlinkat", EACCES}, {"renameat", EXDEV},   {"fchmod", EPERM}};

    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        plan.mode = FUNCTION_FAILS_ON;
        plan.at = 1;
        plan.name = functions[i].name;
        plan.error_number = functions[i].error_number;
        (void)try_plan(scenario);
    }
}

static void a_function_never_works(void **state)
{
    (void)state;
    in_scenarios(a_function_fails_in, TRIAL_IS_LONG);
}

static void the_store_is_read_only_without_locks(void **state)
{
    (void)state;
    trial_hook.options_flags = SMC_STORE_NO_LOCKS;
    in_scenarios(store_is_read_only_in, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(calls_fail_from_one_on), TEST(reads_and_writes_are_short),
        TEST(the_store_is_read_only), TEST(the_store_is_read_only_without_locks),
        TEST(a_function_never_works),
    };
    return cmocka_run_group_tests(tests, begin, report);
}
