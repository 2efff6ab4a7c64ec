// SPDX-License-Identifier: Apache-2.0
#include "cmd/watch_reference.h"

#include "cmd/own_ledger.h"
#include "cmd/public_key.h"
#include "generation/file.h"
#include "reference/lists.h"
#include "reference/prefixes.h"
#include "system/entropy.h"

static bool load_places(const struct watch_options *options, struct watch_reference *out,
                        struct error *err)
{
    struct prefix_files files = { .networks = options->networks,
                                  .registries = &options->delegated,
                                  .registry_count = options->delegated != NULL,
                                  .databases = &options->mmdb,
                                  .database_count = options->mmdb != NULL };
    if (!options->networks && !options->delegated && !options->mmdb)
        return true;
    if (options->country)
        memcpy(files.country, options->country, sizeof files.country);
    out->names_own = options->networks != NULL;
    return prefixes_load(&files, &out->places, err);
}

static uint64_t refused_of(const struct list_report *report)
{
    uint64_t refused = 0;
    for (size_t why = 0; why < LIST_REFUSALS; why++)
        refused += report->refused[why];
    return refused;
}

static void tell_refused(const struct list_report *report)
{
    fprintf(stderr, "sekisho watch: list %s: %llu taken, %llu refused\n", report->name,
            (unsigned long long)report->taken, (unsigned long long)refused_of(report));
    for (size_t i = 0; i < report->example_count; i++) {
        const struct list_example *example = &report->examples[i];
        fprintf(stderr, "  line %llu: \"%s\": %s\n", (unsigned long long)example->line,
                example->value, list_refusal_words(example->why));
    }
}

static bool read_keys(const struct watch_options *options, struct note_key keys[WATCH_KEYS_MAX],
                      struct error *err)
{
    if (options->indicator_key_count == 0)
        return error_set(err, 0,
                         "a generation needs --indicators-key: who has to have signed it?");
    for (size_t i = 0; i < options->indicator_key_count; i++) {
        if (!public_key_read(options->indicator_keys[i], &keys[i], err))
            return false;
    }
    return true;
}

bool watch_reference_open(const struct watch_options *options, enum generation_how how,
                          struct generation_file *files[WATCH_GENERATIONS_MAX],
                          struct error *err)
{
    struct note_key keys[WATCH_KEYS_MAX];
    struct generation_trust trust = { keys, options->indicator_key_count };
    files[0] = files[1] = NULL;
    if (!read_keys(options, keys, err))
        return false;
    if (options->indicator_count > WATCH_GENERATIONS_MAX)
        return error_set(err, 0, "a generation stands alone, or with its overlay");
    for (size_t i = 0; i < options->indicator_count; i++) {
        files[i] = generation_open(options->indicators[i], how, &trust, err);
        if (!files[i])
            return false;
    }
    return generation_header(files[0])->role == GENERATION_WHOLE ||
           error_set(err, 0, "%s is an overlay: name its generation before it",
                     options->indicators[0]);
}

const struct indicators *
watch_reference_view(struct generation_file *const files[WATCH_GENERATIONS_MAX],
                     struct error *err)
{
    return files[1] ? generation_lay_over(files[0], files[1], err) : generation_set(files[0]);
}

/* What was checked is copied, so that nobody changes it afterwards. */
static bool load_generation(const struct watch_options *options, struct watch_reference *out,
                            struct error *err)
{
    if (!watch_reference_open(options, GENERATION_COPIED, out->files, err))
        return false;
    out->indicators = watch_reference_view(out->files, err);
    for (size_t i = 0; i < options->indicator_count; i++) {
        out->generations[out->generation_count++] = *generation_header(out->files[i]);
        out->lines_taken += generation_header(out->files[i])->count;
    }
    return out->indicators != NULL;
}

static bool load_indicators(const struct watch_options *options, struct watch_reference *out,
                            struct error *err)
{
    static struct list_report reports[WATCH_LISTS_MAX];
    struct list_files files = { .paths = options->indicators,
                                .count = options->indicator_count,
                                .default_expires_ns = INT64_MAX };
    struct hash_key key;
    if (options->indicator_count == 0)
        return true;
    if (generation_is(options->indicators[0]))
        return load_generation(options, out, err);
    if (!entropy_hash_key(&key, err) ||
        !lists_load(&files, key, &out->indicators, reports, err))
        return false;
    for (size_t i = 0; i < options->indicator_count; i++) {
        uint64_t refused = refused_of(&reports[i]),
                 used = reports[i].taken + reports[i].duplicates;
        if (used == 0 || (refused > 0 && !options->quiet))
            tell_refused(&reports[i]);
        out->lines_taken += reports[i].taken;
        out->lines_refused += refused;
    }
    return true;
}

static bool load_pollers(const struct watch_options *options, struct watch_reference *out,
                         struct error *err)
{
    char shipped[4096];
    if (options->pollers)
        return pollers_load(options->pollers, &out->pollers, err);
    if (pollers_find_shipped(shipped, sizeof shipped))
        return pollers_load(shipped, &out->pollers, err);
    if (!options->quiet)
        fputs("sekisho watch: no pollers.yaml beside the program: services that poll by design "
              "are not known by name (--pollers)\n",
              stderr);
    return true;
}

bool watch_reference_load(const struct watch_options *options, struct watch_reference *out,
                          struct error *err)
{
    return load_places(options, out, err) && load_indicators(options, out, err) &&
           load_pollers(options, out, err) &&
           (!options->sampling || sampling_rules_load(options->sampling, &out->sampling, err));
}

static bool enter_one(const struct generation *generation, int64_t now_ns, struct error *err)
{
    char room[2 * GENERATION_DIGEST_OCTETS + 1];
    uint8_t octets[GENERATION_DIGEST_OCTETS];
    struct text digest = text_over(room, sizeof room);
    struct entry entry = entry_begin(ENTRY_GENERATION_LOADED, now_ns);
    generation_digest(generation, octets);
    text_put_hex(&digest, (struct bytes){ octets, sizeof octets });
    entry_set_text(&entry, ENTRY_DIGEST, text_bytes(&digest));
    entry_set_count(&entry, ENTRY_GENERATION, generation->number);
    entry_set_count(&entry, ENTRY_INDICATORS, generation->count);
    entry_set_count(&entry, ENTRY_LISTS, generation->list_count);
    return own_ledger_put(&entry, 1, err);
}

bool watch_reference_enter(const struct watch_reference *reference, int64_t now_ns,
                           struct error *err)
{
    for (size_t i = 0; i < reference->generation_count; i++) {
        if (!enter_one(&reference->generations[i], now_ns, err))
            return false;
    }
    return true;
}
