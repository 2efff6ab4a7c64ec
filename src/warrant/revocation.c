// SPDX-License-Identifier: Apache-2.0
#include "warrant/envelope.h"
#include "warrant/payload.h"
#include "warrant/ruling_private.h"
#include "warrant/signers_private.h"

/* The issuer takes back what is his: a trusted key of his name signs. */
static bool is_signed_by_issuer(const struct envelope *envelope, const struct trust *trust,
                                const struct warrant *of, int64_t issued_ns)
{
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_key *key = &trust->keys[i];
        if (strcmp(key->key.name, of->issuer) == 0 && key->from_ns <= issued_ns &&
            issued_ns < key->to_ns && trust_key_has_signed(key, envelope))
            return true;
    }
    return false;
}

static bool rule_content(const struct envelope *envelope, const struct warrant_place *place,
                         const struct warrant *of, const struct revocation *revocation,
                         struct law_ruling *ruling)
{
    char names[WARRANT_SIGNATURES_MAX][NOTE_NAME_MAX];
    const struct law_basis *basis = law_find_basis(place->law, bytes_of_string(of->basis));
    if (!basis || strcmp(revocation->serial, of->serial) != 0)
        return ruling_refuse(ruling, basis ? basis->article : ARTICLE_OF_FORM,
                             SAY("it revokes another warrant: ", "別の令状の取消しである："),
                             revocation->serial);
    struct signers signers = { basis->approver, revocation->issued_ns, 0, names };
    signers_count(envelope, place->trust, &signers);
    if (signers.count == 0 &&
        !is_signed_by_issuer(envelope, place->trust, of, revocation->issued_ns))
        return ruling_refuse(
            ruling, basis->article,
            SAY("no signature of those who may revoke: ", "取消権者の署名がない："),
            basis->approver);
    if (revocation->at_ns < of->issued_ns || revocation->issued_ns < of->issued_ns)
        return ruling_refuse_at(ruling, basis->article,
                                SAY("it revokes from before the warrant was issued: ",
                                    "令状の発付より前に遡る取消しである："),
                                of->issued_ns);
    ruling_allow(ruling, basis->article);
    return true;
}

bool revocation_rule(struct bytes json, const struct warrant_place *place,
                     const struct warrant *of, struct revocation *out,
                     struct law_ruling *ruling)
{
    struct error err = { 0 };
    struct envelope envelope;
    struct revocation revocation;
    const struct law_text words = SAY("no revocation: ", "取消しの書面ではない：");
    if (!envelope_read(json, &envelope, &err))
        return ruling_refuse(ruling, ARTICLE_OF_FORM, words, err.text);
    bool is_revocation = strcmp(envelope.type, REVOCATION_PAYLOAD_TYPE) == 0;
    bool is_good =
        is_revocation && revocation_read_payload(envelope.payload, &revocation, &err);
    if (!is_good)
        (void)ruling_refuse(ruling, ARTICLE_OF_FORM, words,
                            is_revocation ? err.text : envelope.type);
    is_good = is_good && rule_content(&envelope, place, of, &revocation, ruling);
    envelope_done(&envelope);
    if (is_good)
        *out = revocation;
    return is_good;
}

void warrant_revoke(struct granted_warrant *granted, const struct revocation *revocation)
{
    if (revocation->at_ns < granted->to_ns)
        granted->to_ns =
            revocation->at_ns > granted->from_ns ? revocation->at_ns : granted->from_ns;
}
