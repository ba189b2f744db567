# release.sh: sourced by the scripts that work in another Debian release: unpacks it by debootstrap, runs commands in it
# by chroot. Needs root and the network. SPDX-License-Identifier: PostgreSQL

[[ $EUID -eq 0 ]] || {
    echo "${0##*/}: chroot needs root" >&2
    exit 1
}
command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap || exit 1

checkout=$(cd "$(dirname "$0")/.." && pwd)
matrix=${MATRIX_DIR:-/var/tmp/bookonce-matrix}
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)}
mkdir -p "$matrix" || exit 1

# Runs a command inside a release. Its mounts are in a namespace of their own, so none is left behind.
inside()
{
    local root=$1
    shift
    unshare --mount --propagation private bash -c '
        mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm" && mount -t tmpfs tmpfs "$0/tmp" &&
            exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
                DEBIAN_FRONTEND=noninteractive "$@"
        ' "$root" "$@"
}

# A bare release in a folder, whose packages start no service. An older debootstrap does not know the newest releases,
# which are made as sid is.
unpack_release()
{
    local release=$1 root=$2 script=$1
    [[ -e /usr/share/debootstrap/scripts/$release ]] || script=sid
    [[ -e $root/etc/debian_version ]] || debootstrap --variant=minbase "$release" "$root" "$mirror" "$script" || return
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    mkdir -p "$root/etc/postgresql-common"
    echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
    # A mirror that is not updated any more will do, though what it says of itself has expired.
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/10release"
}

# The checkout as it is, with what is not committed yet but without what is built. It may be another user's, who called
# sudo: git asks root whether that is meant.
copy_checkout()
{
    rm -rf "$1"
    mkdir -p "$1"
    (cd "$checkout" && git -c "safe.directory=$checkout" ls-files -z --cached --others --exclude-standard |
        tar --null --ignore-failed-read -T - -c) | tar -x -C "$1"
}

# `in_each FUNCTION RELEASE..` calls the function for each release, and adds up.
in_each()
{
    local what=$1 release passed=0 failed=0 table=
    shift
    for release in "$@"; do
        echo "== $release"
        if "$what" "$release"; then
            passed=$((passed + 1)) table+="$release passed"$'\n'
        else
            failed=$((failed + 1)) table+="$release failed"$'\n'
        fi
    done
    printf '\n%s%d passed, %d failed\n' "$table" "$passed" "$failed"
    [[ $failed -eq 0 ]]
}
