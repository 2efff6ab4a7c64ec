// SPDX-License-Identifier: Apache-2.0
#include "logs/logs.h"

#include "base/wipe.h"
#include "logs/columns_private.h"
#include "logs/join_private.h"
#include "logs/makers_private.h"

const struct logs_limits logs_defaults = { .facts_max = 1 << 16 };

enum { TROUBLE_MAX = 32, TROUBLE_TEXT_MAX = 160, NEEDED_MAX = 12 };

struct log_file {
    struct log_columns columns;
    uint8_t kind;       /* of its columns: enum log_kind */
    uint8_t json_scope; /* of the last line of JSON */
    bool lacks;         /* a column that is needed */
    bool has_trouble;
};

struct trouble {
    uint16_t file;
    char text[TROUBLE_TEXT_MAX];
};

struct logs {
    struct hash_key key;
    struct log_names names;
    struct log_join *join;
    struct log_file *files;
    const struct log_file *cut_by; /* whose columns the values of `record` are */
    struct log_record record;      /* of columns */
    struct log_record json;
    struct log_record item;
    struct log_facts facts;
    uint64_t verdicts[LINE_VERDICTS];
    uint64_t alerts;
    size_t trouble_count;
    struct trouble trouble[TROUBLE_MAX];
};

size_t logs_size(const struct logs_limits *limits)
{
    return sizeof(struct logs) + LOG_FILES_MAX * sizeof(struct log_file) +
           log_join_size(limits->facts_max) + 3 * alignof(max_align_t);
}

static void restart(struct log_file *file)
{
    memset(file, 0, sizeof *file);
    log_columns_start(&file->columns);
    file->json_scope = SCOPE_ZEEK;
}

struct logs *logs_init(const struct logs_limits *limits, struct hash_key key,
                       struct logs_sink sink, struct arena *keep)
{
    struct logs *logs = ARENA_NEW(keep, struct logs, 1);
    logs->key = key;
    log_names_init(&logs->names);
    logs->files = ARENA_NEW(keep, struct log_file, LOG_FILES_MAX);
    for (size_t i = 0; i < LOG_FILES_MAX; i++)
        restart(&logs->files[i]);
    logs->join = log_join_init(limits->facts_max, key, sink, keep);
    return logs;
}

/* Which log it is */

static const struct {
    const char *zeek;  /* its #path */
    const char *event; /* its event_type */
    enum log_field needed[NEEDED_MAX];
} kinds[LOG_KINDS] = {
    [KIND_FLOW] = { "conn",
                    "flow",
                    { LOG_TIME, LOG_INITIATOR, LOG_RESPONDER, LOG_PROTOCOL, LOG_FORWARD_PACKETS,
                      LOG_FORWARD_OCTETS, LOG_REVERSE_PACKETS, LOG_REVERSE_OCTETS } },
    [KIND_DNS] = { "dns", "dns", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_TLS] = { "ssl", "tls", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_CERTIFICATE] = { "x509", NULL, { LOG_NOT_BEFORE, LOG_NOT_AFTER } },
    [KIND_SSH] = { "ssh", "ssh", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_HTTP] = { "http", "http", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_QUIC] = { "quic", "quic", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_KERBEROS] = { "kerberos", NULL, { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_NTLM] = { "ntlm", NULL, { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_RDP] = { "rdp", NULL, { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
    [KIND_ALERT] = { NULL, "alert", { LOG_TIME, LOG_ID, LOG_INITIATOR, LOG_RESPONDER } },
};

/* Argus tells of sums and of one side. */
static const enum log_field needed_of_argus[NEEDED_MAX] = {
    LOG_TIME,           LOG_PROTOCOL,      LOG_INITIATOR,    LOG_INITIATOR_PORT, LOG_RESPONDER,
    LOG_RESPONDER_PORT, LOG_TOTAL_PACKETS, LOG_TOTAL_OCTETS, LOG_FORWARD_OCTETS
};

/* Ports are needed of Zeek; other protocols of EVE have none. */
static const enum log_field needed_of_zeek[NEEDED_MAX] = { LOG_ID, LOG_INITIATOR_PORT,
                                                           LOG_RESPONDER_PORT };

/* By the fields it has, where nothing says what it is. */
static enum log_kind kind_by_fields(const struct log_record *record)
{
    if (log_has(record, LOG_STATE) && log_has(record, LOG_FORWARD_PACKETS))
        return KIND_FLOW;
    if (log_has(record, LOG_QUERY) && log_has(record, LOG_TRANSACTION))
        return KIND_DNS;
    if (log_has(record, LOG_QUIC_IDENTIFIER))
        return KIND_QUIC;
    if (log_has(record, LOG_ESTABLISHED))
        return KIND_TLS;
    if (log_has(record, LOG_NOT_BEFORE))
        return KIND_CERTIFICATE;
    if (log_has(record, LOG_CLIENT_BANNER) && log_has(record, LOG_SERVER_BANNER))
        return KIND_SSH;
    if (log_has(record, LOG_METHOD) && log_has(record, LOG_HOST))
        return KIND_HTTP;
    return KIND_OTHER;
}

static enum log_kind kind_of(const struct log_record *record, uint8_t scope, struct bytes path)
{
    if (scope == SCOPE_ARGUS)
        return KIND_FLOW;
    struct bytes event = log_text(record, LOG_EVENT);
    struct bytes name = scope == SCOPE_EVE ? event : path;
    if (name.len == 0)
        return scope == SCOPE_EVE ? KIND_OTHER : kind_by_fields(record);
    for (size_t kind = KIND_FLOW; kind < LOG_KINDS; kind++) {
        const char *known = scope == SCOPE_EVE ? kinds[kind].event : kinds[kind].zeek;
        if (known && bytes_equal(name, bytes_of_string(known)))
            return (enum log_kind)kind;
    }
    return KIND_OTHER;
}

static enum log_field lacks_of(const struct log_record *record, const enum log_field *needed)
{
    for (size_t i = 0; i < NEEDED_MAX && needed[i] != LOG_NONE; i++) {
        if (!log_has(record, needed[i]))
            return needed[i];
    }
    return LOG_NONE;
}

/* The first field that is needed and not there. */
static enum log_field lacks(const struct log_record *record, uint8_t scope, enum log_kind kind)
{
    if (scope == SCOPE_ARGUS)
        return lacks_of(record, needed_of_argus);
    enum log_field missing = lacks_of(record, kinds[kind].needed);
    if (missing == LOG_NONE && scope == SCOPE_ZEEK && kind != KIND_CERTIFICATE)
        missing = lacks_of(record, needed_of_zeek);
    return missing;
}

/* One for each file, at most. */
static void tell(struct logs *logs, uint16_t number, const char *before, const char *what,
                 const char *after)
{
    struct log_file *file = &logs->files[number];
    if (file->has_trouble || logs->trouble_count == TROUBLE_MAX)
        return;
    file->has_trouble = true;
    struct trouble *trouble = &logs->trouble[logs->trouble_count++];
    trouble->file = number;
    struct text text = text_over(trouble->text, sizeof trouble->text);
    text_put_string(&text, before);
    text_put_string(&text, what);
    text_put_string(&text, after);
}

/* Lines of columns */

/* The header is judged as if it were a line that says everything. */
static void learn_columns(struct logs *logs, uint16_t number)
{
    struct log_file *file = &logs->files[number];
    const struct log_columns *columns = &file->columns;
    struct log_record *record = &logs->record;
    logs->cut_by = NULL;
    memset(record->values, 0, sizeof record->values);
    for (size_t i = 0; i < columns->count; i++)
        record->values[columns->fields[i]].at = (const uint8_t *)"";
    record->values[LOG_NONE].at = NULL;
    struct bytes path = { (const uint8_t *)columns->path, columns->path_len };
    file->kind = (uint8_t)kind_of(record, columns->scope, path);
    if (file->kind == KIND_OTHER)
        return;
    enum log_field missing = lacks(record, columns->scope, (enum log_kind)file->kind);
    file->lacks = missing != LOG_NONE;
    if (file->lacks)
        tell(logs, number, "has no column ", log_names_of(columns->scope, missing),
             ": passed over");
}

static enum line_verdict read_header(struct logs *logs, const struct log_line *line,
                                     struct bytes text)
{
    struct log_file *file = &logs->files[line->file];
    bool is_directive = text.at[0] == '#';
    bool is_good = is_directive ? log_columns_directive(&file->columns, &logs->names, text)
                                : log_columns_header(&file->columns, &logs->names, text);
    if (!is_good) {
        tell(logs, line->file, is_directive ? "has a header that cannot be read" : "",
             is_directive ? "" : "has no header that says what its columns are",
             ": passed over");
        file->lacks |= is_directive;
        return is_directive ? LINE_COLUMNS : LINE_NO_HEADER;
    }
    if (!is_directive || bytes_start_with(text, BYTES("#fields")))
        learn_columns(logs, line->file);
    return LINE_HEADER;
}

static enum line_verdict take_record(struct logs *logs, const struct log_record *record,
                                     uint8_t scope, enum log_kind kind);

static enum line_verdict read_columns(struct logs *logs, struct log_file *file,
                                      struct bytes text)
{
    if (file->lacks)
        return LINE_FILE_LACKS;
    if (file->kind == KIND_OTHER)
        return LINE_OTHER_LOG;
    if (logs->cut_by != file) { /* another's values must not show through */
        memset(logs->record.values, 0, sizeof logs->record.values);
        logs->record.list_separator = file->columns.list_separator;
        logs->cut_by = file;
    }
    if (!log_columns_cut(&file->columns, text, &logs->record))
        return LINE_COLUMNS;
    return take_record(logs, &logs->record, file->columns.scope, (enum log_kind)file->kind);
}

/* Lines of JSON */

/* As the line before; and as the other when that does not fit. */
static enum fault read_object(struct logs *logs, struct log_file *file, struct bytes text)
{
    enum fault fault = log_json_read(&logs->names, file->json_scope, text, &logs->json);
    bool is_eve = log_has(&logs->json, LOG_EVENT);
    if (fault != FAULT_NONE || is_eve == (file->json_scope == SCOPE_EVE))
        return fault;
    file->json_scope = is_eve ? SCOPE_EVE : SCOPE_ZEEK;
    return log_json_read(&logs->names, file->json_scope, text, &logs->json);
}

static enum line_verdict read_json(struct logs *logs, const struct log_line *line,
                                   struct bytes text)
{
    struct log_file *file = &logs->files[line->file];
    if (read_object(logs, file, text) != FAULT_NONE)
        return LINE_JSON;
    uint8_t scope = file->json_scope;
    enum log_kind kind = kind_of(&logs->json, scope, log_text(&logs->json, LOG_PATH));
    if (kind == KIND_OTHER)
        return LINE_OTHER_LOG;
    enum log_field missing = lacks(&logs->json, scope, kind);
    if (missing == LOG_NONE)
        return take_record(logs, &logs->json, scope, kind);
    tell(logs, line->file, "has lines without a field ", log_names_of(scope, missing),
         ": they are passed over");
    return LINE_LACKS;
}

/* What it says */

/* Letters of either case are one account; longer names than there are, are cut. */
static uint64_t account_hash(const struct logs *logs, struct bytes name)
{
    uint8_t room[128];
    size_t len = name.len < sizeof room ? name.len : sizeof room;
    for (size_t i = 0; i < len; i++)
        room[i] =
            name.at[i] >= 'A' && name.at[i] <= 'Z' ? (uint8_t)(name.at[i] | 0x20) : name.at[i];
    uint64_t hash = len == 0 ? 0 : hash_bytes(&logs->key, (struct bytes){ room, len }) | 1;
    wipe(room, sizeof room);
    return hash;
}

static enum line_verdict take_facts(struct logs *logs, const struct log_record *record,
                                    enum log_kind kind, struct flow *ends)
{
    struct log_facts *facts = &logs->facts;
    log_make_facts(record, &logs->names, kind, &logs->item, facts);
    /* An answer may be told from the server's side. */
    bool is_answer = kind == KIND_DNS && facts->count > 0 && facts->at[0].dns.is_response;
    if (is_answer && ends->initiator_port == 53 && ends->responder_port != 53) {
        struct ip_address address = ends->initiator;
        ends->initiator = ends->responder;
        ends->responder = address;
        ends->initiator_port = ends->responder_port;
        ends->responder_port = 53;
    }
    for (size_t i = 0; i < facts->count; i++) {
        bool is_certificate = facts->at[i].kind == FACT_TLS_CERTIFICATE;
        logs->alerts += facts->at[i].kind == FACT_ALERT;
        if (facts->at[i].kind == FACT_LOGIN)
            facts->at[i].login.account = account_hash(logs, facts->account);
        log_join_add(logs->join, log_text(record, LOG_ID), ends, &facts->at[i],
                     is_certificate ? facts->certificate : (struct bytes){ NULL, 0 });
    }
    return facts->count > 0 ? LINE_FACT : LINE_SILENT;
}

static enum line_verdict take_certificate(struct logs *logs, const struct log_record *record)
{
    struct tls_certificate_fact fact;
    struct bytes id;
    enum line_verdict verdict = log_make_certificate(record, &fact, &id);
    if (verdict == LINE_CERTIFICATE)
        log_join_certificate(logs->join, id, &fact);
    return verdict;
}

static enum line_verdict take_record(struct logs *logs, const struct log_record *record,
                                     uint8_t scope, enum log_kind kind)
{
    struct flow flow;
    if (kind == KIND_CERTIFICATE)
        return take_certificate(logs, record);
    enum line_verdict verdict = log_make_ends(record, scope, kind, &flow);
    if (verdict != LINE_FACT)
        return verdict;
    if (kind != KIND_FLOW)
        return take_facts(logs, record, kind, &flow);
    verdict = log_make_flow(record, scope, &flow);
    if (verdict == LINE_FLOW)
        log_join_flow(logs->join, log_text(record, LOG_ID), &flow);
    return verdict;
}

static enum line_verdict read_line(struct logs *logs, const struct log_line *line)
{
    struct log_file *file = &logs->files[line->file];
    struct bytes text = line->text;
    if (line->starts) {
        restart(file);
        logs->cut_by = NULL;
        if (bytes_start_with(text, BYTES("\xef\xbb\xbf")))
            text = bytes_slice(text, 3, text.len);
    }
    if (text.len > 0 && text.at[text.len - 1] == '\r')
        text.len--;
    if (text.len == 0)
        return LINE_EMPTY;
    if (text.at[0] == '{')
        return read_json(logs, line, text);
    if (text.at[0] == '#' || file->columns.scope == SCOPE_NONE)
        return read_header(logs, line, text);
    return read_columns(logs, file, text);
}

static void erase_record(struct log_record *record)
{
    memset(record->values, 0, sizeof record->values);
    wipe(record->scratch, sizeof record->scratch);
    record->scratch_used = 0;
}

/* What was read of lines: their values point into what the source erases. */
static void erase_lines(struct logs *logs)
{
    erase_record(&logs->record);
    erase_record(&logs->json);
    erase_record(&logs->item);
    wipe(&logs->facts, sizeof logs->facts);
    logs->cut_by = NULL;
}

void logs_run(struct logs *logs, const struct line_batch *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        logs->verdicts[read_line(logs, &lines->lines[i])]++;
    erase_lines(logs);
}

void logs_finish(struct logs *logs)
{
    log_join_finish(logs->join);
}

void logs_count(const struct logs *logs, struct summary *summary)
{
    static const char *const verdicts[LINE_VERDICTS] = {
        [LINE_FLOW] = "flows",
        [LINE_FACT] = "facts",
        [LINE_CERTIFICATE] = "certificates",
        [LINE_HEADER] = "headers",
        [LINE_OTHER_LOG] = "other logs",
        [LINE_SILENT] = "nothing kept",
        [LINE_EMPTY] = "empty",
        [LINE_NO_HEADER] = "no header",
        [LINE_FILE_LACKS] = "file lacks a column",
        [LINE_LACKS] = "lacks a field",
        [LINE_COLUMNS] = "too few columns",
        [LINE_JSON] = "bad json",
        [LINE_TIME] = "bad time",
        [LINE_ADDRESS] = "bad address",
        [LINE_NUMBER] = "bad number",
        [LINE_PROTOCOL] = "not ip",
    };
    struct log_join_counts counts = log_join_counts(logs->join);
    summary_count(summary, "logs", "alerts", "facts", logs->alerts);
    for (size_t i = 0; i < LINE_VERDICTS; i++)
        summary_count(summary, "logs", verdicts[i], "lines", logs->verdicts[i]);
    summary_count(summary, "logs", "joined", "facts", counts.joined);
    summary_count(summary, "logs", "alone", "facts", counts.alone);
    summary_count(summary, "logs", "evicted", "facts", counts.evicted);
    summary_count(summary, "logs", "too many for a flow", "facts", counts.dropped);
    summary_count(summary, "logs", "of facts alone", "flows", counts.flows);
    summary_count(summary, "logs", "certificates forgotten", "certificates", counts.replaced);
    summary_count(summary, "logs", "same id, other addresses", "flows", counts.mismatched);
}

const char *logs_trouble(const struct logs *logs, size_t i, uint16_t *file)
{
    if (i >= logs->trouble_count)
        return NULL;
    *file = logs->trouble[i].file;
    return logs->trouble[i].text;
}
