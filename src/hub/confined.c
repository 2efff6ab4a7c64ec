// SPDX-License-Identifier: Apache-2.0
#include "hub/confined_private.h"

#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The C library, names of hosts, and who signs certificates; never a folder that also holds
 * secrets. */
static const struct sandbox_path everybodys[] = {
    { "/dev/null", SANDBOX_READ | SANDBOX_WRITE },
    { "/dev/random", SANDBOX_READ },
    { "/dev/urandom", SANDBOX_READ },
    { "/etc/ca-certificates", SANDBOX_READ },
    { "/etc/gai.conf", SANDBOX_READ },
    { "/etc/gnutls", SANDBOX_READ },
    { "/etc/host.conf", SANDBOX_READ },
    { "/etc/hosts", SANDBOX_READ },
    { "/etc/krb5.conf", SANDBOX_READ },
    { "/etc/ld.so.cache", SANDBOX_READ },
    { "/etc/localtime", SANDBOX_READ },
    { "/etc/nsswitch.conf", SANDBOX_READ },
    { "/etc/passwd", SANDBOX_READ },
    { "/etc/protocols", SANDBOX_READ },
    { "/etc/services", SANDBOX_READ },
    { "/etc/ssl/certs", SANDBOX_READ },
    { "/etc/ssl/openssl.cnf", SANDBOX_READ },
    { "/lib", SANDBOX_READ },
    { "/lib64", SANDBOX_READ },
    { "/proc/self", SANDBOX_READ },
    { "/run/systemd/resolve", SANDBOX_READ },
    { "/usr", SANDBOX_READ },
};

void reach_add(struct reach *reach, unsigned access, const char *format, ...)
{
    size_t at = reach->plan.count;
    if (at == REACH_MAX) {
        reach->is_short = true;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(reach->room[at], REACH_PATH_MAX, format, arguments);
    va_end(arguments);
    if (len < 0 || len >= REACH_PATH_MAX) {
        reach->is_short = true;
        return;
    }
    reach->paths[at] = (struct sandbox_path){ reach->room[at], access };
    reach->plan.count++;
}

void reach_add_folder_of(struct reach *reach, const char *file)
{
    char room[REACH_PATH_MAX];
    snprintf(room, sizeof room, "%s", file);
    const char *folder = dirname(room);
    bool is_everybodys = strcmp(folder, "/") == 0 || strcmp(folder, "/etc") == 0;
    reach_add(reach, SANDBOX_READ, "%s", is_everybodys ? file : folder);
}

/* A file that is replaced by another of its name, or is a link to one that is: its folder. */
static void add_replaced(struct reach *reach, const char *file)
{
    char *real = file ? realpath(file, NULL) : NULL;
    if (file)
        reach_add_folder_of(reach, file);
    if (real)
        reach_add_folder_of(reach, real);
    free(real);
}

static void add_listener(struct reach *reach, const struct hub_listener *listener)
{
    add_replaced(reach, listener->certificate);
    add_replaced(reach, listener->key);
    add_replaced(reach, listener->authority);
}

static void add_need(void *context, enum database_need need, const char *path)
{
    struct reach *reach = context;
    switch (need) {
    case DATABASE_READS: reach_add(reach, SANDBOX_READ, "%s", path); break;
    case DATABASE_WRITES: reach_add(reach, SANDBOX_READ | SANDBOX_WRITE, "%s", path); break;
    case DATABASE_LOCAL_SOCKETS: reach->plan.needs_local_sockets = true; break;
    }
}

struct reach *reach_make(const struct hub *hub, struct error *err)
{
    struct reach *reach = calloc(1, sizeof *reach);
    if (!reach) {
        (void)error_set(err, ENOMEM, "confinement");
        return NULL;
    }
    reach->plan.paths = reach->paths;
    for (size_t i = 0; i < sizeof everybodys / sizeof *everybodys; i++)
        reach_add(reach, everybodys[i].access, "%s", everybodys[i].path);
    if (hub->settings.law_folder)
        reach_add(reach, SANDBOX_READ, "%s", hub->settings.law_folder);
    return reach;
}

static void add_all(struct hub *hub, struct reach *reach)
{
    const struct hub_settings *settings = &hub->settings;
    reach_add(reach, SANDBOX_READ | SANDBOX_WRITE, "%s", settings->folder);
    if (settings->web)
        reach_add(reach, SANDBOX_READ, "%s", settings->web);
    if (settings->interface)
        reach_add(reach, SANDBOX_READ, "%s", settings->interface);
    add_replaced(reach, "/etc/resolv.conf");
    add_replaced(reach, settings->oidc.authority);
    add_listener(reach, &settings->people);
    add_listener(reach, &settings->sensors);
    database_each_need(hub->writer, add_need, reach);
}

/* Root without capabilities is a user like any other: what is another's it cannot write. */
static bool is_ours(const char *folder, struct error *err)
{
    struct stat is;
    if (stat(folder, &is) != 0)
        return error_set(err, errno, "%s", folder);
    return geteuid() != 0 || is.st_uid == 0 ||
           error_set(err, EACCES, "%s belongs to another user: serve as that one", folder);
}

static bool tell(struct hub *hub, const struct sandbox_made *made, struct error *err)
{
    bool is_whole = sandbox_is_whole(made);
    if (!is_whole)
        snprintf(hub->weakness, sizeof hub->weakness, "without%s%s",
                 made->has_seccomp ? "" : " seccomp",
                 made->landlock_abi > 0 ? "" : " Landlock");
    if (!is_whole && hub->settings.confine == HUB_CONFINE_REQUIRED)
        return error_set(err, 0, "this kernel does not confine the hub: it would serve %s",
                         hub->weakness);
    hub_tell(hub, is_whole ? "info" : "error", is_whole ? "confined" : "not confined",
             json_pack("{s:b, s:i}", "seccomp", made->has_seccomp, "landlock",
                       (int)made->landlock_abi));
    return true;
}

bool hub_confine(struct hub *hub, struct error *err)
{
    struct sandbox_made made = { .has_seccomp = false };
    if (hub->settings.confine == HUB_CONFINE_NOT)
        return tell(hub, &made, err);
    struct reach *reach = is_ours(hub->settings.folder, err) ? reach_make(hub, err) : NULL;
    if (!reach)
        return false;
    add_all(hub, reach);
    bool is_done = (!reach->is_short || error_set(err, ENAMETOOLONG, "confinement")) &&
                   sandbox_enter_serving(&reach->plan, &made, err) && tell(hub, &made, err);
    free(reach);
    return is_done;
}
