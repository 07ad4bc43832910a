#!/bin/sh
# usage: [DESTDIR=DIR] [PREFIX=/usr/local] install.sh BUILD_DIR
# Installs the program, both libraries and the public headers.
set -eu

cd "$(dirname "$0")/.."
build=$1
to=${DESTDIR-}${PREFIX-/usr/local}

install -d "$to/bin" "$to/lib" "$to/include/smcache"
install -m 755 "$build/smcache" "$to/bin/smcache"
install -m 644 "$build/libsmcache.a" "$to/lib/libsmcache.a"
install -m 644 "$build/libsmcache.so.0" "$to/lib/libsmcache.so.0"
ln -sf libsmcache.so.0 "$to/lib/libsmcache.so"

# The manual is there after `ninja man`, which needs scdoc.
for page in "$build"/man/*.1; do
    if [ -e "$page" ]; then
        install -d "$to/share/man/man1"
        install -m 644 "$page" "$to/share/man/man1/"
    fi
done

# The headers lie side by side there, whatever their rooms are here.
for header in src/reader/smcache.h src/build/smcache_build.h src/cached/smcache_cached.h src/chain/smcache_chain.h \
    src/store/smcache_store.h src/verify/smcache_verify.h src/stack/smcache_stack.h \
    src/symbolicate/smcache_symbolicate.h src/rewrite/smcache_rewrite.h; do
    installed=$to/include/smcache/${header##*/}
    sed 's|^#include "src/.*/\(smcache[a-z_]*\.h\)"|#include "\1"|' "$header" > "$installed"
    chmod 644 "$installed"
done
