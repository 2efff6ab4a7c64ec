// SPDX-License-Identifier: Apache-2.0
// Passkeys of an authenticator that is not ours, judged by us and by a server that is not ours:
// node passkeys.mjs DRIVER.  Both have to agree, on what is good and on each thing altered.
import { randomBytes } from 'node:crypto'
import { check, end, skip, startDriver } from './lib.mjs'

let emulation, judge
try {
  emulation = (await import('webauthn-emulator')).default
  judge = await import('@simplewebauthn/server')
} catch (error) {
  skip(error.message)
}
const { default: WebAuthnEmulator, AuthenticatorEmulator } = emulation

const origin = 'https://localhost:8443'
const rpId = 'localhost'
const driver = startDriver(process.argv[2])
const octets = (text) => Buffer.from(text, 'base64url')
const text = (buffer) => Buffer.from(buffer).toString('base64url')
const newChallenge = () => text(randomBytes(32))
const copy = (value) => JSON.parse(JSON.stringify(value))

async function judges(run) {
  try { return (await run()).verified === true } catch { return false }
}

const registration = (challenge, algorithm) => ({
  rp: { id: rpId, name: 'Sekisho' },
  user: { id: text(Buffer.from('user-7')), name: 'hanako', displayName: 'Hanako' },
  challenge,
  pubKeyCredParams: [{ type: 'public-key', alg: algorithm }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  attestation: 'none',
})

async function bothRegister(credential, challenge) {
  const ours = await driver.ask({
    do: 'register', credential, challenge, rpId, origin, needsVerified: true,
  })
  let known = null
  const theirs = await judges(async () => {
    const result = await judge.verifyRegistrationResponse({
      response: credential, expectedChallenge: challenge, expectedOrigin: origin,
      expectedRPID: rpId, requireUserVerification: true, supportedAlgorithmIDs: [-7, -8],
    })
    known = result.registrationInfo?.credential
    return result
  })
  return { ours, theirs, known }
}

async function bothVerify(credential, challenge, known) {
  const ours = await driver.ask({
    do: 'verify', credential, challenge, rpId, origin, needsVerified: true,
  })
  const theirs = await judges(() => judge.verifyAuthenticationResponse({
    response: credential, expectedChallenge: challenge, expectedOrigin: origin,
    expectedRPID: rpId, requireUserVerification: true, credential: known,
  }))
  return { ours, theirs }
}

const flip = (name, at) => (credential) => {
  const buffer = octets(credential.response[name])
  buffer[at < 0 ? buffer.length + at : at] ^= 1
  credential.response[name] = text(buffer)
}
const cut = (name, count) => (credential) => {
  credential.response[name] = text(octets(credential.response[name]).subarray(0, -count))
}
const client = (change) => (credential) => {
  const data = JSON.parse(octets(credential.response.clientDataJSON))
  change(data)
  credential.response.clientDataJSON = text(JSON.stringify(data))
}
const alterations = [
  ['another type', client((data) => { data.type = 'webauthn.other' })],
  ['another origin', client((data) => { data.origin = 'https://localhost:8444' })],
  ['another challenge', client((data) => { data.challenge = newChallenge() })],
  ['one octet of clientDataJSON', flip('clientDataJSON', 12)],
  ['no clientDataJSON', (credential) => { delete credential.response.clientDataJSON }],
  ['another id', (credential) => { credential.id = text(randomBytes(16)) }],
  ['another type of credential', (credential) => { credential.type = 'password' }],
]
const notOfSensors = ['another id', 'another type of credential'] // they are not in what is signed
const ofAssertion = [
  ['another relying party', flip('authenticatorData', 0)],
  ['no user present', flip('authenticatorData', 32)],
  ['one octet of the count', flip('authenticatorData', 36)],
  ['one octet of the signature', flip('signature', -1)],
  ['its first octet', flip('signature', 0)],
  ['data cut short', cut('authenticatorData', 1)],
  ['space behind clientDataJSON', (credential) => {
    credential.response.clientDataJSON = text(octets(credential.response.clientDataJSON) + ' ')
  }],
]
const ofRegistration = [
  ['attestationObject cut short', cut('attestationObject', 40)],
]
// What we refuse and the other reader of CBOR lets pass.
const stricter = [
  ['attestationObject an octet short', cut('attestationObject', 1)],
  ['an octet behind attestationObject', (credential) => {
    credential.response.attestationObject = text(Buffer.concat([octets(credential.response.attestationObject), Buffer.of(0)]))
  }],
]

for (const [algorithm, name] of [[-7, 'ES256'], [-8, 'EdDSA']]) {
  const emulator = new WebAuthnEmulator()
  let challenge = newChallenge()
  const made = await emulator.createJSON(origin, registration(challenge, algorithm))
  for (const [what, alter] of [...alterations, ...ofRegistration]) {
    const altered = copy(made)
    alter(altered)
    const { ours, theirs } = await bothRegister(altered, challenge)
    check(`${name}: a registration with ${what} is refused by both`, !ours.ok && !theirs, { ours, theirs })
  }
  for (const [what, alter] of stricter) {
    const altered = copy(made)
    alter(altered)
    const answer = await bothRegister(altered, challenge)
    check(`${name}: a registration with ${what} is refused by us`, !answer.ours.ok, answer)
  }
  const { ours, theirs, known } = await bothRegister(made, challenge)
  check(`${name}: a registration is taken by both`, ours.ok && theirs, { ours, theirs })
  check(`${name}: both have the same id`, ours.id === known?.id, { ours, known })
  check(`${name}: the key is of that algorithm`, ours.algorithm === algorithm, ours)
  if (!known) continue

  challenge = newChallenge()
  const allowed = { challenge, rpId, allowCredentials: [{ type: 'public-key', id: made.id }], userVerification: 'required' }
  const given = await emulator.getJSON(origin, allowed)
  for (const [what, alter] of [...alterations, ...ofAssertion]) {
    const altered = copy(given)
    alter(altered)
    const answer = await bothVerify(altered, challenge, known)
    check(`${name}: an assertion with ${what} is refused by both`, !answer.ours.ok && !answer.theirs, answer)
    check(`${name}: and by a sensor where it can see it (${what})`, answer.ours.sensor === notOfSensors.includes(what), answer)
  }
  const good = await bothVerify(given, challenge, known)
  check(`${name}: an assertion is taken by both`, good.ours.ok && good.theirs, good)
  check(`${name}: and by a sensor`, good.ours.sensor, good)
  known.counter = good.ours.count
  const again = await bothVerify(given, challenge, known)
  check(`${name}: the same again is refused by both`, !again.ours.ok && !again.theirs, again)
  const next = await emulator.getJSON(origin, { ...allowed, challenge: newChallenge() })
  const other = await bothVerify(next, challenge, known)
  check(`${name}: an assertion for another challenge is refused by both`, !other.ours.ok && !other.theirs, other)
}

// A key we do not take: RS256.
{
  const challenge = newChallenge()
  const made = await new WebAuthnEmulator().createJSON(origin, registration(challenge, -257))
  const { ours, theirs } = await bothRegister(made, challenge)
  check('RS256 is refused by both', !ours.ok && !theirs, { ours, theirs })
}

// A user who was present and not verified.
{
  const lax = new WebAuthnEmulator(new AuthenticatorEmulator({
    userMakeCredentialInteraction: () => ({ options: { uv: false, up: true } }),
  }))
  const challenge = newChallenge()
  const options = registration(challenge, -7)
  options.authenticatorSelection.userVerification = 'discouraged'
  const made = await lax.createJSON(origin, options)
  const { ours, theirs } = await bothRegister(made, challenge)
  check('a user who was not verified is refused by both', !ours.ok && !theirs, { ours, theirs })
}

await driver.stop()
end()
