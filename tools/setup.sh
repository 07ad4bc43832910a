# Sourced by the commands of the README: finds what is missing, and installs it where it is known how. A POSIX shell
# is all it takes.
#
#   setup CHECK PACKAGE...     CHECK is a function that calls `need` for each thing; if one is missing, installs
#                              Debian's packages, or says what to install and exits 1
#   need WHAT PROBE...         the probe, a command, fails if WHAT is missing

missing=

need() {
    what=$1
    shift
    "$@" || missing="$missing  $what
"
}

has_program() {
    command -v "$1" > /dev/null
}

# has_header COMPILER HEADER...
has_headers() {
    compiler=$1
    shift
    printf '#include <%s>\n' "$@" | "$compiler" -E -x c - > /dev/null 2>&1
}

# can_link COMPILER LANGUAGE FLAG...
can_link() {
    compiler=$1 language=$2
    shift 2
    folder=$(mktemp -d)
    printf '#include <stdlib.h>\nint main(void) { return 0; }\n' |
        "$compiler" -x "$language" - "$@" -o "$folder/program" > /dev/null 2>&1
    set -- $?
    rm -rf "$folder"
    return "$1"
}

is_debian() {
    has_program apt-get && [ -r /etc/os-release ] &&
        (. /etc/os-release && case " ${ID-} ${ID_LIKE-} " in *' debian '*) ;; *) exit 1 ;; esac)
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >&2
}

install_packages() {
    if ! is_debian; then
        echo "Install these and run this again. On Debian they are in: $*" >&2
        exit 1
    fi
    if [ "$(id -u)" != 0 ] && ! has_program sudo; then
        echo "There is no sudo: as root, run this, and then this command again: apt-get install $*" >&2
        exit 1
    fi
    echo "Installing from the distribution: $*" >&2
    if ! apt_get update || ! apt_get install -y --no-install-recommends --no-upgrade "$@"; then
        echo 'That failed.' >&2
        exit 1
    fi
}

setup() {
    check=$1
    shift
    "$check"
    if [ -n "$missing" ]; then
        printf 'Missing here:\n%s' "$missing" >&2
        install_packages "$@"
        missing=
        "$check"
    fi
    if [ -n "$missing" ]; then
        printf 'Still missing:\n%s' "$missing" >&2
        exit 1
    fi
    # In a copied tree build.ninja may look older than configure.py, and would be written anew. Where no Python can do
    # that, it is up to date all the same: it is committed, and a test compares it.
    has_program python3 || touch build.ninja
}
