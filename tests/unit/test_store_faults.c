/*
 * System calls of the store that fail, one after the other, in each thing that it does: what fails is said with its
 * errno, what was there stays, nothing is left behind, and get-or-build hands out the file.
 */
#include "tests/unit/fault_plan.h"

/* With so many errors a call is tried in a scenario, and calls of the same name with one after so many. */
#define AT_ONCE 2
#define MANY 4
/* A long one repeats itself: of these then one in so many. */
#define SKIPPED 23

/* How often a call of this name has failed in a scenario. */
static size_t *times_of(const char *name)
{
    static struct {
        const char *name;
        size_t n;
    } names[64];

    if (name == NULL) {
        memset(names, 0, sizeof names);
        return NULL;
    }
    size_t i = 0;
    while (names[i].name != NULL && strcmp(names[i].name, name) != 0) {
        i++;
        assert_in_range(i, 0, COUNT_OF(names) - 1);
    }
    names[i].name = name;
    return &names[i].n;
}

static void each_call_fails_in(const struct scenario *scenario)
{
    static const int errors[] = {EIO, ENOSPC, EACCES, EMFILE, EROFS, EPERM};
    static size_t turn;
    size_t n_tried = 0;

    (void)times_of(NULL);
    plan.mode = CALL_FAILS;
    for (plan.at = 1;; plan.at++) {
        plan.error_number = EINTR;
        if (!try_plan(scenario)) {
            break;
        }
        n_tried++;
        size_t *n = times_of(calls.failed);
        ++*n;
        for (size_t i = 0; i < (*n <= MANY ? AT_ONCE : 1); i++) {
            plan.error_number = errors[turn++ % COUNT_OF(errors)];
            (void)try_plan(scenario);
        }
        if (*n > MANY && (scenario->traits & TRIAL_IS_LONG) != 0) {
            plan.at += SKIPPED;
        }
    }
    assert_in_range(n_tried, 2, SIZE_MAX);
}

static void each_call_fails(void **state)
{
    (void)state;
    in_scenarios(each_call_fails_in, TRIAL_IS_LONG);
}

static void each_call_fails_that_goes_over_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_scenarios; i++) {
        if ((scenarios[i].traits & TRIAL_IS_LONG) != 0) {
            each_call_fails_in(&scenarios[i]);
        }
    }
}

/* Where there are none. */
static void each_call_fails_without_locks(void **state)
{
    (void)state;
    trial_hook.options_flags = SMC_STORE_NO_LOCKS;
    for (size_t i = 0; i < n_scenarios; i++) {
        if ((scenarios[i].traits & TRIAL_IS_MAIN) != 0) {
            each_call_fails_in(&scenarios[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_call_fails),
        TEST(each_call_fails_that_goes_over_all),
        TEST(each_call_fails_without_locks),
    };
    return cmocka_run_group_tests(tests, begin, report);
}
