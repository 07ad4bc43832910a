#include "tests/unit/children.h"

#include "tests/unit/support.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t running[CHILDREN_MAX];

/* Where a process is noted, or 0 where there is room for one. */
static pid_t *place_of(pid_t pid)
{
    for (size_t i = 0; i < COUNT_OF(running); i++) {
        if (running[i] == pid) {
            return &running[i];
        }
    }
    fail_msg("too many processes, or not one of them");
    return NULL;
}

pid_t child_start(int (*run)(void *context), void *context)
{
    const pid_t parent = getpid();
    pid_t *place = place_of(0);

    (void)fflush(NULL);
    *place = fork();
    assert_true(*place >= 0);
    if (*place == 0) {
        /* The parent may have ended before that was said. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            _exit(99);
        }
        _exit(run(context));
    }
    return *place;
}

int child_wait(pid_t pid)
{
    pid_t *place = place_of(pid), waited;
    int status;

    do {
        waited = waitpid(pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    *place = 0;
    assert_int_equal(waited, pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int child_has_ended(pid_t pid)
{
    siginfo_t info = {.si_pid = 0};

    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT), 0);
    return info.si_pid != 0;
}

void child_kill(pid_t pid)
{
    (void)kill(pid, SIGKILL);
    (void)child_wait(pid);
}

void child_stop(pid_t pid)
{
    int status;

    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_true(WIFSTOPPED(status));
}

void children_pause(void)
{
    siginfo_t info;

    for (size_t i = 0; i < COUNT_OF(running); i++) {
        if (running[i] != 0) {
            assert_int_equal(kill(running[i], SIGSTOP), 0);
        }
    }
    for (size_t i = 0; i < COUNT_OF(running); i++) {
        if (running[i] != 0) {
            assert_int_equal(waitid(P_PID, (id_t)running[i], &info, WSTOPPED | WEXITED | WNOWAIT),
                             0);
        }
    }
}

void children_continue(void)
{
    for (size_t i = 0; i < COUNT_OF(running); i++) {
        if (running[i] != 0) {
            assert_int_equal(kill(running[i], SIGCONT), 0);
        }
    }
}

void children_end(void)
{
    for (size_t i = 0; i < COUNT_OF(running); i++) {
        if (running[i] != 0) {
            child_kill(running[i]);
        }
    }
}

void *shared_new(size_t nbytes)
{
    void *memory = mmap(NULL, nbytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

void shared_free(void *memory, size_t nbytes)
{
    (void)munmap(memory, nbytes);
}

void sleep_us(unsigned us)
{
    const struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
    (void)nanosleep(&time, NULL);
}
