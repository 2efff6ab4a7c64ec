// SPDX-License-Identifier: Apache-2.0
/* The law as the program knows it: what the files below law/ say (read by law/law.h), and the
 * questions that are asked of it.  Nothing of any one country stands in the code: bases,
 * directions, periods, kinds, roles, notices and recipients are rows, each with its article and
 * the days it is in force.  Pure: the day comes in from outside.
 *
 * Every question that can be answered no is answered with a ruling: the article and the reason
 * in words, in both languages. */
#pragma once

#include "base/attr.h"
#include "base/bytes.h"
#include "base/text.h"
#include "base/time.h"
#include "model/mandate.h"
#include "model/selected.h"

enum { LAW_TEXT_LANGUAGES = 2 }; /* English, Japanese */

/* Text of a row in both languages. */
struct law_text {
    const char *en;
    const char *ja;
};

/* Days in force, [from, to): midnight in the law's own time zone; INT64_MIN and INT64_MAX
 * where the data says nothing. */
struct law_force {
    int64_t from_ns, to_ns;
};

enum law_approval { LAW_APPROVAL_NONE, LAW_APPROVAL_NOTICE, LAW_APPROVAL_PRIOR };

/* A legal basis: a row of bases.yaml. */
struct law_basis {
    const char *id; /* "a17", "own"; under BASIS_NAME_MAX */
    struct law_text name;
    const char *article; /* "17" */
    struct law_force force;
    enum basis kind; /* own, exercise or statutory */
    enum law_approval approval;
    const char *approver;       /* id of the role whose keys sign */
    unsigned signatures;        /* so many different keys of that role */
    uint32_t directions;        /* bits of 1 << enum direction */
    unsigned period_months;     /* longest period of one warrant; 0: as agreed */
    unsigned extension_months;  /* each; 0: by change of the agreement */
    const char *period_article; /* "17(3)"; NULL: as the basis */
    unsigned share_permille;    /* of the equipment's capacity at most; 0: no cap */
    unsigned items;             /* pieces of information a condition must rest on */
    uint32_t item_kinds;        /* bits 1 << enum information_kind that count */
    const char *items_article;  /* "22(2)"; NULL: as the basis */
    unsigned kinds;             /* of so many different kinds (stricter mode); 0: any */
    bool needs_equipment;       /* named in the warrant */
    bool lines_in_clear;        /* the owner's own */
    const char *retention;      /* id of the retention rule */
};

/* How long: until the end of the fiscal year so many years after the one that follows, or a
 * span of days after selection. */
struct law_retention {
    const char *id;
    const char *article;
    struct law_force force;
    unsigned fiscal_month; /* the first of a fiscal year; 0: days counts instead */
    unsigned years;
    unsigned days;
    unsigned extension_years;
};

/* A word of time and how soon we hold it to be met. */
struct law_time_word {
    const char *id; /* "promptly" */
    struct law_text name;
    int64_t within_ns;
    unsigned working_days; /* not 0: by the end of the last of them, and within_ns is 0 */
};

/* Days that are no working days (calendar.yaml): each week, each year, or one day. */
struct law_rest {
    const char *id; /* "saturday", "new-year", "2027-05-03" */
    struct law_text name;
    const char *article;
    struct law_force force;
    unsigned weekday; /* 1 Monday to 7 Sunday; 0: not by the week */
    unsigned yearly_from,
        yearly_to; /* 1229, 103: month * 100 + day, both in; 0: not by the year */
    int64_t day;   /* days since 1970-01-01; INT64_MIN: not one day */
};

/* A duty that an event brings: who tells whom, how soon.  See law_notice_is_due. */
struct law_notice {
    const char *id;    /* "30-1" */
    const char *event; /* kind of ledger entry that brings it: "selection_batch" */
    struct law_text name;
    const char *article;
    struct law_force force;
    const char *from, *to; /* ids of roles */
    const char *time_word;
};

struct law_role {
    const char *id; /* "commission", "inspector", "analyst" */
    struct law_text name;
    const char *article;
    const char *played_by; /* role whose holders may do its part in an exercise; NULL: nobody */
    bool is_administrator; /* keeps the system going, and reads nothing of tiers T0 to T2 */
};

struct law_purpose {
    const char *id; /* "damage-prevention" */
    struct law_text name;
    const char *article;
    struct law_force force;
    bool is_refused;  /* written down to be refused by name: "investigation" */
    bool is_exercise; /* of exercises, and of nothing else */
};

/* Who may read what for which purpose: what no row allows is refused. */
struct law_permission {
    const char *role;
    const char *action; /* "read", "export", "reidentify", "verify" */
    const char *purpose;
    const char *basis; /* id, or "*" for any */
    const char *article;
    struct law_force force;
};

/* Who may be given what (the recipient matrix). */
struct law_provision {
    const char *from, *to; /* ids of roles */
    const char *product;   /* "selected", "integrated", "notice" ... */
    const char *article;
    struct law_force force;
    bool needs_consent;     /* of the party, where an agreement is the source */
    bool needs_equivalence; /* of protection abroad */
    bool needs_permission;  /* of the head of government */
};

/* What may be recorded of what was selected: a kind of machine information.  One whose days in
 * force have not come is not recorded. */
struct law_kind {
    const char *id; /* "communication-history" */
    struct law_text name;
    const char *article;
    struct law_force force;
    enum information_kind kind;
};

struct law_direction {
    const char *id; /* "FD" */
    struct law_text name;
    const char *article;
    struct law_force force;
    enum direction direction;
};

/* A word of the law, for people. */
struct law_definition {
    const char *id;
    struct law_text name;
    struct law_text meaning;
    const char *article;
    struct law_force force;
};

/* A number of the public report (LC-18): counted from ledger entries of that kind and basis,
 * and from nothing else. */
struct law_count {
    const char *id; /* "61-2-1-requests" */
    struct law_text name;
    const char *article;
    struct law_force force;
    const char *event; /* kind of ledger entry */
    const char *stage; /* its field of that name: "first", "extension"; NULL: any */
    const char *under; /* its field article: "68"; NULL: any */
    const char *basis; /* or "*" */
};

/* A label of TLP 2.0: as many rows as there are labels, least restrictive first.  Of several
 * that meet in what is derived, the last counts. */
struct law_label {
    const char *id; /* "TLP:AMBER+STRICT" */
    struct law_text name, meaning;
    const char *article;
    bool is_for_named; /* for people named one by one, not for organisations */
};

struct law_sector {
    const char *id; /* "ci-finance" */
    struct law_text name, minister;
    const char *article;
    struct law_force force;
    const char *list; /* of which it is one: "critical-infrastructure" */
    unsigned number;  /* 1 to 64: its bit where sets are kept; never given to another */
};

/* What is asked about: a column of the matrix. */
struct law_subject {
    const char *id; /* "measure" */
    struct law_text name;
    const char *article;
    const char *kind;      /* "record", "finding", "flow" ... */
    const char *procedure; /* "*": those that no other row names; NULL: it is no record */
    const char *tier;      /* "T1"; NULL: none */
    uint32_t bases;        /* bits 1 << enum basis it may be of; 0: any, or none */
};

/* Several words of one row. */
struct law_words {
    const char *const *at;
    size_t count;
};

/* What a field holds, and who may see that of an object he may read. */
struct law_handling {
    const char *id; /* "victim" */
    struct law_text name;
    const char *article;
    struct law_words roles;    /* "*": each */
    struct law_words purposes; /* none: each */
    unsigned label;            /* of a value, whatever the object's own: enum access_label */
    unsigned clearance;        /* likewise: enum access_clearance */
    bool is_own_shown;         /* and to the organisation whose the object is */
};

enum law_scope {
    LAW_SCOPE_ALL,
    LAW_SCOPE_OWN,    /* of the role's organisation or one below it */
    LAW_SCOPE_SECTOR, /* of a sector the role is held for */
    LAW_SCOPE_PARTY,  /* own, or the role's organisation takes part in it */
    LAW_SCOPE_ROSTER, /* the person is named */
    LAW_SCOPES
};

/* Who may do what with what: a row of the matrix.  What none allows is refused. */
struct law_right {
    const char *role;
    const char *subject;
    const char *article;
    struct law_force force;
    struct law_words states;   /* of a record; none: each */
    struct law_words purposes; /* none: where none need be named */
    uint32_t actions;          /* bits 1 << enum access_action */
    enum law_scope scope;
    unsigned label; /* the most restrictive of others it reaches: enum access_label */
};

struct procedure; /* procedure/procedure.h */

struct law {
    const char *id; /* "jp" */
    struct law_text name;
    const char *citation;
    bool first_day_counts;       /* of a period in months: it ends the day before */
    const char *purpose_article; /* that information is for its purposes only */
    const char *access_article;  /* that who may handle it is laid down */
    const char *handing_article; /* that it is given to nobody else */
    int64_t ahead_ns;            /* its time zone: ahead of UTC */
    uint8_t digest[32];          /* SHA-256 over its files, in the order of their names */
    const struct law_basis *bases;
    const struct law_retention *retentions;
    const struct law_time_word *time_words;
    const struct law_rest *rests;
    const struct law_notice *notices;
    const struct law_role *roles;
    const struct law_purpose *purposes;
    const struct law_permission *permissions;
    const struct law_provision *provisions;
    const struct law_kind *kinds;
    const struct law_direction *directions;
    const struct law_definition *definitions;
    const struct law_count *counts;
    const struct law_label *labels;
    const struct law_sector *sectors;
    const struct law_subject *subjects;
    const struct law_handling *handlings;
    const struct law_right *rights;
    const struct procedure *procedures;
    size_t basis_count, retention_count, time_word_count, rest_count, notice_count, role_count,
        purpose_count, permission_count, provision_count, kind_count, direction_count,
        definition_count, count_count, label_count, sector_count, subject_count, handling_count,
        right_count, procedure_count;
};

enum { LAW_WORDS_MAX = 256, LAW_ARTICLE_MAX = 32 };

/* A refusal: article and reason.  Texts are owned by the ruling. */
struct law_ruling {
    bool is_allowed;
    char article[LAW_ARTICLE_MAX]; /* "17(3)"; also of what allows */
    char words[LAW_WORDS_MAX];     /* English; empty when allowed */
    char words_ja[LAW_WORDS_MAX];
};

struct law_ruling law_allow(const char *article);
/* {0} and {1} in the words stand for first and second. */
struct law_ruling law_refuse(const char *article, struct law_text words, const char *first,
                             const char *second);

/* NULL where there is none. */
const struct law_basis *law_find_basis(const struct law *law, struct bytes id);
const struct law_retention *law_find_retention(const struct law *law, const char *id);
const struct law_time_word *law_find_time_word(const struct law *law, const char *id);
const struct law_role *law_find_role(const struct law *law, const char *id);
const struct law_purpose *law_find_purpose(const struct law *law, const char *id);
const struct law_handling *law_find_handling(const struct law *law, const char *id);
const struct law_sector *law_find_sector(const struct law *law, unsigned number);
bool law_is_in_force(const struct law_force *force, int64_t now_ns);
/* Bits of 1 << enum information_kind that may be recorded on that day. */
uint32_t law_kinds_recorded(const struct law *law, int64_t now_ns);
/* Bits of what may not be recorded of what a basis selects: of the rest, under a statutory one;
 * none of one's own and of exercises. */
uint32_t law_kinds_withheld(const struct law *law, const struct law_basis *basis,
                            int64_t now_ns);

/* Days are counted since 1970-01-01, in the law's time zone. */
int64_t law_day_of(const struct law *law, int64_t time_ns);
bool law_is_working_day(const struct law *law, int64_t day);
/* When what the word asks for must be done: so long after now, or at the last second of so
 * many working days, of which the day of now is none (Civil Code 140 to 142). */
int64_t law_due(const struct law *law, const struct law_time_word *word, int64_t now_ns);

enum { LAW_DUE_TEXT_MAX = 64 };

/* "2028-01-12 (Wed) 23:59" and "2028年1月12日（水）23時59分", in the law's time zone. */
void law_write_due(const struct law *law, int64_t due_ns, struct text *en, struct text *ja);

/* May anything be done under this basis on that day? */
struct law_ruling law_rule_basis(const struct law *law, struct bytes basis, int64_t now_ns);
/* Is [from, to) no longer than one period of the basis? */
struct law_ruling law_rule_period(const struct law *law, const struct law_basis *basis,
                                  int64_t from_ns, int64_t to_ns);
/* Is [from, to) no longer than one extension?  One that a change of the agreement brings is
 * refused here: it needs a warrant of its own. */
struct law_ruling law_rule_extension(const struct law *law, const struct law_basis *basis,
                                     int64_t from_ns, int64_t to_ns);
/* The last moment's end of a period of so many months that starts on the day of from, in the
 * law's time zone: it ends the day before the corresponding day, or with the month where there
 * is no such day (lifecycle.md section 8). */
int64_t law_period_end(const struct law *law, int64_t from_ns, unsigned months);
/* When what was selected then must be erased at the latest; at once where there is no rule. */
int64_t law_retention_end(const struct law *law, const struct law_basis *basis,
                          int64_t selection_end_ns);
/* The end after one full extension of a period that ends then. */
int64_t law_retention_extended(const struct law *law, const struct law_basis *basis,
                               int64_t until_ns);
/* May information be used for that on that day? */
struct law_ruling law_rule_purpose(const struct law *law, const char *id, int64_t now_ns);
/* May the role do that for that purpose with information of that basis?  "*" as basis asks for
 * all that there is: only a row for every basis allows it. */
struct law_ruling law_rule_access(const struct law *law, const char *role, const char *action,
                                  const char *purpose, const char *basis, int64_t now_ns);

/* Does such an event bring that duty?  What is done under a basis that is not statutory brings
 * none; basis is empty where the event has none. */
bool law_notice_is_due(const struct law *law, const struct law_notice *notice,
                       struct bytes event, struct bytes basis, int64_t now_ns);

/* Information that is to be handed on. */
struct law_handing {
    const char *from, *to; /* ids of roles */
    const char *product;
    bool is_of_agreement; /* the party's consent is asked for only then */
    bool has_consent, has_equivalence, has_permission;
};
struct law_ruling law_rule_handing(const struct law *law, const struct law_handing *handing,
                                   int64_t now_ns);
