/* SPDX-License-Identifier: Apache-2.0 */
#include "native_cache.h"

#include <errno.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sha256.h"

#define ENTRY_FORMAT "2"         /* before there was no digest */
#define DIGEST_BYTES 64u         /* as text */

extern char **environ;

/* -- Names -------------------------------------------------------------------- */

/* What the compiler is: it changes when Debian updates it. */
static bool
compiler_version(const char *compiler, char *text, size_t size)
{
    const char *const arguments[] = { compiler, "--version", NULL };
    posix_spawn_file_actions_t actions;
    int ends[2];
    ssize_t n = -1;
    pid_t pid;
    int status = 1;

    if (pipe(ends) != 0) {
        return false;
    }
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    (void)posix_spawn_file_actions_addclose(&actions, ends[0]);
    if (posix_spawnp(&pid, compiler, &actions, NULL,
                     (char *const *)(uintptr_t)arguments, environ) == 0) {
        (void)close(ends[1]);
        ends[1] = -1;
        n = read(ends[0], text, size - 1);
        (void)waitpid(pid, &status, 0);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(ends[0]);
    if (ends[1] >= 0) {
        (void)close(ends[1]);
    }
    text[n > 0 ? n : 0] = '\0';
    return n > 0 && status == 0;
}

static void
add_text(struct sha256 *hash, const char *text)
{
    sha256_add(hash, text, strlen(text) + 1);
}

/* What lies there becomes code of this user's: nobody else may write it. */
static bool
is_own_folder(const char *folder)
{
    struct stat status;

    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool
native_cache_find(const struct native_target *target, const char *text,
                  size_t n_bytes, const char *level, char *path, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char folder[PATH_MAX - 80];
    char version[512];
    struct sha256 hash;
    char name[DIGEST_BYTES + 1];

    if (cache && *cache == '/') {
        (void)snprintf(folder, sizeof folder, "%s", cache);
    } else if (home && *home == '/') {
        (void)snprintf(folder, sizeof folder, "%s/.cache", home);
    } else {
        return false;
    }
    if (!compiler_version(target->compiler, version, sizeof version)) {
        return false;
    }
    (void)mkdir(folder, 0700);
    (void)strncat(folder, "/wasmio", sizeof folder - strlen(folder) - 1);
    if ((mkdir(folder, 0700) != 0 && errno != EEXIST) ||
        !is_own_folder(folder)) {
        return false;
    }
    sha256_begin(&hash);
    add_text(&hash, ENTRY_FORMAT);
    sha256_add(&hash, text, n_bytes);
    add_text(&hash, native_guest_h);
    add_text(&hash, native_image_h);
    add_text(&hash, version);
    add_text(&hash, level ? level : "");
    for (uint32_t i = 0; target->arguments[i]; i++) {
        add_text(&hash, target->arguments[i]);
    }
    sha256_end(&hash, name);
    (void)snprintf(path, size, "%s/%s", folder, name);
    return true;
}

/* -- Entries ------------------------------------------------------------------ */

/* Of the name too: an entry is none of another name. */
static void
digest(const char *path, const uint8_t *bytes, size_t n_bytes,
       char text[DIGEST_BYTES + 1])
{
    struct sha256 hash;

    sha256_begin(&hash);
    add_text(&hash, strrchr(path, '/') + 1);
    sha256_add(&hash, bytes, n_bytes);
    sha256_end(&hash, text);
}

/* @end: a text that lies behind. */
static bool
write_all(const char *path, const uint8_t *bytes, size_t n_bytes,
          const char *end)
{
    FILE *out = fopen(path, "wb");
    bool good;

    if (!out) {
        return false;
    }
    good = fwrite(bytes, 1, n_bytes, out) == n_bytes && fputs(end, out) >= 0;
    return fclose(out) == 0 && good;
}

bool
native_cache_take(const struct cli_command *command, const char *path,
                  const char *out)
{
    char text[DIGEST_BYTES + 1];
    uint8_t *bytes;
    size_t n = 0;
    bool good;

    if (access(path, R_OK) != 0) {
        return false;
    }
    bytes = cli_read_file(command, path, NATIVE_MAX_BYTES, &n);
    good = bytes && n >= DIGEST_BYTES;
    if (good) {
        n -= DIGEST_BYTES;
        digest(path, bytes, n, text);
        good = memcmp(bytes + n, text, DIGEST_BYTES) == 0 &&
               write_all(out, bytes, n, "");
    }
    free(bytes);
    return good;
}

/* Whole or not at all: others may look at the same time. */
void
native_cache_keep(const struct cli_command *command, const char *made,
                  const char *path)
{
    char part[PATH_MAX + 24];
    char text[DIGEST_BYTES + 1];
    size_t n = 0;
    uint8_t *bytes = cli_read_file(command, made,
                                   NATIVE_MAX_BYTES - DIGEST_BYTES, &n);

    if (!bytes) {
        return;
    }
    (void)snprintf(part, sizeof part, "%s.%ld", path, (long)getpid());
    digest(path, bytes, n, text);
    if (!write_all(part, bytes, n, text) || rename(part, path) != 0) {
        (void)remove(part);
    }
    free(bytes);
}
