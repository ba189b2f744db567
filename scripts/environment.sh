# environment.sh: sourced first by every other script, so that no variable of the caller matters: not the locale, the
# time zone or the umask, none of PG*, GTEST_*, CXXFLAGS or MAKEFLAGS, no function or option of another shell. What may
# pass is listed here; everything else is taken away, for nobody knows all the names that programs listen to.
# SPDX-License-Identifier: PostgreSQL

# The first script of a run cleans; what it sets for its children, they keep.
if [[ ${BOOKONCE_ENVIRONMENT:-} != clean ]]; then
    set +aefuvC +o posix
    shopt -u nullglob failglob dotglob nocaseglob nocasematch
    # shellcheck disable=SC2046 # one word for each function
    unset -f $(compgen -A function)
    for variable in $(compgen -e); do
        case $variable in
            # What is wanted of us. BOOKONCE_TMPDIR is where servers live, in place of /tmp.
            PG_CONFIG | ASSERT | FULL | CLANG | CLANGXX | WERROR | BOOKONCE_TMPDIR | BOOKONCE_SEED | BOOKONCE_STORM) ;;
            BOOKONCE_REPEAT | BOOKONCE_CHANGES | BOOKONCE_HISTORY | BOOKONCE_DIRECT_INSERT) ;;
            PG_TEST_TIMEOUT_DEFAULT | PG_TEST_NOCLEAN | MATRIX_DIR | MATRIX_PARTS | DEBIAN_MIRROR) ;;
            PWD | OLDPWD | SHLVL) ;; # The shell's own.
            # Who we are, and the way to programs, to libraries outside the system's folders and to the network.
            PATH | HOME | USER | LOGNAME | SHELL | TERM | SUDO_ASKPASS | SSH_AUTH_SOCK) ;;
            CCACHE_* | PKG_CONFIG_PATH | LD_LIBRARY_PATH) ;;
            *_proxy | *_PROXY | SSL_CERT_FILE | SSL_CERT_DIR | NODE_EXTRA_CA_CERTS | APT_CONFIG) ;;
            SHELLOPTS | BASHOPTS) declare +x "$variable" ;; # They cannot be unset.
            *) unset "$variable" ;;
        esac
    done 2>/dev/null # Bash complains of a locale that this machine has not.
    unset variable

    umask 022
    [[ :$PATH: == *:/usr/sbin:* ]] || PATH+=:/usr/sbin:/sbin
    # PostgreSQL's TAP modules delete LC_ALL and then take LANG's word for the encoding of the servers that they make.
    LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC HOME=${HOME:-/} TMPDIR=${BOOKONCE_TMPDIR:-/tmp}
    # `make test WERROR=` reaches the make that builds; how many jobs there are is our business.
    MAKEFLAGS="-j$(nproc)${WERROR+ WERROR=$WERROR}"
    BOOKONCE_ENVIRONMENT=clean
    export PATH LANG LC_ALL TZ HOME TMPDIR MAKEFLAGS BOOKONCE_ENVIRONMENT
fi
