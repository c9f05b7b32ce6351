/*
 * Clears the environment of a set-gid start before the .NET runtime reads it.
 *
 * The runtime and its libraries take settings from DOTNET_* variables, among them the name of the OpenSSL library to load
 * (DOTNET_OPENSSL_VERSION_OVERRIDE) and crash dumps (DOTNET_DbgEnableMiniDump); the loader ignores only its own LD_*. Managed code runs too
 * late to prevent that, and C# cannot run before its runtime: hence the only C file of the project. .preinit_array runs before every
 * constructor and before main. What stays is what Postfix's commands accept from their caller; MAIL_CONFIG is checked later
 * (ForeignConfiguration.cs). docs/processes.md, "The set-gid commands".
 */
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

static int is_kept(const char *variable)
{
    static const char *const kept[] = {"MAIL_CONFIG=", "MAIL_DEBUG=", "MAIL_LOGTAG="};
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        if (strncmp(variable, kept[i], strlen(kept[i])) == 0) {
            return 1;
        }
    }

    /* A time zone's name, not the path of a file. */
    return strncmp(variable, "TZ=", 3) == 0 && variable[3] != '/' && variable[3] != ':' && strstr(variable, "..") == NULL;
}

static void clear_environment(int count, char **arguments, char **environment)
{
    (void)count;
    (void)arguments;
    if (getauxval(AT_SECURE) == 0) {
        return;
    }

    char **end = environment;
    for (char **variable = environment; *variable != NULL; variable++) {
        if (is_kept(*variable)) {
            *end++ = *variable;
        }
    }

    *end = NULL;
}

__attribute__((section(".preinit_array"), used, retain)) static void (*const before_all)(int, char **, char **) = clear_environment;
