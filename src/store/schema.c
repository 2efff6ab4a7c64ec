// SPDX-License-Identifier: Apache-2.0
/* The tables and every statement that is run on them.  A change of the tables is a new entry
 * at the end of migrations[]; entries that were released are never edited. */
#include "base/must.h"
#include "store/store_private.h"

/* "SKSH": tells our files from other programs' (PRAGMA application_id). */
enum { APPLICATION_ID = 0x534b5348 };

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
};

enum { VERSION = sizeof migrations / sizeof *migrations };

#define FLOW_COLUMNS                                                                         \
    "initiator, initiator_place, responder, responder_place, line_is_initiator, direction, " \
    "basis, initiator_port, responder_port, encapsulation, protocol, tcp, end, slice, "      \
    "start_ns, end_ns, packets_forward, packets_reverse, octets_forward, octets_reverse, "   \
    "by_beacon, by_scan, retention_until_ns, server_name, server_name_is_cut, ja3, ja4, "    \
    "quic_version, has_tls_server, tls_version, tls_group, certificate_sha256, ssh_banner, " \
    "hassh, dns_type, dns_code, dns_count, sampling_rate, sampling, time_quality, "          \
    "observers"
#define FINDING_COLUMNS                                                                      \
    "id, kind, rule, subject, subject_place, port, protocol, scan_shape, direction, basis, " \
    "score, first_ns, last_ns, connections, octets_out, octets_in, line_total, "             \
    "retention_until_ns, subject_is_name"
#define NEWEST_RUN "(SELECT max(id) FROM run WHERE state = 'finished')"

static const char *const statements[STORE_STATEMENTS] = {
    [STORE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_COMMIT] = "COMMIT",
    [STORE_PUT_RUN] = "INSERT INTO run (title, begun_ns) VALUES (?, ?)",
    [STORE_END_RUN] = "UPDATE run SET state = 'finished', version = ?, basis = ?, files = ?,"
                      " file_octets = ?, frames = ?, packets = ?, octets = ?, first_ns = ?,"
                      " last_ns = ?, cpu_s = ?, wall_s = ?, memory_octets = ?, flows_seen = ?,"
                      " flows_admitted = ?, flows_selected = ?, records_kept = ?,"
                      " findings = ? WHERE id = ?",
    [STORE_PUT_COUNTER] = "INSERT INTO run_counter VALUES (?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW] = "INSERT INTO flow (run, " FLOW_COLUMNS ") VALUES"
                       " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                       " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_HIT] = "INSERT INTO flow_hit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FINDING] = "INSERT INTO finding (run, " FINDING_COLUMNS ") VALUES"
                          " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_LINE] = "INSERT INTO finding_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                       " ?)",
    [STORE_PUT_MEASURE] = "INSERT INTO finding_measure VALUES (?, ?, ?, ?, ?, ?)",
    [STORE_PUT_HIT] = "INSERT INTO finding_hit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_ALERT] = "INSERT INTO flow_alert VALUES (?, ?, ?, ?, ?, ?, ?)",
    [STORE_PUT_FLOW_ANSWER] = "INSERT INTO flow_answer VALUES (?, ?, ?)",
    [STORE_PUT_ADDRESS] = "INSERT INTO finding_address VALUES (?, ?, ?)",
    [STORE_PUT_NAME] = "INSERT INTO finding_name VALUES (?, ?, ?, ?)",
    [STORE_ERASE_FLOWS] = "DELETE FROM flow WHERE retention_until_ns <= ?",
    [STORE_ERASE_FINDINGS] = "DELETE FROM finding WHERE retention_until_ns <= ?",
    [STORE_FIND_FINDING] = "SELECT row, " FINDING_COLUMNS " FROM finding"
                           " WHERE run = " NEWEST_RUN " AND substr(id, 1, length(?1)) = ?1"
                           " ORDER BY id <> ?1 LIMIT 2",
    [STORE_EACH_FINDING] = "SELECT row, " FINDING_COLUMNS " FROM finding"
                           " WHERE run = " NEWEST_RUN " ORDER BY score DESC, row",
    [STORE_EACH_FLOW] = "SELECT id, " FLOW_COLUMNS " FROM flow"
                        " WHERE run = " NEWEST_RUN " AND (initiator = ?1 OR responder = ?1"
                        " OR server_name = ?1"
                        " OR id IN (SELECT flow FROM flow_hit WHERE value = ?1))"
                        " ORDER BY start_ns, id",
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
