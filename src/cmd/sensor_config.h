// SPDX-License-Identifier: Apache-2.0
/* The file of a sensor, sensor.yaml (docs/man/sensor.yaml.5): one table reads, checks and
 * prints it.  Paths are as seen from where the sensor is begun. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "cmd/watch_options.h"

struct sensor_sources {
    const char *read; /* of a capture: packets, exports or logs */
    const char *capture;
    char **listen;
    unsigned listen_count;
    char **interfaces;
    unsigned interface_count;
    const char *tls_certificate, *tls_key, *tls_authority;
    const char *sampling;
};

struct sensor_border {
    const char *networks, *delegated, *mmdb, *country;
};

/* Whom `sekisho uplink` reports to. */
struct sensor_hub {
    const char *url; /* https://HOST:PORT; NULL: nobody */
    const char *certificate, *key, *authority;
    const char *statistics;      /* a folder of `watch --state`; NULL: none are sent */
    unsigned batch_records;      /* in one request */
    unsigned records_per_second; /* on average, at most */
    unsigned interval_seconds;   /* between looks where there is nothing to send */
};

struct sensor_config {
    const char *law;       /* which law's data */
    const char *basis;     /* its identifier there */
    const char *equipment; /* as warrants name it */
    struct sensor_sources sources;
    struct sensor_border border;
    struct sensor_hub hub;
    char **indicators;
    unsigned indicator_count;
    char **indicator_keys; /* who has to have signed a generation */
    unsigned indicator_key_count;
    const char *warrants; /* a folder */
    const char *trust;    /* whose signatures count */
    const char *overseer; /* a file: the public key that lines' keys are sealed to */
    const char *state;    /* a folder; "": as XDG_STATE_HOME says */
    char **exports;
    unsigned export_count;
    const char *pseudonyms;
    const char *user; /* whom the collector becomes where the sensor is root */
    unsigned retain_days;
    unsigned workers;
    unsigned memory_mib;
    unsigned judge_seconds;
    unsigned idle_seconds; /* of packets: a flow silent so long is over */
    unsigned wait_seconds; /* of exports: for the other half, slices, other observers */
    bool allow_weak_sandbox;
};

/* What is left out has its default.  False: what is wrong, and where. */
MUST_CHECK bool sensor_config_load(const char *path, struct sensor_config *out,
                                   struct error *err);
/* Every setting, as the file may have it: read again, it is the same. */
MUST_CHECK bool sensor_config_print(const struct sensor_config *config, FILE *out,
                                    struct error *err);
/* As `sekisho watch` takes its input. */
void sensor_config_watch(const struct sensor_config *config, struct watch_options *out);
