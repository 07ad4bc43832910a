#!/bin/sh
# usage: setup.sh TRIPLE...
# Finds the compilers for other machines, and the emulators of these. What is missing on a Debian machine is installed;
# elsewhere this says what to install, and exits with 1.
set -eu

cd "$(dirname "$0")/../.."
. tools/setup.sh

triples=$*
packages=qemu-user
for triple in $triples; do
    packages="$packages gcc-$triple"
done

check_tools() {
    for triple in $triples; do
        need "$triple-gcc, a compiler" has_program "$triple-gcc"
    done
    for machine in s390x aarch64 i386; do
        need "qemu-$machine, an emulator" has_program "qemu-$machine"
    done
    need 'apt-get and dpkg-deb, for the libraries of these machines' has_program apt-get
}
setup check_tools $packages
