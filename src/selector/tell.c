// SPDX-License-Identifier: Apache-2.0
/* A selector in sentences that a committee reads aloud.  They are made from the tree that is
 * run, never from what its author wrote about it. */
#include "base/time.h"
#include "selector/terms_private.h"

struct teller {
    const struct selector *selector;
    struct text *out;
    unsigned language; /* 0 English, 1 Japanese */
};

static void say(const struct teller *teller, const char *en, const char *ja)
{
    text_put_string(teller->out, teller->language == 1 ? ja : en);
}

static void say_number(const struct teller *teller, uint64_t number)
{
    text_put_u64(teller->out, number);
}

static void say_value(const struct teller *teller, const struct node *node, uint64_t value)
{
    selector_put_value((enum rule_field)node->what, value, teller->language == 1, teller->out);
}

static void tell_listed(const struct teller *teller, const struct node *node)
{
    const struct subject_row *row = &selector_subjects[node->what];
    const char *list = teller->selector->lists[node->list];
    say(teller, row->tell, row->tell_ja);
    say(teller, node->is_negated ? " is not in the list \"" : " is in the list \"", "が一覧「");
    text_put_string(teller->out, list);
    say(teller, "\"", node->is_negated ? "」に含まれないこと" : "」に含まれること");
}

static void tell_behaviour(const struct teller *teller, const struct node *node)
{
    const struct behaviour_row *row = &selector_behaviours[node->what];
    say(teller, node->is_negated ? "the communication is not " : "the communication is ", "");
    say(teller, row->tell, row->tell_ja);
    if (node->score > 0) {
        say(teller, " (by a score of ", "（得点");
        say_number(teller, node->score);
        say(teller, " or more of 100)", "以上、100点満点）");
    }
    say(teller, "", node->is_negated ? "でないこと" : "であること");
}

static void tell_set(const struct teller *teller, const struct node *node)
{
    const struct range *ranges = teller->selector->ranges + node->range_first;
    say(teller, "one of ", "");
    for (size_t i = 0; i < node->range_count; i++) {
        bool is_last = i + 1 == node->range_count;
        if (i > 0)
            say(teller, is_last ? " and " : ", ", "、");
        say_value(teller, node, ranges[i].low);
    }
    say(teller, "", "のいずれか");
}

static void tell_range(const struct teller *teller, const struct node *node)
{
    const struct range *range = &teller->selector->ranges[node->range_first];
    bool is_least = range->high == selector_fields[node->what].max;
    if (range->low == range->high) {
        say_value(teller, node, range->low);
    } else if (range->low == 0 || is_least) {
        say(teller, is_least ? "at least " : "at most ", "");
        say_value(teller, node, is_least ? range->low : range->high);
        say(teller, "", is_least ? "以上" : "以下");
    } else {
        say(teller, "from ", "");
        say_value(teller, node, range->low);
        say(teller, " to ", "から");
        say_value(teller, node, range->high);
        say(teller, "", "まで");
    }
}

static void tell_field(const struct teller *teller, const struct node *node)
{
    const struct field_row *row = &selector_fields[node->what];
    say(teller, row->tell, row->tell_ja);
    say(teller, node->is_negated ? " is not " : " is ", "が");
    if (node->range_count > 1)
        tell_set(teller, node);
    else
        tell_range(teller, node);
    say(teller, "", node->is_negated ? "でないこと" : "であること");
}

static void tell_test(const struct teller *teller, const struct node *node)
{
    if (node->kind == NODE_LISTED)
        tell_listed(teller, node);
    else if (node->kind == NODE_BEHAVIOUR)
        tell_behaviour(teller, node);
    else
        tell_field(teller, node);
}

static void tell_group(const struct teller *teller, const struct node *node,
                       enum walk_event event)
{
    bool is_or = node->kind == NODE_OR, is_inner = node->parent != NO_NODE;
    if (event == WALK_BETWEEN) {
        say(teller, is_or ? ", or " : ", and ", is_or ? "、又は、" : "、かつ、");
        return;
    }
    bool is_in = is_inner || node->is_negated;
    if (event == WALK_LEAVE) {
        say(teller, is_in ? ")" : "", is_in ? "）" : "");
        say(teller, "", node->is_negated ? "に該当しないこと" : "");
        return;
    }
    say(teller, node->is_negated ? "it is not so that " : "", "");
    say(teller, is_in ? "(" : "", is_in ? "（" : "");
    say(teller, is_or ? "either " : "", "");
}

static void tell_condition(const struct teller *teller)
{
    say(teller, "A communication is selected only when ",
        "次の条件を満たす通信のみを選別する。条件は、");
    struct walk walk = walk_begin(teller->selector);
    for (; !walk_is_over(&walk); walk_on(&walk)) {
        const struct node *node = &teller->selector->nodes[walk.at];
        if (node_is_group(node))
            tell_group(teller, node, walk.event);
        else
            tell_test(teller, node);
    }
    say(teller, ".\n", "である。\n");
}

static void tell_date(const struct teller *teller, int64_t time_ns)
{
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    struct time_date date =
        time_date_of(time_ns + teller->selector->ahead_minutes * 60 * TIME_SECOND_NS);
    if (teller->language == 1)
        text_format(teller->out, "%d年%u月%u日", (int)date.year, date.month, date.day);
    else
        text_format(teller->out, "%u %s %d", date.day, months[date.month - 1], (int)date.year);
}

static void tell_period(const struct teller *teller)
{
    const struct selector *selector = teller->selector;
    int minutes =
        selector->ahead_minutes < 0 ? -selector->ahead_minutes : selector->ahead_minutes;
    say(teller, "It is valid from ", "有効期間は");
    tell_date(teller, selector->from_ns);
    say(teller, " to the end of ", "から");
    tell_date(teller, selector->to_ns - TIME_DAY_NS);
    text_format(teller->out,
                teller->language == 1 ? "まで（%lld日間、UTC%c%02d:%02d）である。\n"
                                      : " (%lld days, UTC%c%02d:%02d).\n",
                (long long)((selector->to_ns - selector->from_ns) / TIME_DAY_NS),
                selector->ahead_minutes < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static void tell_direction(const struct teller *teller, enum direction direction)
{
    static const char *const words[DIRECTIONS] = {
        [DIRECTION_UNKNOWN] = "",
        [DIRECTION_FF] = "from abroad to abroad",
        [DIRECTION_FD] = "from abroad to this country",
        [DIRECTION_DF] = "from this country to abroad",
        [DIRECTION_DD] = "within this country",
    };
    say(teller, words[direction], selector_direction_word(direction, true));
}

static void tell_scope(const struct teller *teller)
{
    const char *between = "", *between_ja = "";
    uint32_t directions = teller->selector->directions;
    if (directions == OWN_NETWORK) {
        say(teller, "It looks only at the traffic of its owner's own network.\n",
            "対象は運用者自身の網の通信のみである。\n");
        return;
    }
    say(teller, "It looks only at communication ", "対象は");
    for (unsigned i = DIRECTION_FF; i < DIRECTIONS; i++) {
        if (!(directions >> i & 1))
            continue;
        say(teller, between, between_ja);
        tell_direction(teller, (enum direction)i);
        between = " and ";
        between_ja = "・";
    }
    say(teller, ".\n", "の通信のみである。\n");
}

static void tell_head(const struct teller *teller)
{
    const struct selector *selector = teller->selector;
    bool is_ja = teller->language == 1;
    text_format(teller->out, is_ja ? "選別条件「%s」第%u版。" : "Selector \"%s\", version %u. ",
                selector->name, selector->version);
    text_format(teller->out,
                is_ja ? "所管は%s、目的は「%s」" : "%s answers for it; it is for \"%s\"",
                selector->owner, selector->purpose);
    if (selector->basis[0] != '\0')
        text_format(teller->out, is_ja ? "、根拠は「%s」" : " under the basis \"%s\"",
                    selector->basis);
    say(teller, ".\n", "である。\n");
}

static void tell_record(const struct teller *teller)
{
    const struct selector *selector = teller->selector;
    bool is_ja = teller->language == 1;
    text_format(teller->out,
                is_ja
                    ? "選別したものは記録し、遅くとも%u日後に消去する。\n"
                    : "What is selected is recorded, and erased after %u days at the latest.\n",
                selector->keep_days);
    text_format(teller->out,
                is_ja
                    ? "1日に示す相手先は%u台を上限とし、達した時点でその日の選別を停止する。\n"
                    : "It names at most %u servers a day; then it stops for that day.\n",
                selector->servers_per_day);
    if (selector->reveals == REVEALS_LINE)
        say(teller, "The records may tell the line in clear.\n",
            "記録は回線を明示することがある。\n");
    else
        say(teller, "The records tell the server; the line stands there as a pseudonym.\n",
            "記録は相手先を示し、回線は仮名で示す。\n");
}

static void tell_sampling(const struct teller *teller)
{
    uint32_t rate = teller->selector->sampling_max;
    bool is_ja = teller->language == 1;
    if (rate == 1)
        say(teller, "Traffic of which not every packet was counted is left out.\n",
            "全パケットを数えていない通信は対象としない。\n");
    else if (rate == 0)
        say(teller, "Traffic counts however few of its packets were counted.\n",
            "標本率を問わず、不明な通信も対象とする。\n");
    else
        text_format(teller->out,
                    is_ja ? "%uパケットに1つより粗い標本の通信は対象としない。\n"
                          : "Traffic of which fewer packets than 1 in %u were counted is left "
                            "out.\n",
                    rate);
}

static void tell_pieces(const struct teller *teller)
{
    static const char *const kinds[][2] = {
        [INFORMATION_EQUIPMENT] = { "equipment", "設備" },
        [INFORMATION_COMMAND] = { "commands", "指令" },
        [INFORMATION_OTHER] = { "other information of machines", "その他の機械的情報" },
    };
    struct selector_cost cost;
    const char *between = "", *between_ja = "";
    selector_measure(teller->selector, &cost);
    say(teller, "However it comes to select, it rests on at least ", "選別は、いずれの場合も");
    say_number(teller, cost.items_min);
    say(teller, cost.items_min == 1 ? " piece of information" : " pieces of information",
        "つ以上の情報に基づく");
    say(teller, "; of kind: ", "（種類：");
    for (unsigned i = INFORMATION_EQUIPMENT; i <= INFORMATION_OTHER; i++) {
        if (!(cost.kinds >> i & 1))
            continue;
        say(teller, between, between_ja);
        say(teller, kinds[i][0], kinds[i][1]);
        between = ", ";
        between_ja = "、";
    }
    say(teller, ".\n", "）。\n");
    say(teller, "It cannot ask for what anybody says in a communication.\n",
        "通信の内容を問うことはできない。\n");
}

static void tell_digest(const struct teller *teller)
{
    uint8_t digest[32];
    selector_digest(teller->selector, digest);
    say(teller, "Its digest (SHA-256) is ", "そのダイジェスト（SHA-256）は");
    text_put_hex(teller->out, (struct bytes){ digest, sizeof digest });
    say(teller, ".\n", "である。\n");
}

void selector_tell(const struct selector *selector, bool in_japanese, struct text *out)
{
    struct teller teller = { selector, out, in_japanese };
    tell_head(&teller);
    tell_scope(&teller);
    tell_condition(&teller);
    tell_record(&teller);
    tell_sampling(&teller);
    tell_period(&teller);
    tell_pieces(&teller);
    if (selector->note[0] != '\0')
        text_format(out, in_japanese ? "備考：%s\n" : "Note: %s\n", selector->note);
    tell_digest(&teller);
}
