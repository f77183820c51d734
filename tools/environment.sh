# Makes .venv with the pinned dependencies and the package; sourced by the programs beside it.
#
# Nothing is done where .venv was made from the same pins and the same pyproject.toml. Needs
# Python 3.11 or newer and a network; PYTHON=/path/to/python chooses another one than the first
# found.

cd "$(dirname "$0")/.."

say() {
    printf '%s\n' "$*"
}

give_up() {
    say "$*" >&2
    exit 3
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
        if is_new_enough "$candidate"; then
            say "$candidate"
            return
        fi
    done
    give_up "Python 3.11 or newer is needed; PYTHON=/path/to/python says where it is"
}

what_it_is_made_from() {
    pwd
    cat tools/constraints.txt pyproject.toml | cksum
}

make_environment() {
    if [ -f .venv/made-from ] && [ "$(cat .venv/made-from)" = "$(what_it_is_made_from)" ] &&
        .venv/bin/python -c '' 2>/dev/null; then
        return
    fi
    if is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        say "Bringing .venv up to date"
    else
        python=$(find_python)
        say "Making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv || "$python" -m virtualenv --quiet .venv ||
            give_up "$python can make no virtual environment: it lacks both venv and virtualenv"
    fi
    quiet=
    [ -t 1 ] || quiet=--quiet
    say "Installing the pinned dependencies; torch is large, the first time takes some minutes"
    install="install $quiet --disable-pip-version-check --constraint tools/constraints.txt"
    # shellcheck disable=SC2086
    .venv/bin/python -m pip $install setuptools
    # `compat` puts the clone on the path by one line; the other mode runs a finder at every start.
    # shellcheck disable=SC2086
    .venv/bin/python -m pip $install --no-build-isolation --config-settings editable_mode=compat \
        --editable '.[torch,test]'
    what_it_is_made_from >.venv/made-from
}

make_environment
