// SPDX-License-Identifier: Apache-2.0
#include "warrant/warrant.h"

#include "warrant/envelope.h"
#include "warrant/payload.h"
#include "warrant/ruling_private.h"
#include "warrant/selectors_private.h"
#include "warrant/signers_private.h"

/* One question about a warrant under a basis. */
typedef bool question_fn(const struct warrant *warrant, const struct law_basis *basis,
                         const struct warrant_place *place, struct law_ruling *ruling);

static const char *period_article(const struct law_basis *basis)
{
    return basis->period_article ? basis->period_article : basis->article;
}

/* Clocks of those who sign and of sensors differ.  Nothing is selected before the period, which
 * begins no sooner than the issue, so what is waited for is only the ruling. */
#define CLOCKS_DIFFER_NS (INT64_C(300) * TIME_SECOND_NS)

static bool ask_times(const struct warrant *warrant, const struct law_basis *basis,
                      const struct warrant_place *place, struct law_ruling *ruling)
{
    const char *article = period_article(basis);
    if (warrant->issued_ns - CLOCKS_DIFFER_NS > place->now_ns)
        return ruling_refuse_at(
            ruling, article,
            SAY("the warrant is issued in the future: ", "令状の発付日時が未来である："),
            warrant->issued_ns);
    if (warrant->issued_ns > warrant->from_ns)
        return ruling_refuse_at(ruling, article,
                                SAY("the period begins before the warrant was issued: ",
                                    "期間が令状の発付より前に始まる："),
                                warrant->from_ns);
    if (place->now_ns >= warrant->to_ns)
        return ruling_refuse_at(ruling, article,
                                SAY("the warrant ended: ", "令状の期間は満了した："),
                                warrant->to_ns);
    return true;
}

/* An extension goes on where the earlier period ends, was approved before it ended, and is of
 * the same matter. */
static bool ask_chain(const struct warrant *warrant, const struct law_basis *basis,
                      const struct warrant_place *place, struct law_ruling *ruling)
{
    const char *article = period_article(basis);
    const struct warrant *earlier = &place->earlier->warrant;
    if (strcmp(warrant->extends, earlier->serial) != 0)
        return ruling_refuse(ruling, article,
                             SAY("it extends another warrant: ", "延長する令状が異なる："),
                             warrant->extends);
    if (strcmp(warrant->basis, earlier->basis) != 0 ||
        strcmp(warrant->equipment, earlier->equipment) != 0 ||
        (warrant->directions & ~earlier->directions) != 0)
        return ruling_refuse(ruling, article,
                             SAY("an extension changes basis, equipment or direction of: ",
                                 "延長は根拠・設備・方向を変えられない："),
                             earlier->serial);
    if (warrant->from_ns != earlier->to_ns || warrant->issued_ns >= earlier->to_ns)
        return ruling_refuse_at(
            ruling, article,
            SAY("an extension is issued before the earlier period ends, and begins then: ",
                "延長は前の期間の満了前に発付され、満了時に始まらなければならない："),
            earlier->to_ns);
    return true;
}

static bool ask_period(const struct warrant *warrant, const struct law_basis *basis,
                       const struct warrant_place *place, struct law_ruling *ruling)
{
    const struct law *law = place->law;
    bool is_extension = *warrant->extends != '\0';
    if (is_extension && place->earlier && !ask_chain(warrant, basis, place, ruling))
        return false;
    if (!is_extension || !place->earlier)
        *ruling = law_rule_period(law, basis, warrant->from_ns, warrant->to_ns);
    if (is_extension && (place->earlier || ruling->is_allowed))
        *ruling = law_rule_extension(law, basis, warrant->from_ns, warrant->to_ns);
    return ruling->is_allowed && ask_times(warrant, basis, place, ruling);
}

static bool ask_direction(const struct warrant *warrant, const struct law_basis *basis,
                          const struct warrant_place *place, struct law_ruling *ruling)
{
    uint32_t others = warrant->directions & ~basis->directions;
    unsigned direction = 0;
    (void)place;
    while (direction < DIRECTIONS && !(others & UINT32_C(1) << direction))
        direction++;
    return others == 0 || ruling_refuse(ruling, basis->article,
                                        SAY("the basis does not cover the direction ",
                                            "根拠が対象としない方向である："),
                                        direction_name((enum direction)direction));
}

static bool ask_equipment(const struct warrant *warrant, const struct law_basis *basis,
                          const struct warrant_place *place, struct law_ruling *ruling)
{
    if (basis->needs_equipment && !*warrant->equipment)
        return ruling_refuse(ruling, basis->article,
                             SAY("the warrant names no equipment", "令状に設備の特定がない"),
                             "");
    if (*warrant->equipment && place->equipment &&
        strcmp(warrant->equipment, place->equipment) != 0)
        return ruling_refuse(
            ruling, basis->article,
            SAY("the warrant is for other equipment: ", "令状の設備がこの設備と異なる："),
            warrant->equipment);
    return true;
}

static bool ask_share(const struct warrant *warrant, const struct law_basis *basis,
                      const struct warrant_place *place, struct law_ruling *ruling)
{
    (void)place;
    bool has_cap = warrant->share_permille > 0 && warrant->capacity_bits_per_second > 0;
    if (basis->share_permille > 0 && !has_cap)
        return ruling_refuse(ruling, basis->article,
                             SAY("the warrant sets no share of the equipment's capacity",
                                 "令状に設備の伝送容量に対する割合の定めがない"),
                             "");
    if (basis->share_permille > 0 && warrant->share_permille > basis->share_permille)
        return ruling_refuse(
            ruling, basis->article,
            SAY("the share is above what the basis allows", "割合が根拠の上限を超える"), "");
    return warrant->share_permille == 0 || warrant->capacity_bits_per_second > 0 ||
           ruling_refuse(
               ruling, basis->article,
               SAY("a share without the capacity it is of", "割合の基となる容量がない"), "");
}

static bool ask_selectors(const struct warrant *warrant, const struct law_basis *basis,
                          const struct warrant_place *place, struct law_ruling *ruling)
{
    return selectors_rule(warrant, place->law, basis, ruling);
}

static bool ask_serial(const struct warrant *warrant, const struct law_basis *basis,
                       const struct warrant_place *place, struct law_ruling *ruling)
{
    (void)place;
    return (*warrant->serial && strcmp(warrant->serial, warrant->extends) != 0) ||
           ruling_refuse(ruling, basis->article,
                         SAY("no serial of its own: ", "固有の番号がない："), warrant->serial);
}

static bool ask_all(const struct warrant *warrant, const struct law_basis *basis,
                    const struct warrant_place *place, struct law_ruling *ruling)
{
    static question_fn *const questions[] = { ask_period, ask_direction, ask_equipment,
                                              ask_share,  ask_selectors, ask_serial };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        if (!questions[i](warrant, basis, place, ruling))
            return false;
    }
    ruling_allow(ruling, basis->article);
    return true;
}

/* The row of the basis, once law and basis are those of the place and in force; else NULL. */
static const struct law_basis *find_basis(const struct warrant *warrant,
                                          const struct warrant_place *place,
                                          struct law_ruling *ruling)
{
    if (strcmp(warrant->law, place->law->id) != 0) {
        (void)ruling_refuse(ruling, ARTICLE_OF_FORM,
                            SAY("the warrant is of another law: ", "令状が基づく法が異なる："),
                            warrant->law);
        return NULL;
    }
    *ruling = law_rule_basis(place->law, bytes_of_string(warrant->basis), place->now_ns);
    if (!ruling->is_allowed)
        return NULL;
    const struct law_basis *basis = law_find_basis(place->law, bytes_of_string(warrant->basis));
    if (place->basis && strcmp(place->basis, warrant->basis) != 0) {
        (void)ruling_refuse(ruling, basis->article,
                            SAY("the sensor works under another basis than the warrant's: ",
                                "センサーの根拠が令状の根拠と異なる："),
                            place->basis);
        return NULL;
    }
    return basis;
}

bool warrant_rule_draft(const struct warrant *warrant, const struct warrant_place *place,
                        struct law_ruling *ruling)
{
    const struct law_basis *basis = find_basis(warrant, place, ruling);
    return basis && ask_all(warrant, basis, place, ruling);
}

bool warrant_read(struct bytes json, struct warrant *out, struct error *err)
{
    struct envelope envelope;
    if (!envelope_read(json, &envelope, err))
        return false;
    bool is_read = strcmp(envelope.type, WARRANT_PAYLOAD_TYPE) == 0
                       ? warrant_read_payload(envelope.payload, out, err)
                       : error_set(err, 0, "envelope: not of a warrant: %s", envelope.type);
    envelope_done(&envelope);
    return is_read;
}

/* The days on which the basis is in force hold, whatever the warrant says. */
static void set_period(struct granted_warrant *out, const struct law_basis *basis)
{
    out->from_ns = out->warrant.from_ns;
    out->to_ns = out->warrant.to_ns;
    if (out->from_ns < basis->force.from_ns)
        out->from_ns = basis->force.from_ns;
    if (out->to_ns > basis->force.to_ns)
        out->to_ns = basis->force.to_ns;
}

static bool rule_envelope(const struct envelope *envelope, const struct warrant_place *place,
                          struct granted_warrant *out, struct law_ruling *ruling)
{
    const struct warrant *warrant = &out->warrant;
    const struct law_basis *basis = find_basis(warrant, place, ruling);
    if (!basis)
        return false;
    struct signers signers = { basis->approver, warrant->issued_ns, 0, out->signers };
    signers_count(envelope, place->trust, &signers);
    out->signer_count = signers.count;
    if (!signers_rule(&signers, basis, ruling) || !ask_all(warrant, basis, place, ruling))
        return false;
    out->basis = basis->kind;
    set_period(out, basis);
    return true;
}

bool warrant_rule(struct bytes json, const struct warrant_place *place,
                  struct granted_warrant *out, struct law_ruling *ruling)
{
    struct error err = { 0 };
    struct envelope envelope;
    memset(out, 0, sizeof *out);
    if (!envelope_read(json, &envelope, &err))
        return ruling_refuse(ruling, ARTICLE_OF_FORM, SAY("no warrant: ", "令状ではない："),
                             err.text);
    bool is_warrant = strcmp(envelope.type, WARRANT_PAYLOAD_TYPE) == 0;
    bool is_read = is_warrant && warrant_read_payload(envelope.payload, &out->warrant, &err);
    bool is_granted = is_read && rule_envelope(&envelope, place, out, ruling);
    if (!is_read)
        (void)ruling_refuse(ruling, ARTICLE_OF_FORM, SAY("no warrant: ", "令状ではない："),
                            is_warrant ? err.text : envelope.type);
    envelope_done(&envelope);
    if (!is_granted)
        memset(out, 0, sizeof *out);
    return is_granted;
}
