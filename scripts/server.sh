# server.sh: sourced by the other scripts. Which PostgreSQL they use, and which user may run it.
# PostgreSQL refuses root, so as root every server process starts behind "${as_server[@]}".
# SPDX-License-Identifier: PostgreSQL

pg_config=${PG_CONFIG:-pg_config}
command -v "$pg_config" >/dev/null || {
    echo "$pg_config was not found: run scripts/setup, or set PG_CONFIG" >&2
    exit 1
}
bindir=$("$pg_config" --bindir)
# Its own psql and pg_dump, not Debian's, which choose a version by the clusters of the machine.
[[ $PATH == "$bindir":* ]] || PATH=$bindir:$PATH

server_user=$(id -un)
as_server=()
if [[ $EUID -eq 0 ]]; then
    server_user=postgres
    id "$server_user" >/dev/null 2>&1 || server_user=nobody
    # setpriv, not runuser: it puts no process of its own between us and the server.
    # shellcheck disable=SC2034 # for the scripts that source this one
    as_server=(setpriv "--reuid=$server_user" "--regid=$(id -g "$server_user")" --init-groups --)
fi
