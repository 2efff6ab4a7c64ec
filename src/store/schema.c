// SPDX-License-Identifier: Apache-2.0
/* The tables and every statement that is run on them.  A change of the tables is a new entry
 * at the end of migrations[]; entries that were released are never edited. */
#include "base/must.h"
#include "store/store_private.h"

/* "SKSH": tells our files from other programs' (PRAGMA application_id). */
enum { APPLICATION_ID = 0x534b5348 };

/* From which records a finding was made: those of its subject in its run.  One pass over the
 * records of the runs, with a look at the index of subjects for each. */
#define LINEAGE(runs)                                                                   \
    "INSERT OR IGNORE INTO finding_record SELECT finding.row, told.id FROM ("           \
    "SELECT id, run, initiator AS text FROM flow WHERE " runs                           \
    " UNION ALL SELECT id, run, responder FROM flow WHERE " runs                        \
    " UNION ALL SELECT id, run, server_name FROM flow WHERE " runs                      \
    " UNION ALL SELECT id, run, value FROM flow JOIN flow_hit ON flow = id WHERE " runs \
    ") AS told CROSS JOIN finding ON finding.run = told.run AND finding.subject = told.text"

/* Enumerations are kept as the words of model/names.c, so that their numbers may change.
 * Addresses and pseudonyms are kept as text ("192.0.2.7", "line-..."). */
static const char *const migrations[] = {
    "CREATE TABLE run ("
    " id INTEGER PRIMARY KEY, title TEXT NOT NULL, begun_ns INTEGER NOT NULL,"
    " state TEXT NOT NULL DEFAULT 'unfinished' CHECK (state IN ('unfinished', 'finished')),"
    " version TEXT, basis TEXT, files INTEGER, file_octets INTEGER, frames INTEGER,"
    " packets INTEGER, octets INTEGER, first_ns INTEGER, last_ns INTEGER, cpu_s REAL,"
    " wall_s REAL, memory_octets INTEGER, flows_seen INTEGER, flows_admitted INTEGER,"
    " flows_selected INTEGER, records_kept INTEGER, findings INTEGER) STRICT;"
    "CREATE TABLE run_counter ("
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, position INTEGER NOT NULL,"
    " stage TEXT NOT NULL, reason TEXT NOT NULL, unit TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (run, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE flow ("
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    " initiator TEXT NOT NULL, initiator_place TEXT NOT NULL,"
    " responder TEXT NOT NULL, responder_place TEXT NOT NULL,"
    " line_is_initiator INTEGER NOT NULL, direction TEXT NOT NULL, basis TEXT NOT NULL,"
    " initiator_port INTEGER NOT NULL, responder_port INTEGER NOT NULL,"
    " encapsulation INTEGER NOT NULL, protocol INTEGER NOT NULL, tcp TEXT NOT NULL,"
    " end TEXT NOT NULL, slice INTEGER NOT NULL, start_ns INTEGER NOT NULL,"
    " end_ns INTEGER NOT NULL, packets_forward INTEGER NOT NULL,"
    " packets_reverse INTEGER NOT NULL, octets_forward INTEGER NOT NULL,"
    " octets_reverse INTEGER NOT NULL, by_beacon INTEGER NOT NULL, by_scan INTEGER NOT NULL,"
    " retention_until_ns INTEGER NOT NULL, server_name TEXT, server_name_is_cut INTEGER,"
    " ja3 BLOB, ja4 TEXT, quic_version INTEGER, has_tls_server INTEGER NOT NULL,"
    " tls_version INTEGER NOT NULL, tls_group INTEGER NOT NULL, certificate_sha256 BLOB,"
    " ssh_banner TEXT, hassh BLOB, dns_type INTEGER, dns_code INTEGER,"
    " dns_count INTEGER NOT NULL) STRICT;"
    "CREATE TABLE flow_hit ("
    " flow INTEGER NOT NULL REFERENCES flow ON DELETE CASCADE, position INTEGER NOT NULL,"
    " kind TEXT NOT NULL, on_initiator INTEGER NOT NULL, expires_ns INTEGER NOT NULL,"
    " value TEXT NOT NULL, list TEXT NOT NULL,"
    " PRIMARY KEY (flow, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding ("
    " row INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    " id TEXT NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL, subject TEXT NOT NULL,"
    " subject_place TEXT NOT NULL, port INTEGER NOT NULL, protocol INTEGER NOT NULL,"
    " scan_shape TEXT NOT NULL, direction TEXT NOT NULL, basis TEXT NOT NULL,"
    " score REAL NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,"
    " connections INTEGER NOT NULL, octets_out INTEGER NOT NULL, octets_in INTEGER NOT NULL,"
    " line_total INTEGER NOT NULL, retention_until_ns INTEGER NOT NULL) STRICT;"
    "CREATE INDEX finding_of_run ON finding (run, id);"
    "CREATE TABLE finding_line ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " position INTEGER NOT NULL, party TEXT NOT NULL, place TEXT NOT NULL,"
    " first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, connections INTEGER NOT NULL,"
    " octets_out INTEGER NOT NULL, octets_in INTEGER NOT NULL,"
    " interval_median_s REAL NOT NULL, score REAL NOT NULL,"
    " PRIMARY KEY (finding, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding_measure ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " position INTEGER NOT NULL, name TEXT NOT NULL, value REAL NOT NULL, threshold REAL,"
    " weight REAL NOT NULL, PRIMARY KEY (finding, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding_hit ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " position INTEGER NOT NULL, kind TEXT NOT NULL, on_initiator INTEGER NOT NULL,"
    " expires_ns INTEGER NOT NULL, value TEXT NOT NULL, list TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding_name ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " position INTEGER NOT NULL, name TEXT NOT NULL, is_cut INTEGER NOT NULL,"
    " PRIMARY KEY (finding, position)) STRICT, WITHOUT ROWID;",
    /* 2: findings of names; what DNS told. */
    "ALTER TABLE finding ADD COLUMN subject_is_name INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE finding_hit ADD COLUMN in_dns INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE flow_hit ADD COLUMN in_dns INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE finding_line ADD COLUMN interval_spread REAL NOT NULL DEFAULT 0;"
    "CREATE TABLE flow_answer ("
    " flow INTEGER NOT NULL REFERENCES flow ON DELETE CASCADE, position INTEGER NOT NULL,"
    " address TEXT NOT NULL, PRIMARY KEY (flow, position)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE finding_address ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " position INTEGER NOT NULL, address TEXT NOT NULL,"
    " PRIMARY KEY (finding, position)) STRICT, WITHOUT ROWID;",
    /* 3: how a flow was observed. */
    "ALTER TABLE flow ADD COLUMN sampling_rate INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE flow ADD COLUMN sampling TEXT NOT NULL DEFAULT 'unknown';"
    "ALTER TABLE flow ADD COLUMN time_quality TEXT NOT NULL DEFAULT 'exact';"
    "ALTER TABLE flow ADD COLUMN observers INTEGER NOT NULL DEFAULT 0;",
    /* 4: rules of other sensors that fired. */
    "CREATE TABLE flow_alert ("
    " flow INTEGER NOT NULL REFERENCES flow ON DELETE CASCADE, position INTEGER NOT NULL,"
    " generator INTEGER NOT NULL, signature INTEGER NOT NULL, revision INTEGER NOT NULL,"
    " severity INTEGER NOT NULL, is_blocked INTEGER NOT NULL,"
    " PRIMARY KEY (flow, position)) STRICT, WITHOUT ROWID;",
    /* 5: mandates; from which records a finding was made; what others hold; when each account
     * of a run goes.  What has no date is past it. */
    "ALTER TABLE flow ADD COLUMN basis_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE flow ADD COLUMN warrant TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE flow ADD COLUMN selector TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE finding ADD COLUMN basis_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE finding ADD COLUMN warrant TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE finding ADD COLUMN selector TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE run ADD COLUMN basis_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE run ADD COLUMN retention_until_ns INTEGER NOT NULL DEFAULT 0;"
    "UPDATE flow SET basis_id = basis; UPDATE finding SET basis_id = basis;"
    "UPDATE run SET basis_id = coalesce(basis, 'own'),"
    " retention_until_ns = begun_ns + 366 * 86400000000000;"
    "CREATE INDEX flow_of_run ON flow (run);"
    "CREATE INDEX finding_of_subject ON finding (run, subject);"
    "CREATE TABLE finding_record ("
    " finding INTEGER NOT NULL REFERENCES finding ON DELETE CASCADE,"
    " flow INTEGER NOT NULL REFERENCES flow ON DELETE CASCADE,"
    " PRIMARY KEY (finding, flow)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX finding_record_of_flow ON finding_record (flow);"
    "CREATE TABLE retention_event ("
    " id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"
    " finding TEXT NOT NULL, basis_id TEXT NOT NULL, warrant TEXT NOT NULL,"
    " what TEXT NOT NULL CHECK (what IN ('extended', 'ended')), at_ns INTEGER NOT NULL,"
    " before_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL, actor TEXT NOT NULL,"
    " role TEXT NOT NULL, reason TEXT NOT NULL CHECK (reason <> '')) STRICT;"
    "CREATE TABLE outbox ("
    " id INTEGER PRIMARY KEY, made_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN"
    " ('waiting', 'sent', 'held', 'erasing', 'told', 'erased')),"
    " finding TEXT NOT NULL, flow INTEGER NOT NULL, basis_id TEXT NOT NULL,"
    " warrant TEXT NOT NULL, recipient TEXT NOT NULL CHECK (recipient <> ''),"
    " product TEXT NOT NULL CHECK (product <> ''), article TEXT NOT NULL,"
    " retention_until_ns INTEGER NOT NULL) STRICT;" LINEAGE("1"),
    /* 6: of which run all records were given, as in a file: finding is empty then. */
    "ALTER TABLE outbox ADD COLUMN run INTEGER NOT NULL DEFAULT 0;",
    /* 7: more behaviours than two. */
    "ALTER TABLE flow ADD COLUMN behaviours TEXT NOT NULL DEFAULT '';"
    "UPDATE flow SET behaviours = trim(CASE by_beacon WHEN 1 THEN 'beacon ' ELSE '' END ||"
    " CASE by_scan WHEN 1 THEN 'scan' ELSE '' END);"
    "ALTER TABLE flow DROP COLUMN by_beacon; ALTER TABLE flow DROP COLUMN by_scan;"
    "ALTER TABLE finding RENAME COLUMN scan_shape TO shape;",
    /* 8: what people decided about subjects of findings. */
    "CREATE TABLE verdict ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, finding TEXT NOT NULL, kind TEXT NOT NULL,"
    " opinion TEXT NOT NULL, port INTEGER NOT NULL, protocol INTEGER NOT NULL,"
    " subject TEXT NOT NULL, name TEXT NOT NULL, actor TEXT NOT NULL, role TEXT NOT NULL,"
    " reason TEXT NOT NULL, basis_id TEXT NOT NULL, at_ns INTEGER NOT NULL,"
    " retention_until_ns INTEGER NOT NULL) STRICT;",
    /* 9: which store this is, and the highest numbers of rows that are erased: who reads on
     * from a number meets none again. */
    "CREATE TABLE origin ("
    " id TEXT NOT NULL, flow INTEGER NOT NULL, finding INTEGER NOT NULL) STRICT;"
    "INSERT INTO origin VALUES (lower(hex(randomblob(16))), 0, 0);",
};

enum { VERSION = sizeof migrations / sizeof *migrations };

#define FLOW_COLUMNS                                                                         \
    "initiator, initiator_place, responder, responder_place, line_is_initiator, direction, " \
    "basis, initiator_port, responder_port, encapsulation, protocol, tcp, end, slice, "      \
    "start_ns, end_ns, packets_forward, packets_reverse, octets_forward, octets_reverse, "   \
    "behaviours, retention_until_ns, server_name, server_name_is_cut, ja3, ja4, "            \
    "quic_version, has_tls_server, tls_version, tls_group, certificate_sha256, ssh_banner, " \
    "hassh, dns_type, dns_code, dns_count, sampling_rate, sampling, time_quality, "          \
    "observers, basis_id, warrant, selector"
#define FINDING_COLUMNS                                                                 \
    "id, kind, rule, subject, subject_place, port, protocol, shape, direction, basis, " \
    "score, first_ns, last_ns, connections, octets_out, octets_in, line_total, "        \
    "retention_until_ns, subject_is_name, basis_id, warrant, selector"

/* Numbers grow, also after the newest rows were erased. */
#define LAST_FLOW "(SELECT max(flow, coalesce((SELECT max(id) FROM flow), 0)) FROM origin)"
#define LAST_FINDING \
    "(SELECT max(finding, coalesce((SELECT max(row) FROM finding), 0)) FROM origin)"
#define NEXT_FLOW LAST_FLOW " + 1"
#define NEXT_FINDING LAST_FINDING " + 1"

/* What every read is held to: ?1 is the basis of the grant, or "*"; ?2 is its time, after which
 * nothing is given that should be gone by then. */
#define IS_GRANTED "(?1 = '*' OR basis_id = ?1)"
#define GRANTED IS_GRANTED " AND retention_until_ns > ?2"
#define IS_DUE IS_GRANTED " AND retention_until_ns <= ?2"
#define NEWEST_RUN "(SELECT max(id) FROM run WHERE state = 'finished' AND " IS_GRANTED ")"

/* A filter: ?3 lines may be asked for by address, ?4 only the newest run, ?5 the text asked
 * about or none, ?6 and ?7 the period. */
#define IS_NO_LINE(end) "(?3 OR " end "_place NOT IN ('own', 'domestic'))"
#define IS_NO_ADDRESS "(?3 OR kind NOT IN ('address', 'prefix', 'endpoint'))"
#define FLOW_FILTER                                                                         \
    GRANTED " AND (NOT ?4 OR run = " NEWEST_RUN ") AND start_ns < ?7 AND end_ns >= ?6"      \
            " AND (?5 = '' OR warrant = ?5 OR server_name = ?5"                             \
            " OR (initiator = ?5 AND " IS_NO_LINE(                                          \
                "initiator") ")"                                                            \
                             " OR (responder = ?5 AND " IS_NO_LINE(                         \
                                 "responder") ")"                                           \
                                              " OR id IN (SELECT flow FROM flow_hit WHERE " \
                                              "value = ?5 AND " IS_NO_ADDRESS ")"           \
                                              " OR id IN (SELECT flow FROM finding_record " \
                                              "JOIN finding"                                \
                                              " ON finding.row = finding_record.finding "   \
                                              "WHERE finding.id = ?5))"
#define FINDING_FILTER                                                                         \
    GRANTED " AND (NOT ?4 OR run = " NEWEST_RUN ") AND first_ns < ?7 AND last_ns >= ?6"        \
            " AND (?5 = '' OR warrant = ?5 OR substr(id, 1, length(?5)) = ?5"                  \
            " OR (subject = ?5 AND " IS_NO_LINE(                                               \
                "subject") ")"                                                                 \
                           " OR row IN (SELECT finding FROM finding_name WHERE name = ?5)"     \
                           " OR row IN (SELECT finding FROM finding_hit WHERE value = ?5"      \
                           " AND " IS_NO_ADDRESS ")"                                           \
                           " OR (?3 AND row IN (SELECT finding FROM finding_line WHERE party " \
                           "= ?5)))"

/* Of a finding with the id ?3 or the record ?4: which findings and records it is about. */
#define HISTORY_SUBJECTS                                                              \
    "WITH about_finding AS (SELECT row, id, run, basis_id, warrant, selector,"        \
    " retention_until_ns FROM finding WHERE " GRANTED                                 \
    " AND (id = ?3 OR row IN (SELECT finding FROM finding_record WHERE flow = ?4)))," \
    " about_flow AS (SELECT id, run, basis_id, warrant, selector, retention_until_ns" \
    " FROM flow WHERE " GRANTED " AND (id = ?4 OR id IN (SELECT finding_record.flow"  \
    " FROM finding_record JOIN finding ON finding.row = finding_record.finding"       \
    " WHERE finding.id = ?3)))"

/* What a decision on retention is about: ?3 is a finding with its records, or a warrant with
 * all that came from it, however it was worked on. */
#define FLOW_DECIDED                                                                      \
    GRANTED " AND (warrant = ?3 OR id IN (SELECT finding_record.flow FROM finding_record" \
            " JOIN finding ON finding.row = finding_record.finding WHERE finding.id = ?3))"
#define FINDING_DECIDED                                                              \
    GRANTED " AND (warrant = ?3 OR id = ?3 OR row IN (SELECT finding_record.finding" \
            " FROM finding_record JOIN flow ON flow.id = finding_record.flow"        \
            " WHERE flow.warrant = ?3))"
#define OUTBOX_DECIDED                                                                 \
    GRANTED " AND (warrant = ?3 OR finding = ?3 OR finding IN (SELECT id FROM finding" \
            " WHERE " FINDING_DECIDED "))"
/* A record that a finding outside the decision rests on is still needed. */
#define FLOW_NOT_NEEDED                                                           \
    FLOW_DECIDED " AND (warrant = ?3 OR NOT EXISTS (SELECT 1 FROM finding_record" \
                 " JOIN finding ON finding.row = finding_record.finding"          \
                 " WHERE finding_record.flow = flow.id AND finding.id <> ?3"      \
                 " AND finding.retention_until_ns > ?2))"

static const char *const statements[STORE_STATEMENTS] = {
    [STORE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_COMMIT] = "COMMIT",
    [STORE_PUT_RUN] = "INSERT INTO run (title, begun_ns, retention_until_ns) VALUES (?, ?, ?)",
    [STORE_END_RUN] = "UPDATE run SET state = 'finished', version = ?, basis = ?, files = ?,"
                      " file_octets = ?, frames = ?, packets = ?, octets = ?, first_ns = ?,"
                      " last_ns = ?, cpu_s = ?, wall_s = ?, memory_octets = ?, flows_seen = ?,"
                      " flows_admitted = ?, flows_selected = ?, records_kept = ?,"
                      " findings = ?17, basis_id = coalesce("
                      " (SELECT basis_id FROM flow WHERE run = ?18 LIMIT 1),"
                      " (SELECT basis_id FROM finding WHERE run = ?18 LIMIT 1), ?2)"
                      " WHERE id = ?18",
    [STORE_PUT_LINEAGE] = LINEAGE("run = ?1"),
    [STORE_PUT_COUNTER] = "INSERT INTO run_counter VALUES (?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW] =
        "INSERT INTO flow (id, run, " FLOW_COLUMNS ") VALUES"
        " (" NEXT_FLOW ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_HIT] = "INSERT INTO flow_hit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FINDING] =
        "INSERT INTO finding (row, run, " FINDING_COLUMNS ") VALUES"
        " (" NEXT_FINDING ", ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " ?, ?, ?)",
    [STORE_PUT_LINE] = "INSERT INTO finding_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                       " ?)",
    [STORE_PUT_MEASURE] = "INSERT INTO finding_measure VALUES (?, ?, ?, ?, ?, ?)",
    [STORE_PUT_HIT] = "INSERT INTO finding_hit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_ALERT] = "INSERT INTO flow_alert VALUES (?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_ANSWER] = "INSERT INTO flow_answer VALUES (?, ?, ?)",
    [STORE_PUT_ADDRESS] = "INSERT INTO finding_address VALUES (?, ?, ?)",
    [STORE_PUT_NAME] = "INSERT INTO finding_name VALUES (?, ?, ?, ?)",
    [STORE_FIND_FINDING] = "SELECT row, " FINDING_COLUMNS " FROM finding"
                           " WHERE " GRANTED " AND run = " NEWEST_RUN
                           " AND substr(id, 1, length(?3)) = ?3 ORDER BY id <> ?3 LIMIT 2",
    [STORE_EACH_FINDING] =
        "SELECT row, " FINDING_COLUMNS " FROM finding"
        " WHERE " FINDING_FILTER " ORDER BY score DESC, row LIMIT ?8 OFFSET ?9",
    [STORE_EACH_FLOW] = "SELECT id, " FLOW_COLUMNS " FROM flow WHERE " FLOW_FILTER
                        " ORDER BY start_ns, id LIMIT ?8 OFFSET ?9",
    [STORE_FLOWS_AFTER] = "SELECT id, " FLOW_COLUMNS " FROM flow WHERE " GRANTED
                          " AND id > ?3 AND id <= ?4 ORDER BY id LIMIT ?5",
    [STORE_FINDINGS_AFTER] = "SELECT row, " FINDING_COLUMNS " FROM finding WHERE " GRANTED
                             " AND row > ?3 AND row <= ?4 ORDER BY row LIMIT ?5",
    [STORE_STANDING] = "SELECT id, " LAST_FLOW ", " LAST_FINDING " FROM origin",
    [STORE_KEEP_NUMBERS] = "UPDATE origin SET flow = " LAST_FLOW ", finding = " LAST_FINDING,
    [STORE_COUNT_FINDINGS] = "SELECT count(*), min(first_ns), max(last_ns) FROM finding"
                             " WHERE " FINDING_FILTER,
    [STORE_COUNT_FLOWS] = "SELECT count(*), min(start_ns), max(end_ns) FROM flow"
                          " WHERE " FLOW_FILTER,
    [STORE_HISTORY] = HISTORY_SUBJECTS
    " SELECT 'selected', run.begun_ns AS at_ns, f.basis_id, f.warrant, f.selector,"
    " count(*), 0, max(f.retention_until_ns), substr(run.title, 1, 120), '', ''"
    " FROM about_flow AS f JOIN run ON run.id = f.run"
    " GROUP BY run.id, f.basis_id, f.warrant, f.selector"
    " UNION ALL SELECT 'made', run.begun_ns, f.basis_id, f.warrant, f.selector,"
    " (SELECT count(*) FROM finding_record WHERE finding = f.row), 0,"
    " f.retention_until_ns, f.id, '', '' FROM about_finding AS f JOIN run ON run.id = f.run"
    " UNION ALL SELECT what, at_ns, basis_id, warrant, '', 0, before_ns, until_ns, actor,"
    " role, reason FROM retention_event AS e WHERE " IS_GRANTED
    " AND (finding IN (SELECT id FROM about_finding) OR (finding = '' AND EXISTS"
    " (SELECT 1 FROM about_flow AS f WHERE f.run = e.run AND f.warrant = e.warrant"
    " AND f.basis_id = e.basis_id)))"
    " UNION ALL SELECT state, changed_ns, basis_id, warrant, '', 0, made_ns,"
    " retention_until_ns, recipient, product, article FROM outbox WHERE " IS_GRANTED
    " AND (flow = ?4 OR finding IN (SELECT id FROM about_finding)"
    " OR run IN (SELECT run FROM about_flow UNION SELECT run FROM about_finding))"
    " ORDER BY at_ns",
    [STORE_NEWEST_BASIS] = "SELECT basis_id FROM run WHERE state = 'finished'"
                           " ORDER BY id DESC LIMIT 1",
    [STORE_EACH_PERIOD] =
        "SELECT basis_id, warrant, retention_until_ns, sum(is_flow), sum(is_finding),"
        " sum(is_given) FROM (SELECT basis_id, warrant, retention_until_ns, 1 AS is_flow,"
        " 0 AS is_finding, 0 AS is_given FROM flow WHERE " GRANTED
        " UNION ALL SELECT basis_id, warrant, retention_until_ns, 0, 1, 0 FROM finding"
        " WHERE " GRANTED " UNION ALL SELECT basis_id, warrant, retention_until_ns, 0, 0, 1"
        " FROM outbox WHERE " GRANTED ") GROUP BY 1, 2, 3 ORDER BY 3, 1, 2",
    [STORE_EACH_DECIDED] =
        "SELECT basis_id, warrant, retention_until_ns, sum(is_flow), sum(is_finding), 0 FROM"
        " (SELECT basis_id, warrant, retention_until_ns, 1 AS is_flow, 0 AS is_finding"
        " FROM flow WHERE " FLOW_DECIDED
        " UNION ALL SELECT basis_id, warrant, retention_until_ns, 0, 1 FROM finding"
        " WHERE " FINDING_DECIDED ") GROUP BY 1, 2, 3 ORDER BY 3 DESC, 1, 2",
    [STORE_PUT_EVENT] =
        "INSERT INTO retention_event (run, finding, basis_id, warrant, what, at_ns, before_ns,"
        " until_ns, actor, role, reason) SELECT DISTINCT run, iif(?3 = warrant, '', ?3),"
        " basis_id, warrant, ?10, ?2, retention_until_ns, ?6, ?7, ?8, ?9 FROM"
        " (SELECT run, basis_id, warrant, retention_until_ns FROM flow WHERE " FLOW_DECIDED
        " UNION ALL SELECT run, basis_id, warrant, retention_until_ns FROM finding"
        " WHERE " FINDING_DECIDED ") WHERE (?4 = '' OR basis_id = ?4) AND"
        " (?5 = 0 OR retention_until_ns = ?5)",
    [STORE_SET_FLOWS] = "UPDATE flow SET retention_until_ns = ?6 WHERE " FLOW_DECIDED
                        " AND basis_id = ?4 AND retention_until_ns = ?5",
    [STORE_SET_FINDINGS] =
        "UPDATE finding SET retention_until_ns = ?6"
        " WHERE " FINDING_DECIDED " AND basis_id = ?4 AND retention_until_ns = ?5",
    [STORE_SET_OUTBOX] = "UPDATE outbox SET retention_until_ns = ?6 WHERE " OUTBOX_DECIDED
                         " AND basis_id = ?4 AND retention_until_ns = ?5",
    [STORE_END_OUTBOX] = "UPDATE outbox SET retention_until_ns = ?2 WHERE " OUTBOX_DECIDED,
    [STORE_END_FLOWS] = "UPDATE flow SET retention_until_ns = ?2 WHERE " FLOW_NOT_NEEDED,
    [STORE_END_FINDINGS] = "UPDATE finding SET retention_until_ns = ?2"
                           " WHERE " FINDING_DECIDED,
    [STORE_COUNT_DUE] =
        "SELECT basis_id, warrant, sum(is_flow), sum(is_finding), sum(is_given), sum(is_held),"
        " warrant IN (SELECT warrant FROM flow WHERE retention_until_ns > ?2) OR"
        " warrant IN (SELECT warrant FROM finding WHERE retention_until_ns > ?2) FROM"
        " (SELECT basis_id, warrant, 1 AS is_flow, 0 AS is_finding, 0 AS is_given,"
        " 0 AS is_held FROM flow WHERE " IS_DUE
        " UNION ALL SELECT basis_id, warrant, 0, 1, 0, 0 FROM finding WHERE " IS_DUE
        " UNION ALL SELECT basis_id, warrant, 0, 0, state IN ('waiting', 'erased'),"
        " state IN ('sent', 'held') FROM outbox WHERE " IS_DUE ") GROUP BY basis_id, warrant"
        " HAVING sum(is_flow + is_finding + is_given + is_held) > 0"
        " ORDER BY basis_id, warrant",
    [STORE_ERASE_FLOWS] = "DELETE FROM flow WHERE " IS_DUE,
    [STORE_ERASE_FINDINGS] = "DELETE FROM finding WHERE " IS_DUE,
    [STORE_ERASE_OUTBOX] =
        "DELETE FROM outbox WHERE " IS_DUE " AND state IN ('waiting', 'erased')",
    [STORE_TELL_HOLDERS] = "UPDATE outbox SET state = 'erasing', changed_ns = ?2"
                           " WHERE " IS_DUE " AND state IN ('sent', 'held')",
    [STORE_ERASE_RUNS] = "DELETE FROM run WHERE " IS_DUE
                         " AND NOT EXISTS (SELECT 1 FROM flow WHERE flow.run = run.id)"
                         " AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.run = run.id)",
    [STORE_PROVIDE] =
        "INSERT INTO outbox (made_ns, changed_ns, state, finding, flow, basis_id, warrant,"
        " recipient, product, article, retention_until_ns) SELECT ?2, ?2, 'waiting', ?3, 0,"
        " basis_id, warrant, ?4, ?5, ?6, retention_until_ns FROM finding WHERE " GRANTED
        " AND id = ?3 ORDER BY row DESC LIMIT 1",
    [STORE_PUT_COPY] =
        "INSERT INTO outbox (made_ns, changed_ns, state, finding, flow, run, basis_id, warrant,"
        " recipient, product, article, retention_until_ns) SELECT ?2, ?2, 'held', '', 0, ?1,"
        " basis_id, warrant, ?3, ?4, '', max(retention_until_ns) FROM (SELECT basis_id,"
        " warrant, retention_until_ns FROM flow WHERE run = ?1 UNION ALL SELECT basis_id, "
        "warrant,"
        " retention_until_ns FROM finding WHERE run = ?1) GROUP BY basis_id, warrant",
    [STORE_MARK_PROVISION] = "UPDATE outbox SET state = ?3, changed_ns = ?2"
                             " WHERE " IS_GRANTED " AND id = ?4",
    [STORE_EACH_PROVISION] =
        "SELECT id, made_ns, changed_ns, state, finding, basis_id, warrant, recipient,"
        " product, article, retention_until_ns FROM outbox WHERE " IS_GRANTED
        " AND (?2 = '' OR state = ?2) ORDER BY id",
    [STORE_GET_FLOW_HITS] =
        "SELECT kind, on_initiator, expires_ns, value, list, in_dns FROM flow_hit"
        " WHERE flow = ? ORDER BY position",
    [STORE_GET_LINES] =
        "SELECT party, place, first_ns, last_ns, connections, octets_out,"
        " octets_in, interval_median_s, score, interval_spread FROM finding_line"
        " WHERE finding = ? ORDER BY position",
    [STORE_GET_MEASURES] = "SELECT name, value, threshold, weight FROM finding_measure"
                           " WHERE finding = ? ORDER BY position",
    [STORE_GET_HITS] =
        "SELECT kind, on_initiator, expires_ns, value, list, in_dns FROM finding_hit"
        " WHERE finding = ? ORDER BY position",
    [STORE_GET_FLOW_ALERTS] =
        "SELECT generator, signature, revision, severity, is_blocked FROM flow_alert"
        " WHERE flow = ? ORDER BY position",
    [STORE_GET_FLOW_ANSWERS] = "SELECT address FROM flow_answer WHERE flow = ?"
                               " ORDER BY position",
    [STORE_GET_ADDRESSES] = "SELECT address FROM finding_address WHERE finding = ?"
                            " ORDER BY position",
    [STORE_PUT_VERDICT] =
        "INSERT INTO verdict (finding, kind, opinion, port, protocol, subject, name, actor,"
        " role, reason, basis_id, at_ns, retention_until_ns) VALUES"
        " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_EACH_VERDICT] =
        "SELECT id, finding, kind, opinion, port, protocol, subject, name, actor, role,"
        " reason, basis_id, at_ns, retention_until_ns FROM verdict WHERE " GRANTED
        " ORDER BY id DESC",
    [STORE_REMOVE_VERDICT] = "DELETE FROM verdict WHERE " IS_GRANTED " AND id = ?2",
    [STORE_ERASE_VERDICTS] = "DELETE FROM verdict WHERE " IS_DUE,
    [STORE_GET_NAMES] = "SELECT name, is_cut FROM finding_name WHERE finding = ?"
                        " ORDER BY position",
};

const char *store_sql(enum store_statement statement)
{
    MUST(statement < STORE_STATEMENTS && statements[statement]);
    return statements[statement];
}

/* The pragma's number; -1 when it could not be read. */
static int64_t read_pragma(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(store->database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    if (sqlite3_finalize(statement) != SQLITE_OK)
        number = -1;
    return number;
}

bool store_check_version(struct store *store, bool reading, struct error *err)
{
    int64_t version = read_pragma(store, "PRAGMA user_version");
    int64_t application = version < 0 ? -1 : read_pragma(store, "PRAGMA application_id");
    int64_t tables =
        application < 0 ? -1 : read_pragma(store, "SELECT count(*) FROM sqlite_schema");
    if (tables < 0)
        return store_fail(store, "cannot read", err);
    bool is_new = version == 0 && application == 0 && tables == 0;
    if (!is_new && application != APPLICATION_ID)
        return error_set(err, 0, "%s is a database of another program; name another file",
                         store->path);
    if (version > VERSION)
        return error_set(err, 0,
                         "%s was written by a newer sekisho (its schema is %d, this program "
                         "knows %d); use that one, or name another file",
                         store->path, (int)version, (int)VERSION);
    if (reading && version < VERSION)
        return error_set(err, 0,
                         is_new ? "%s is empty: no run of `sekisho watch` was kept in it yet"
                                : "%s was written by an older sekisho; run `sekisho watch` "
                                  "with it once to bring it up to date",
                         store->path);
    return true;
}

static bool run_sql(struct store *store, const char *sql, struct error *err)
{
    if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(store, "cannot prepare the tables of", err);
    return true;
}

/* All or nothing: a crash in between leaves the old version as it was. */
bool store_migrate(struct store *store, struct error *err)
{
    if (read_pragma(store, "PRAGMA user_version") == VERSION)
        return true;
    if (!run_sql(store, "BEGIN IMMEDIATE", err))
        return false;
    /* Read again under the lock: another process may have been faster. */
    int64_t version = read_pragma(store, "PRAGMA user_version");
    bool good = version >= 0 || store_fail(store, "cannot read", err);
    for (size_t i = version < 0 ? VERSION : (size_t)version; good && i < VERSION; i++)
        good = run_sql(store, migrations[i], err);
    char room[96];
    struct text stamp = text_over(room, sizeof room);
    text_format(&stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                (int)APPLICATION_ID, (int)VERSION);
    good = good && run_sql(store, stamp.at, err);
    if (!good)
        (void)sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
    return good;
}
