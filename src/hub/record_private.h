// SPDX-License-Identifier: Apache-2.0
/* What people decide about: one record under one procedure, as it lies in the tables and as the
 * engine (procedure/procedure.h) takes it. */
#pragma once

#include "hub/compartment_private.h"
#include "procedure/fields.h"
#include "procedure/vote.h"

enum {
    RECORD_NAME_MAX = 32,
    RECORD_TITLE_MAX = 400,
    RECORD_PAYLOAD_MAX = 1 << 20,
    RECORD_NOTE_MAX = 16384
};

struct record {
    int64_t id, compartment, organisation, roster, made_by, created_ns, updated_ns, version;
    char name[RECORD_NAME_MAX]; /* "M-2026-000012" */
    char title[RECORD_TITLE_MAX + 1];
    enum access_label label;
    unsigned sector;
    bool is_exercise;
    struct procedure_case subject;
    json_t *fields; /* by their ids, as the API gives them; owned */
    size_t value_count;
    struct procedure_value values[PROCEDURE_FIELDS_MAX]; /* the same; texts are fields' */
    char *payload_type;                                  /* NULL: nothing is voted on; owned */
    uint8_t *payload;
    size_t payload_len;
    uint8_t payload_digest[HUB_DIGEST_OCTETS];
};

/* NULL with *is_failed false: there is none of that name.  record_free gives it back. */
MUST_CHECK struct record *record_load(struct hub *hub, struct database *db, const char *name,
                                      bool *is_failed, struct error *err);
void record_free(struct record *record);
/* The one of the route's {id}, where the asker may do that; NULL after having refused, or the
 * world failed. */
MUST_CHECK struct record *record_of(struct asking *asking, struct database *db,
                                    enum access_action action, bool *is_failed,
                                    struct error *err);
struct compartment record_compartment(const struct record *record);

/* Writes all of it: a new row where id is 0, which gets its id and name. */
MUST_CHECK bool record_save(struct change *change, struct record *record, struct error *err);
/* Takes steps that are due by now. */
MUST_CHECK bool record_tick(struct change *change, struct record *record, struct error *err);

/* What came of an event is written: step, entries, duties, what it brings to others. */
struct record_event {
    const struct procedure_event *event;
    const json_t *facts; /* as they were told; NULL: none */
    const char *reason;
    int64_t person, second;
};
MUST_CHECK bool record_apply(struct change *change, struct record *record,
                             const struct record_event *what, struct law_ruling *ruling,
                             struct error *err);

/* fields.c: from JSON to the engine's values; faults are answered with all of them. */
MUST_CHECK bool fields_merge(struct asking *asking, struct record *record, const json_t *given,
                             bool *is_refused, struct error *err);
void fields_bind(struct record *record);
bool field_number(const struct procedure_field *field, const json_t *value, int64_t *out);
/* What was told with a step. */
struct facts {
    size_t count;
    struct procedure_fact at[PROCEDURE_FACTS_MAX];
};
MUST_CHECK bool facts_read(struct asking *asking, const struct procedure *procedure,
                           const json_t *given, struct facts *out);

/* payload.c: what is voted on while a ballot is open. */
MUST_CHECK bool payload_make(struct change *change, struct record *record, struct error *err);
/* The step that is voted on where the record is; NULL: none. */
const struct procedure_step *payload_step(const struct record *record);

/* record_json.c */
json_t *record_json(const struct asking *asking, const struct record *record);
json_t *record_fields_json(const struct asking *asking, const struct record *record);
/* None of its fields is withheld from him. */
bool record_shows_all(const struct asking *asking, const struct record *record);

/* The role of his that lets him take the step; NULL: none, with the ruling why. */
const char *record_role_for(const struct asking *asking, const struct record *record,
                            const struct procedure_step *step, struct law_ruling *why);

/* duties.c: a role of his has to tell that. */
bool duty_is_his(const struct asking *asking, const struct record *record,
                 const struct law_notice *notice);
/* What he has to tell by now or later, put behind items; also of records that have ended. */
MUST_CHECK bool duties_mine(struct asking *asking, json_t *items, size_t max,
                            struct error *err);

/* search.c: its words can be found. */
MUST_CHECK bool search_note(struct change *change, int64_t record, const char *const *texts,
                            size_t count, struct error *err);

asking_fn records_list, records_create, records_show, records_change;
asking_fn steps_list, steps_take, record_timeline;
asking_fn ballot_show, votes_options, votes_cast;
asking_fn notes_list, notes_add, tasks_list, tasks_add, tasks_change, links_list, links_add;
asking_fn attachments_list, attachments_add, attachments_show;
/* What waits for the asker in one record, put behind items. */
MUST_CHECK bool my_tasks_of(struct asking *asking, const struct record *record, json_t *items,
                            struct error *err);
asking_fn duties_tell, record_effect, record_graph, my_tasks, procedures_list, procedures_show;
