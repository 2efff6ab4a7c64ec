// SPDX-License-Identifier: Apache-2.0
/* Findings in and out: one row, and its lines, measures, hits and names in tables of their
 * own.  Column by column in the order of FINDING_COLUMNS in schema.c. */
#include "base/must.h"
#include "store/store_private.h"

static void put_line(struct store_row *row, const struct finding *finding, size_t i)
{
    const struct finding_line *line = &finding->lines[i];
    store_put_party(row, &line->party);
    store_put_i64(row, line->first_ns);
    store_put_i64(row, line->last_ns);
    store_put_u64(row, line->connections);
    store_put_u64(row, line->octets_out);
    store_put_u64(row, line->octets_in);
    store_put_real(row, line->interval_median_s);
    store_put_real(row, line->score);
    store_put_real(row, line->interval_spread);
}

static void take_line(struct store_row *row, struct finding *out)
{
    struct finding_line *line = &out->lines[out->line_count++];
    store_take_party(row, &line->party);
    line->first_ns = store_take_i64(row);
    line->last_ns = store_take_i64(row);
    line->connections = store_take_u64(row, UINT64_MAX);
    line->octets_out = store_take_u64(row, UINT64_MAX);
    line->octets_in = store_take_u64(row, UINT64_MAX);
    line->interval_median_s = store_take_real(row);
    line->score = store_take_real(row);
    line->interval_spread = store_take_real(row);
}

static void put_measure(struct store_row *row, const struct finding *finding, size_t i)
{
    const struct measure *measure = &finding->measures[i];
    store_put_word(row, measure_kind(measure->id)->name);
    store_put_real(row, measure->value);
    if (measure->has_threshold)
        store_put_real(row, measure->threshold);
    else
        store_put_null(row);
    store_put_real(row, measure->weight);
}

static void take_measure(struct store_row *row, struct finding *out)
{
    struct measure *measure = &out->measures[out->measure_count++];
    measure->id = (enum measure_id)store_take_word(row, store_word_measure, 0, MEASURES);
    measure->value = store_take_real(row);
    measure->has_threshold = !store_is_null(row);
    measure->threshold = store_take_real(row);
    measure->weight = store_take_real(row);
}

static void put_hit(struct store_row *row, const struct finding *finding, size_t i)
{
    store_put_hit(row, &finding->hits[i]);
}

static void take_hit(struct store_row *row, struct finding *out)
{
    store_take_hit(row, &out->hits[out->hit_count++]);
}

static void put_name(struct store_row *row, const struct finding *finding, size_t i)
{
    store_put_text(row, fact_name_bytes(&finding->names[i]));
    store_put_i64(row, finding->names[i].cut);
}

static void take_name(struct store_row *row, struct finding *out)
{
    struct fact_name *name = &out->names[out->name_count++];
    char room[FACT_NAME_MAX + 1];
    name->len = (uint8_t)store_take_text(row, room, sizeof room);
    memcpy(name->at, room, name->len);
    name->cut = store_take_u64(row, 1) != 0;
}

static void put_address(struct store_row *row, const struct finding *finding, size_t i)
{
    store_put_address(row, &finding->addresses[i]);
}

static void take_address(struct store_row *row, struct finding *out)
{
    store_take_address(row, &out->addresses[out->address_count++]);
}

/* The tables below a finding; count_at is where struct finding counts what is kept. */
static const struct part {
    enum store_statement put, get;
    size_t count_at;
    size_t max;
    void (*put_columns)(struct store_row *row, const struct finding *finding, size_t i);
    void (*take_columns)(struct store_row *row, struct finding *out);
} parts[] = {
    { STORE_PUT_LINE, STORE_GET_LINES, offsetof(struct finding, line_count), FINDING_LINES_MAX,
      put_line, take_line },
    { STORE_PUT_MEASURE, STORE_GET_MEASURES, offsetof(struct finding, measure_count),
      FINDING_MEASURES_MAX, put_measure, take_measure },
    { STORE_PUT_HIT, STORE_GET_HITS, offsetof(struct finding, hit_count), FINDING_HITS_MAX,
      put_hit, take_hit },
    { STORE_PUT_NAME, STORE_GET_NAMES, offsetof(struct finding, name_count), FINDING_NAMES_MAX,
      put_name, take_name },
    { STORE_PUT_ADDRESS, STORE_GET_ADDRESSES, offsetof(struct finding, address_count),
      FINDING_ADDRESSES_MAX, put_address, take_address },
};

enum { PARTS = sizeof parts / sizeof *parts };

static size_t count_of(const struct finding *finding, const struct part *part)
{
    size_t count;
    memcpy(&count, (const char *)finding + part->count_at, sizeof count);
    return count;
}

static bool write_part(struct store *store, const struct part *part, int64_t id,
                       const struct finding *finding, struct error *err)
{
    size_t count = count_of(finding, part);
    MUST(count <= part->max);
    for (size_t i = 0; i < count; i++) {
        struct store_row row;
        if (!store_row_start(store, part->put, &row, err))
            return false;
        store_put_i64(&row, id);
        store_put_i64(&row, (int64_t)i);
        part->put_columns(&row, finding, i);
        if (!store_row_run(store, &row, err))
            return false;
    }
    return true;
}

/* Counted from "row", which stands before FINDING_COLUMNS. */
enum { FINDING_COLUMN_IS_NAME = 19 };

static void put_subject(struct store_row *row, const struct finding *finding)
{
    if (!finding_is_of_name(finding)) {
        store_put_party(row, &finding->subject);
        return;
    }
    store_put_text(row, fact_name_bytes(&finding->subject_name));
    store_put_word(row, place_name(finding->subject.place));
}

static void put_columns(struct store_row *row, const struct finding *finding)
{
    store_put_word(row, finding->id);
    store_put_word(row, finding_kind_name(finding->kind));
    store_put_word(row, finding->rule);
    put_subject(row, finding);
    store_put_i64(row, finding->port);
    store_put_i64(row, finding->protocol);
    store_put_word(row, shape_name((enum sighting_shape)finding->shape));
    store_put_word(row, direction_name(finding->direction));
    store_put_word(row, basis_name(finding->basis));
    store_put_real(row, finding->score);
    store_put_i64(row, finding->first_ns);
    store_put_i64(row, finding->last_ns);
    store_put_u64(row, finding->connections);
    store_put_u64(row, finding->octets_out);
    store_put_u64(row, finding->octets_in);
    store_put_u64(row, finding->line_total);
    store_put_i64(row, finding->retention_until_ns);
    store_put_i64(row, finding_is_of_name(finding));
    store_put_mandate(row, &finding->mandate, finding->basis);
}

bool store_write_finding(struct store *store, const struct finding *finding, struct error *err)
{
    if (finding->retention_until_ns <= 0)
        return error_set(err, 0,
                         "a finding without a date of erasure is not kept (art. 25(1))");
    struct store_row row;
    if (!store_row_start(store, STORE_PUT_FINDING, &row, err))
        return false;
    store_put_i64(&row, store->run);
    put_columns(&row, finding);
    if (!store_row_run(store, &row, err))
        return false;
    int64_t id = sqlite3_last_insert_rowid(store->database);
    for (size_t i = 0; i < PARTS; i++) {
        if (!write_part(store, &parts[i], id, finding, err))
            return false;
    }
    return true;
}

/* The columns subject and subject_place, of which the last column says what they are. */
static void take_subject(struct store_row *row, struct finding *out)
{
    struct store_row last = { .statement = row->statement, .at = FINDING_COLUMN_IS_NAME };
    if (store_take_u64(&last, 1) == 0) {
        store_take_party(row, &out->subject);
    } else {
        char room[FACT_NAME_MAX + 1];
        out->subject_name.len = (uint8_t)store_take_text(row, room, sizeof room);
        memcpy(out->subject_name.at, room, out->subject_name.len);
        out->subject.place = (enum place)store_take_word(row, store_word_place, 0, PLACES);
        row->broken |= out->subject_name.len == 0;
    }
    row->broken |= last.broken;
}

static void take_columns(struct store_row *row, struct finding *out)
{
    (void)store_take_text(row, out->id, sizeof out->id);
    out->kind = (enum finding_kind)store_take_word(row, store_word_finding, 0, FINDING_KINDS);
    (void)store_take_text(row, out->rule, sizeof out->rule);
    take_subject(row, out);
    out->port = (uint16_t)store_take_u64(row, UINT16_MAX);
    out->protocol = (uint8_t)store_take_u64(row, UINT8_MAX);
    out->shape = (uint8_t)store_take_word(row, store_word_shape, 0, SHAPES);
    out->direction = (enum direction)store_take_word(row, store_word_direction, 0, DIRECTIONS);
    out->basis = (enum basis)store_take_word(row, store_word_basis, 0, BASES);
    out->score = store_take_real(row);
    out->first_ns = store_take_i64(row);
    out->last_ns = store_take_i64(row);
    out->connections = store_take_u64(row, UINT64_MAX);
    out->octets_out = store_take_u64(row, UINT64_MAX);
    out->octets_in = store_take_u64(row, UINT64_MAX);
    out->line_total = store_take_u64(row, UINT64_MAX);
    out->retention_until_ns = store_take_i64(row);
    row->at++; /* what take_subject looked at */
    store_take_mandate(row, out->basis, &out->mandate);
}

static bool read_part(struct store *store, const struct part *part, int64_t id,
                      struct finding *out, struct error *err)
{
    struct store_row row;
    if (!store_row_start(store, part->get, &row, err))
        return false;
    store_put_i64(&row, id);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        if (count_of(out, part) == part->max)
            row.broken = true;
        else
            part->take_columns(&row, out);
        if (!store_row_check(store, &row, err))
            return false;
    }
    return more == 0;
}

static void mask(const struct store *store, struct finding *finding)
{
    if (store->grant.lines_in_clear)
        return;
    bool is_of_line = !finding_is_of_name(finding) && store_is_clear_line(&finding->subject);
    for (size_t i = 0; i < finding->hit_count; i++)
        store_mask_hit(&finding->hits[i], is_of_line);
    if (is_of_line)
        store_mask_party(store, &finding->subject);
    for (size_t i = 0; i < finding->line_count; i++)
        store_mask_party(store, &finding->lines[i].party);
    memset(finding->addresses, 0, sizeof finding->addresses);
    finding->address_count = 0;
}

static bool read_finding(struct store *store, struct store_row *row, int64_t *number,
                         struct finding *out, struct error *err)
{
    memset(out, 0, sizeof *out);
    int64_t id = store_take_i64(row);
    *number = id;
    take_columns(row, out);
    if (!store_row_check(store, row, err))
        return false;
    for (size_t i = 0; i < PARTS; i++) {
        if (!read_part(store, &parts[i], id, out, err))
            return false;
    }
    mask(store, out);
    return true;
}

int store_find_finding(struct store *store, struct bytes prefix, struct finding *out,
                       struct error *err)
{
    struct store_row row;
    int64_t number;
    if (!store_read_start(store, STORE_FIND_FINDING, &row, err))
        return -1;
    store_put_text(&row, prefix);
    int more = store_row_next(store, &row, err);
    if (more != 1)
        return more;
    if (!read_finding(store, &row, &number, out, err))
        return -1;
    if (bytes_equal(prefix, bytes_of_string(out->id)))
        return 1; /* the whole identifier, whatever else begins with it */
    more = store_row_next(store, &row, err);
    return more < 0 ? -1 : 1 + more;
}

bool store_each_finding(struct store *store, const struct store_filter *filter,
                        void (*take)(void *context, const struct finding *finding),
                        void *context, struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_EACH_FINDING, &row, err))
        return false;
    store_put_filter(store, &row, filter);
    store_put_u64(&row, filter->limit);
    store_put_u64(&row, filter->skip);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct finding finding;
        int64_t number;
        if (!read_finding(store, &row, &number, &finding, err))
            return false;
        take(context, &finding);
    }
    return more == 0;
}

bool store_each_finding_after(struct store *store, const struct store_stretch *stretch,
                              store_take_finding_fn *take, void *context, struct error *err)
{
    struct store_row row;
    if (!store_read_start(store, STORE_FINDINGS_AFTER, &row, err))
        return false;
    store_put_stretch(&row, stretch);
    int more;
    while ((more = store_row_next(store, &row, err)) == 1) {
        struct finding finding;
        int64_t number;
        if (!read_finding(store, &row, &number, &finding, err))
            return false;
        take(context, number, &finding);
    }
    return more == 0;
}
