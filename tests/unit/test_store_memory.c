/*
 * Memory that runs out in the store: each allocation of each thing that it does fails once, and then all from one on.
 */
#include "tests/unit/malloc_hook.h"
#include "tests/unit/trial.h"

#include <unistd.h>

#define HANGS_S 500 /* an emulator takes its time */

static struct {
    size_t at;
    size_t n_calls; /* of the store, so far */
    int is_on;
} plan;
static char label[256]; /* of the trial that runs */
static size_t n_failures;

static size_t n_live(void)
{
    return HOOK_SEES_STRDUP ? hook.n_live : 0;
}

/* What callbacks and checks ask for is not counted. */
static void set(int is_on)
{
    if (is_on) {
        hook.n_calls = plan.n_calls;
        hook.fail_at = plan.at;
    } else {
        hook.fail_at = 0;
        plan.n_calls = plan.is_on ? hook.n_calls : plan.n_calls;
    }
    plan.is_on = is_on;
}

static struct trial_hook trial_hook = {
    .set = set, .n_live = n_live, .may_yield = SMC_STORE_E_MEMORY};

/* Whether there was an allocation to fail. */
static int try_plan(const struct scenario *scenario)
{
    plan.n_calls = 0;
    (void)snprintf(label, sizeof label, "%s: allocation %zu%s, flags %u", scenario->name, plan.at,
                   hook.fails_on ? " and all after it" : "", trial_hook.options_flags);
    try_scenario(scenario, &trial_hook);
    label[0] = '\0';
    const int has_failed = plan.n_calls >= plan.at;
    n_failures += has_failed != 0;
    return has_failed;
}

static void memory_runs_out_in_scenarios(unsigned traits)
{
    NEEDS_MALLOC_HOOK();
    for (size_t i = 0; i < n_scenarios; i++) {
        plan.at = 1;
        while ((scenarios[i].traits & traits) == traits && try_plan(&scenarios[i])) {
            plan.at++;
        }
    }
}

static void each_allocation_fails(void **state)
{
    (void)state;
    memory_runs_out_in_scenarios(0);
    assert_in_range(n_failures, 200, SIZE_MAX);
}

static void there_is_no_more_memory(void **state)
{
    (void)state;
    hook.fails_on = 1;
    memory_runs_out_in_scenarios(0);
}

static void each_allocation_fails_without_locks(void **state)
{
    (void)state;
    trial_hook.options_flags = SMC_STORE_NO_LOCKS;
    memory_runs_out_in_scenarios(TRIAL_IS_MAIN);
}

static int begin(void **state)
{
    (void)state;
    trials_in_memory();
    alarm(HANGS_S);
    return 0;
}

static int say_where(void **state)
{
    (void)state;
    hook.fail_at = 0;
    hook.fails_on = 0;
    trial_hook.options_flags = 0;
    if (label[0] != '\0') {
        print_message("# %s\n", label);
        label[0] = '\0';
    }
    return 0;
}

static int report(void **state)
{
    (void)state;
    print_message("# %zu faults\n", n_failures);
    return 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, NULL, say_where)
    const struct CMUnitTest tests[] = {
        TEST(each_allocation_fails),
        TEST(there_is_no_more_memory),
        TEST(each_allocation_fails_without_locks),
    };
    return cmocka_run_group_tests(tests, begin, report);
}
