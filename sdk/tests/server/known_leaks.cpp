// SPDX-License-Identifier: PostgreSQL
// known_leaks.cpp: what LeakSanitizer need not report, because it is not ours to fix.
#include <pqxx/version>

#if PQXX_VERSION_MAJOR < 7
// libpqxx 6.4 asks for the connection's encoding before it owns the result, and drops the result when the connection is
// lost: about 2 kB for each lost connection.
extern "C" const char *__lsan_default_suppressions();
extern "C" const char *__lsan_default_suppressions()
{
    return "leak:libpqxx-6.4.so\n";
}

// Suppressions are not printed, because some programs have their output compared.
extern "C" const char *__lsan_default_options();
extern "C" const char *__lsan_default_options()
{
    return "print_suppressions=0";
}
#endif
