// SPDX-License-Identifier: Apache-2.0
/* The hub's whole interface: described in data/openapi.json, which is served. */
#include "hub/asking_private.h"
#include "hub/intake_private.h"
#include "hub/meta_private.h"
#include "hub/notices_private.h"
#include "hub/oversight_private.h"
#include "hub/people_private.h"
#include "hub/record_private.h"
#include "hub/sensors_private.h"
#include "hub/session_private.h"
#include "hub/warrant_private.h"

#define API "/api/v1"
#define SENSOR "/sensor/v1"

enum { ATTACHMENT_MAX = 16 << 20 };

const struct hub_route hub_routes[] = {
    { HTTP_POST, API "/setup", "setUp", ASKING_ANYBODY, setup_first, 0 },
    { HTTP_GET, API "/session", "getSession", ASKING_PERSON, session_show, 0 },
    { HTTP_PATCH, API "/session", "changeSession", ASKING_SESSION, session_change, 0 },
    { HTTP_DELETE, API "/session", "signOut", ASKING_SESSION, session_end, 0 },
    { HTTP_POST, API "/session/password", "signInByPassword", ASKING_ANYBODY,
      session_by_password, 0 },
    { HTTP_POST, API "/session/passkey/options", "beginPasskey", ASKING_ANYBODY,
      session_passkey_options, 0 },
    { HTTP_POST, API "/session/passkey", "signInByPasskey", ASKING_ANYBODY, session_by_passkey,
      0 },
    { HTTP_GET, API "/session/oidc/start", "beginOidc", ASKING_ANYBODY, session_oidc_start, 0 },
    { HTTP_GET, API "/session/oidc/callback", "signInByOidc", ASKING_ANYBODY, session_oidc_back,
      0 },

    { HTTP_GET, API "/me/passkeys", "listPasskeys", ASKING_SESSION, me_passkeys, 0 },
    { HTTP_POST, API "/me/passkeys/options", "beginNewPasskey", ASKING_SESSION,
      me_passkey_options, 0 },
    { HTTP_POST, API "/me/passkeys", "addPasskey", ASKING_SESSION, me_add_passkey, 0 },
    { HTTP_DELETE, API "/me/passkeys/{id}", "endPasskey", ASKING_SESSION, me_end_passkey, 0 },
    { HTTP_POST, API "/me/password", "changePassword", ASKING_SESSION, me_password, 0 },
    { HTTP_POST, API "/me/totp", "beginCode", ASKING_SESSION, me_totp_begin, 0 },
    { HTTP_PUT, API "/me/totp", "confirmCode", ASKING_SESSION, me_totp_confirm, 0 },
    { HTTP_GET, API "/me/tokens", "listTokens", ASKING_SESSION, me_tokens, 0 },
    { HTTP_POST, API "/me/tokens", "addToken", ASKING_SESSION, me_add_token, 0 },
    { HTTP_DELETE, API "/me/tokens/{id}", "endToken", ASKING_SESSION, me_end_token, 0 },

    { HTTP_GET, API "/people", "listPeople", ASKING_PERSON, people_list, 0 },
    { HTTP_POST, API "/people", "createPerson", ASKING_PERSON, people_create, 0 },
    { HTTP_GET, API "/people/{id}", "getPerson", ASKING_PERSON, people_show, 0 },
    { HTTP_PATCH, API "/people/{id}", "changePerson", ASKING_PERSON, people_change, 0 },
    { HTTP_POST, API "/people/{id}/roles", "giveRole", ASKING_PERSON, people_give_role, 0 },
    { HTTP_DELETE, API "/people/{id}/roles/{role}", "endRole", ASKING_PERSON, people_end_role,
      0 },
    { HTTP_POST, API "/people/{id}/invitation", "invite", ASKING_PERSON, people_invite, 0 },
    { HTTP_GET, API "/organisations", "listOrganisations", ASKING_PERSON, organisations_list,
      0 },
    { HTTP_POST, API "/organisations", "createOrganisation", ASKING_PERSON,
      organisations_create, 0 },
    { HTTP_GET, API "/organisations/{id}", "getOrganisation", ASKING_PERSON, organisations_show,
      0 },
    { HTTP_PATCH, API "/organisations/{id}", "changeOrganisation", ASKING_PERSON,
      organisations_change, 0 },

    { HTTP_GET, API "/notices", "listNotices", ASKING_PERSON, notices_list, 0 },
    { HTTP_POST, API "/notices/{id}/read", "readNotice", ASKING_PERSON, notices_read, 0 },
    { HTTP_GET, API "/webhooks", "listWebhooks", ASKING_PERSON, webhooks_list, 0 },
    { HTTP_POST, API "/webhooks", "addWebhook", ASKING_SESSION, webhooks_add, 0 },
    { HTTP_DELETE, API "/webhooks/{id}", "endWebhook", ASKING_PERSON, webhooks_end, 0 },

    { HTTP_GET, "/openapi.json", "getInterface", ASKING_ANYBODY, meta_interface, 0 },
    { HTTP_GET, "/healthz", "getHealth", ASKING_ANYBODY, meta_health, 0 },
    { HTTP_GET, "/readyz", "getReady", ASKING_ANYBODY, meta_ready, 0 },
    { HTTP_GET, "/metrics", "getMetrics", ASKING_ANYBODY, meta_metrics, 0 },
    { HTTP_GET, API "/law", "getLaw", ASKING_PERSON, law_show, 0 },
    { HTTP_GET, API "/search", "search", ASKING_PERSON, search_all, 0 },
    { HTTP_GET, API "/situation", "getSituation", ASKING_PERSON, situation_show, 0 },
    { HTTP_GET, API "/events", "listen", ASKING_PERSON, events_stream, 0 },
    { HTTP_GET, API "/exports/{file}", "export", ASKING_PERSON, exports_give, 0 },
    { HTTP_GET, API "/procedures", "listProcedures", ASKING_PERSON, procedures_list, 0 },
    { HTTP_GET, API "/procedures/{id}", "getProcedure", ASKING_PERSON, procedures_show, 0 },

    { HTTP_GET, API "/records", "listRecords", ASKING_PERSON, records_list, 0 },
    { HTTP_POST, API "/records", "createRecord", ASKING_PERSON, records_create, 1 << 18 },
    { HTTP_GET, API "/records/{id}", "getRecord", ASKING_PERSON, records_show, 0 },
    { HTTP_PATCH, API "/records/{id}", "changeRecord", ASKING_PERSON, records_change, 1 << 18 },
    { HTTP_GET, API "/records/{id}/steps", "listSteps", ASKING_PERSON, steps_list, 0 },
    { HTTP_POST, API "/records/{id}/steps", "takeStep", ASKING_PERSON, steps_take, 1 << 18 },
    { HTTP_POST, API "/records/{id}/duties", "tellDuty", ASKING_PERSON, duties_tell, 0 },
    { HTTP_GET, API "/records/{id}/ballot", "getBallot", ASKING_PERSON, ballot_show, 0 },
    { HTTP_POST, API "/records/{id}/votes/options", "beginVote", ASKING_PERSON, votes_options,
      0 },
    { HTTP_POST, API "/records/{id}/votes", "castVote", ASKING_PERSON, votes_cast, 0 },
    { HTTP_GET, API "/records/{id}/timeline", "getTimeline", ASKING_PERSON, record_timeline,
      0 },
    { HTTP_GET, API "/records/{id}/notes", "listNotes", ASKING_PERSON, notes_list, 0 },
    { HTTP_POST, API "/records/{id}/notes", "addNote", ASKING_PERSON, notes_add, 0 },
    { HTTP_GET, API "/records/{id}/tasks", "listTasks", ASKING_PERSON, tasks_list, 0 },
    { HTTP_POST, API "/records/{id}/tasks", "addTask", ASKING_PERSON, tasks_add, 0 },
    { HTTP_PATCH, API "/records/{id}/tasks/{task}", "changeTask", ASKING_PERSON, tasks_change,
      0 },
    { HTTP_GET, API "/records/{id}/attachments", "listAttachments", ASKING_PERSON,
      attachments_list, 0 },
    { HTTP_POST, API "/records/{id}/attachments", "addAttachment", ASKING_PERSON,
      attachments_add, ATTACHMENT_MAX },
    { HTTP_GET, API "/records/{id}/attachments/{digest}", "getAttachment", ASKING_PERSON,
      attachments_show, 0 },
    { HTTP_GET, API "/records/{id}/links", "listLinks", ASKING_PERSON, links_list, 0 },
    { HTTP_POST, API "/records/{id}/links", "addLink", ASKING_PERSON, links_add, 0 },
    { HTTP_GET, API "/records/{id}/graph", "getGraph", ASKING_PERSON, record_graph, 0 },
    { HTTP_GET, API "/records/{id}/effect", "getEffect", ASKING_PERSON, record_effect, 0 },
    { HTTP_GET, API "/tasks", "listMyTasks", ASKING_PERSON, my_tasks, 0 },

    { HTTP_GET, API "/findings", "listFindings", ASKING_PERSON, findings_list, 0 },
    { HTTP_GET, API "/findings/{id}", "getFinding", ASKING_PERSON, findings_show, 0 },
    { HTTP_POST, API "/findings/{id}/verdict", "judgeFinding", ASKING_PERSON, findings_judge,
      0 },
    { HTTP_GET, API "/flows", "listFlows", ASKING_PERSON, flows_list, 0 },
    { HTTP_GET, API "/sensors", "listSensors", ASKING_PERSON, sensors_list, 0 },
    { HTTP_POST, API "/sensors", "registerSensor", ASKING_PERSON, sensors_create, 0 },
    { HTTP_GET, API "/sensors/{id}", "getSensor", ASKING_PERSON, sensors_show, 0 },
    { HTTP_PATCH, API "/sensors/{id}", "changeSensor", ASKING_PERSON, sensors_change, 0 },
    { HTTP_GET, API "/warrants", "listWarrants", ASKING_PERSON, warrants_list, 0 },
    { HTTP_GET, API "/warrants/{serial}", "getWarrant", ASKING_PERSON, warrants_show, 0 },
    { HTTP_GET, API "/warrants/{serial}/envelope", "getEnvelope", ASKING_PERSON,
      warrants_envelope, 0 },

    { HTTP_GET, API "/ledger", "getLedger", ASKING_PERSON, ledger_show, 0 },
    { HTTP_GET, API "/ledger/entries", "listEntries", ASKING_PERSON, ledger_entries, 0 },
    { HTTP_GET, API "/ledger/entries/{number}", "getEntry", ASKING_PERSON, ledger_entry, 0 },
    { HTTP_GET, API "/ledger/entries/{number}/proof", "proveEntry", ASKING_PERSON, ledger_proof,
      0 },
    { HTTP_GET, API "/ledger/export", "exportLedger", ASKING_PERSON, ledger_export, 0 },
    { HTTP_GET, API "/inspection/view", "getInspectionView", ASKING_PERSON, inspection_view,
      0 },
    { HTTP_GET, API "/inspection/sample", "drawSample", ASKING_PERSON, inspection_sample, 0 },
    { HTTP_GET, API "/statistics", "getStatistics", ASKING_PERSON, statistics_show, 0 },
};

const size_t hub_route_count = sizeof hub_routes / sizeof *hub_routes;

const struct hub_route hub_sensor_routes[] = {
    { HTTP_PUT, SENSOR "/batches/{id}", "putBatch", ASKING_SENSOR, intake_batch,
      INTAKE_BODY_MAX },
    { HTTP_PUT, SENSOR "/checkpoints/{size}", "putCheckpoint", ASKING_SENSOR, intake_checkpoint,
      0 },
    { HTTP_GET, SENSOR "/status", "sensorStatus", ASKING_SENSOR, intake_status, 0 },
    { HTTP_GET, SENSOR "/warrants", "sensorWarrants", ASKING_SENSOR, intake_warrants, 0 },
    { HTTP_POST, SENSOR "/warrants/{serial}/delivery", "putDelivery", ASKING_SENSOR,
      intake_delivery, 0 },
};

const size_t hub_sensor_route_count = sizeof hub_sensor_routes / sizeof *hub_sensor_routes;
