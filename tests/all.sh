#!/bin/sh
# usage: all.sh [--full]
# Runs all tests: built by gcc, with gcc's AddressSanitizer, and with clang's UndefinedBehaviorSanitizer; and the unit
# tests built by clang as it ships. With --full, with both sanitizers of both compilers, and all by clang.
# What is missing on a Debian machine is installed first; elsewhere this says what to install.
# The last line sums up all runs: N passed, N failed, N skipped.
set -eu

cd "$(dirname "$0")/.."
. tools/setup.sh

check_tools() {
    for compiler in gcc clang; do
        need "$compiler, a C compiler" has_program "$compiler"
        need "the headers of the C library, for $compiler" can_link "$compiler" c
        need "AddressSanitizer of $compiler" can_link "$compiler" c -fsanitize=address
        need "UndefinedBehaviorSanitizer of $compiler" can_link "$compiler" c -fsanitize=undefined
    done
    need 'g++, a C++ compiler' can_link g++ c++
    need 'clang++, a C++ compiler' can_link clang++ c++
    need 'clang-format 14' has_program clang-format
    need 'clang-tidy 14' has_program clang-tidy
    need 'ninja 1.10 or later' has_program ninja
    need 'Python 3.11 or later' has_program python3
    need 'zlib, with zlib.h' can_link gcc c -include zlib.h -lz
    need 'libdeflate, with libdeflate.h' can_link gcc c -include libdeflate.h -ldeflate
    need 'xxhash.h, of xxHash 0.8 or later' has_headers gcc xxhash.h
    need 'scdoc, for the manual' has_program scdoc
    need 'groff, for the manual' has_program groff
    need 'cmocka, with cmocka.h' has_headers gcc stdarg.h stddef.h setjmp.h stdint.h cmocka.h
}
setup check_tools gcc g++ libc6-dev clang libclang-rt-dev clang-format clang-tidy ninja-build python3 \
    zlib1g-dev libdeflate-dev libxxhash-dev libcmocka-dev libjansson-dev scdoc groff-base

tally=$(mktemp)
mounted=
clean_up() {
    rm -f "$tally"
    [ -z "$mounted" ] || umount /proc
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# AddressSanitizer reads the memory map of its process, and a bare chroot has no /proc: it gets one until the end.
if [ ! -e /proc/self/maps ] && [ "$(id -u)" = 0 ] && mount -t proc proc /proc; then
    mounted=1
fi

# run BUILD_FILE TARGET. A run that ends before its tests do is a failure of its own.
run() {
    printf '\n== ninja -f %s %s\n' "$1" "$2"
    if [ "$2" = check-asan ] && [ ! -e /proc/self/maps ]; then
        echo 'skipped: AddressSanitizer needs /proc, which is not mounted'
        echo '0 0 1' >> "$tally"
        return
    fi
    n_before=$(wc -l < "$tally")
    if ! SMCACHE_TALLY=$tally ninja -f "$1" "$2" && [ "$(wc -l < "$tally")" = "$n_before" ]; then
        echo '0 1 0' >> "$tally"
    fi
}

gcc_targets='check check-asan' clang_targets='check-unit check-ubsan'
if [ "${1-}" = --full ]; then
    gcc_targets="$gcc_targets check-ubsan" clang_targets='check check-asan check-ubsan'
fi
for target in $gcc_targets; do
    run build.ninja "$target"
done
./configure.py --cc clang --build-dir build/clang --output build/clang/build.ninja
for target in $clang_targets; do
    run build/clang/build.ninja "$target"
done

n_passed=0 n_failed=0 n_skipped=0
while read -r passed failed skipped; do
    n_passed=$((n_passed + passed)) n_failed=$((n_failed + failed)) n_skipped=$((n_skipped + skipped))
done < "$tally"
printf '\n%s passed, %s failed, %s skipped\n' "$n_passed" "$n_failed" "$n_skipped"
[ "$n_failed" = 0 ] && [ "$n_passed" != 0 ]
