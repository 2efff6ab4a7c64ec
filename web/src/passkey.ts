// SPDX-License-Identifier: Apache-2.0
// Passkeys: the hub's options in, what the browser's authenticator says out (WebAuthn level 3's
// JSON forms, read and written here since not every browser in use has them).
import { fromBase64, toBase64url } from './octets'

interface Descriptor { id: string; type?: string; transports?: string[] }
export interface RequestOptions {
  publicKey: {
    challenge: string
    rpId?: string
    timeout?: number
    userVerification?: UserVerificationRequirement
    allowCredentials?: Descriptor[]
  }
}
export interface CreationOptions {
  publicKey: {
    challenge: string
    rp: PublicKeyCredentialRpEntity
    user: { id: string; name: string; displayName: string }
    pubKeyCredParams: PublicKeyCredentialParameters[]
    excludeCredentials?: Descriptor[]
    authenticatorSelection?: AuthenticatorSelectionCriteria
    timeout?: number
    attestation?: AttestationConveyancePreference
  }
}

export const hasPasskeys = () => typeof PublicKeyCredential !== 'undefined'

const descriptors = (list: Descriptor[] | undefined) => list?.map((d) => ({
  type: 'public-key' as const,
  id: fromBase64(d.id),
  transports: d.transports as AuthenticatorTransport[] | undefined,
}))

/** Signs a challenge; null when the person left. */
export async function askPasskey({ publicKey: o }: RequestOptions): Promise<object | null> {
  const given = (await navigator.credentials.get({
    publicKey: {
      ...o,
      challenge: fromBase64(o.challenge),
      allowCredentials: descriptors(o.allowCredentials),
    },
  })) as PublicKeyCredential | null
  if (!given) return null
  const answer = given.response as AuthenticatorAssertionResponse
  return {
    id: given.id,
    rawId: toBase64url(given.rawId),
    type: given.type,
    authenticatorAttachment: given.authenticatorAttachment,
    clientExtensionResults: given.getClientExtensionResults(),
    response: {
      authenticatorData: toBase64url(answer.authenticatorData),
      clientDataJSON: toBase64url(answer.clientDataJSON),
      signature: toBase64url(answer.signature),
      userHandle: answer.userHandle ? toBase64url(answer.userHandle) : undefined,
    },
  }
}

/** Makes a passkey; null when the person left. */
export async function makePasskey({ publicKey: o }: CreationOptions): Promise<object | null> {
  const made = (await navigator.credentials.create({
    publicKey: {
      ...o,
      challenge: fromBase64(o.challenge),
      user: { ...o.user, id: fromBase64(o.user.id) },
      excludeCredentials: descriptors(o.excludeCredentials),
    },
  })) as PublicKeyCredential | null
  if (!made) return null
  const answer = made.response as AuthenticatorAttestationResponse
  const key = answer.getPublicKey()
  return {
    id: made.id,
    rawId: toBase64url(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment,
    clientExtensionResults: made.getClientExtensionResults(),
    response: {
      attestationObject: toBase64url(answer.attestationObject),
      clientDataJSON: toBase64url(answer.clientDataJSON),
      authenticatorData: toBase64url(answer.getAuthenticatorData()),
      transports: answer.getTransports(),
      publicKey: key ? toBase64url(key) : undefined,
      publicKeyAlgorithm: answer.getPublicKeyAlgorithm(),
    },
  }
}
