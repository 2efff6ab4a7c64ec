// SPDX-License-Identifier: Apache-2.0
// Logging in at a certified OpenID provider, that is honest first and crooked after:
// node providers.mjs DRIVER
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, end, skip, startDriver } from './lib.mjs'
import { algorithms, browse, certify, clientSecret, jose, keys, makeKey, missing, paths, server, sign, startProvider } from './provider.mjs'

if (missing) skip(missing)

const driver = startDriver(process.argv[2])
const redirectUri = 'https://hub.example/api/v1/session/oidc/callback'

const open = (issuer, alg, more = {}) => driver.ask({
  do: 'open', issuer, clientId: `sekisho-${alg}`, clientSecret, redirectUri, isLoopbackPlain: true, ...more,
})

// From the first click to the claims, with what the test alters of the callback.
async function login(alter = (query) => query, more = {}) {
  const begun = await driver.ask({ do: 'begin' })
  if (!begun.ok) return begun
  const query = alter(await browse(begun.url, redirectUri))
  return driver.ask({ do: 'finish', ...query, ...more })
}

const plain = await startProvider(redirectUri)
const { issuer } = plain
const { keys: jwksPath, token: tokenPath, discovery: discoveryPath } = paths

// ---- honest
for (const alg of algorithms) {
  check(`${alg}: a provider is opened`, (await open(issuer, alg)).ok)
  const done = await login()
  check(`${alg}: somebody logs in`, done.ok && done.claims.sub === 'hanako' && done.claims.iss === issuer, done)
}
for (const kind of ['post', 'public']) {
  if (kind === 'post') server.crooked[discoveryPath] = { alter: (json) => ({ ...json, token_endpoint_auth_methods_supported: ['client_secret_post'] }) }
  await open(issuer, kind, kind === 'public' ? { clientSecret: undefined } : {})
  const done = await login()
  check(`a client that authenticates by ${kind} logs in`, done.ok, done)
  server.crooked = {}
}
await open(issuer, 'RS256')
const first = new URL((await driver.ask({ do: 'begin' })).url).searchParams
const second = new URL((await driver.ask({ do: 'begin' })).url).searchParams
for (const name of ['state', 'nonce', 'code_challenge'])
  check(`${name} is of 256 bits and new each time`, first.get(name).length === 43 && first.get(name) !== second.get(name))
check('the challenge is of S256', first.get('code_challenge_method') === 'S256')

// ---- what comes back by the browser
const answers = [
  ['another state', (query) => ({ ...query, state: query.state.replace(/^./, (c) => c === 'A' ? 'B' : 'A') }), 'another attempt'],
  ['no state', ({ state, ...query }) => query, 'another attempt'],
  ['another issuer', (query) => ({ ...query, iss: 'https://other.example' }), 'another issuer'],
  ['no issuer', ({ iss, ...query }) => query, 'another issuer'],
  ['no code', ({ code, ...query }) => query, 'without a code'],
  ['a refusal', ({ code, ...query }) => ({ ...query, error: 'access_denied' }), 'access_denied'],
  ['a refusal of another issuer', ({ code, ...query }) => ({ ...query, error: 'access_denied', iss: 'https://other.example' }), 'another issuer'],
  ['another code', (query) => ({ ...query, code: 'A'.repeat(43) }), 'status 400'],
]
for (const [what, alter, words] of answers) {
  const done = await login(alter)
  check(`a callback with ${what} is refused`, !done.ok && done.why.includes(words), done)
}
{
  let kept
  await login((query) => { kept = query; return query })
  const again = await driver.ask({ do: 'finish', ...kept })
  check('a code is good once', !again.ok && again.why.includes('status 400'), again)
  const { url } = await driver.ask({ do: 'begin' })
  const stolen = await browse(url, redirectUri)
  const { state } = await driver.ask({ do: 'begin' })
  const done = await driver.ask({ do: 'finish', ...stolen, state })
  check('a code of another attempt fails by its verifier', !done.ok && done.why.includes('status 400'), done)
  await open(issuer, 'RS256', { clientSecret: 'another' })
  const wrong = await login()
  check('a wrong secret of the client is refused', !wrong.ok && wrong.why.includes('status 401'), wrong)
}

// ---- crooked tokens
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (claims, secret, header) => new jose.SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(secret)
const forged = await makeKey('RS256', 'key-RS256')
const pem = Buffer.from(createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
const now = Math.floor(Date.now() / 1000)
const resign = (change) => (token, claims) => sign({ ...claims, ...change }, keys[0])

const tokens = [
  ['signed again by its own key', (token, claims) => sign(claims, keys[0]), null],
  ['for a list of us', resign({ aud: ['sekisho-RS256'] }), null],
  ['expired within the skew', resign({ exp: now - 30 }), null],
  ['by another key of the same id', (token, claims) => sign(claims, forged), 'does not verify'],
  ['with another signature', (token) => token.slice(0, -8) + 'AAAAAAAA', 'does not verify'],
  ['with other claims', (token, claims) => token.split('.').with(1, encode({ ...claims, sub: 'taro' })).join('.'), 'does not verify'],
  ['of alg none', (token, claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`, 'not signed with'],
  ['of alg none with a signature', (token, claims) => `${encode({ alg: 'none' })}.${token.split('.').slice(1).join('.')}`, 'not signed with'],
  ['of HS256 by the public key', (token, claims) => hmac(claims, pem, { kid: 'key-RS256' }), 'not signed with'],
  ['of HS256 by the client\'s secret', (token, claims) => hmac(claims, Buffer.from(clientSecret.padEnd(32, ' ')), {}), 'not signed with'],
  ['of PS256', (token, claims) => sign(claims, { ...keys[0], alg: 'PS256' }), 'not signed with'],
  ['that brings its key', (token, claims) => sign(claims, forged, { jwk: { kty: 'RSA', n: forged.n, e: forged.e } }), 'does not verify'],
  ['that must be understood otherwise', (token, claims) => `${encode({ alg: 'RS256', kid: 'key-RS256', crit: ['exp'], exp: 1 })}.${token.split('.').slice(1).join('.')}`, 'asks for'],
  ['expired', resign({ exp: now - 90 }), 'no longer'],
  ['from tomorrow', resign({ iat: now + 86400, nbf: now + 86400, exp: now + 90000 }), 'not yet'],
  ['without an end', resign({ exp: undefined }), 'no longer'],
  ['for another', resign({ aud: 'other' }), 'another client'],
  ['for several, and nobody named', resign({ aud: ['sekisho-RS256', 'other'] }), 'another client'],
  ['for several, and another named', resign({ aud: ['sekisho-RS256', 'other'], azp: 'other' }), 'another client'],
  ['for us, and another named', resign({ azp: 'other' }), 'another client'],
  ['of another attempt', resign({ nonce: 'A'.repeat(43) }), 'another attempt'],
  ['of no attempt', resign({ nonce: undefined }), 'another attempt'],
  ['of another issuer', resign({ iss: 'https://other.example' }), 'another issuer'],
  ['of nobody', resign({ sub: undefined }), 'names nobody'],
  ['of a key nobody knows', (token, claims) => sign(claims, { ...keys[0], kid: 'other' }), 'none of the provider'],
  ['that is none', () => 'token', 'ID token'],
  ['that is empty', () => '', 'ID token'],
  ['that is a number', () => 7, 'ID token'],
  ['that is too long', (token, claims) => sign({ ...claims, more: 'a'.repeat(20000) }, keys[0]), 'too long'],
]
await open(issuer, 'RS256')
for (const [what, alter, words] of tokens) {
  server.crooked[tokenPath] = { alter: async (json) => ({ ...json, id_token: await alter(json.id_token, jose.decodeJwt(json.id_token)) }) }
  const done = await login()
  check(`a token ${what} is ${words ? 'refused' : 'believed'}`, words ? !done.ok && done.why.includes(words) : done.ok, done)
}
server.crooked = {}

// ---- keys that change
{
  const fresh = await makeKey('RS256', 'fresh')
  const { d, p, q, dp, dq, qi, ...half } = fresh
  const rolled = { alter: (json) => ({ ...json, id_token: null }) }
  rolled.alter = async (json) => ({ ...json, id_token: await sign(jose.decodeJwt(json.id_token), fresh) })
  await open(issuer, 'RS256')
  await login()
  server.crooked = { [tokenPath]: rolled, [jwksPath]: { alter: (json) => ({ keys: [...json.keys, half] }) } }
  server.seen = {}
  const early = await login()
  check('keys are not asked for again within a minute', !early.ok && !server.seen[jwksPath], { early, seen: server.seen })
  const later = await login(undefined, { later: 61 })
  check('a key that is new is found after it', later.ok && server.seen[jwksPath] === 1, { later, seen: server.seen })
  server.crooked[tokenPath] = { alter: async (json) => ({ ...json, id_token: await sign(jose.decodeJwt(json.id_token), { ...fresh, kid: 'none' }) }) }
  for (let i = 0; i < 3; i++) await login(undefined, { later: 130 })
  check('keys that nobody knows make us ask once a minute', server.seen[jwksPath] === 2, server.seen)
  server.crooked = {}
}

// ---- crooked servers
const say = (status, headers, body) => ({ answer: (response) => { response.writeHead(status, headers); response.end(body) } })
const large = say(200, { 'content-type': 'application/json' }, JSON.stringify({ keys: [], more: 'a'.repeat(70000) }))
const stream = { answer: (response) => { response.writeHead(200); for (let i = 0; i < 100; i++) response.write(' '.repeat(1000)); response.end('{}') } }
const servers = [
  ['a set of keys that is too large', jwksPath, large, 'jwks'],
  ['a set of keys of no stated length', jwksPath, stream, 'jwks'],
  ['a set of keys that is no JSON', jwksPath, say(200, {}, 'keys'), 'JSON'],
  ['a set of keys with a member twice', jwksPath, say(200, {}, '{"keys":[],"keys":[]}'), 'JSON'],
  ['a set of keys elsewhere', jwksPath, say(302, { location: '/jwks2' }), 'status 302'],
  ['no keys', jwksPath, say(200, {}, '{"keys":[]}'), 'none of the provider'],
  ['keys that are broken', jwksPath, say(200, {}, '{"keys":[{"kty":"RSA","kid":"key-RS256","n":"AA","e":"AQAB"}]}'), 'none of the provider'],
  ['a failure', tokenPath, say(500, {}, '{}'), 'status 500'],
  ['tokens elsewhere', tokenPath, say(307, { location: '/token2' }), 'status 307'],
  ['metadata that are too large', discoveryPath, large, 'openid-configuration'],
  ['metadata elsewhere', discoveryPath, say(301, { location: '/other' }), 'status 301'],
  ['metadata of another issuer', discoveryPath, { alter: (json) => ({ ...json, issuer: `${issuer}/` }) }, 'another issuer'],
  ['metadata without an address', discoveryPath, { alter: (json) => ({ ...json, token_endpoint: undefined }) }, 'lacks an address'],
  ['an address in plain', discoveryPath, { alter: (json) => ({ ...json, jwks_uri: 'http://192.0.2.1/jwks' }) }, 'lacks an address'],
  ['an address that is a file', discoveryPath, { alter: (json) => ({ ...json, jwks_uri: 'file:///etc/passwd' }) }, 'lacks an address'],
  ['an address with a name in it', discoveryPath, { alter: (json) => ({ ...json, jwks_uri: 'https://a:b@localhost/jwks' }) }, 'lacks an address'],
]
for (const [what, path, otherwise, words] of servers) {
  await open(issuer, 'RS256')
  server.crooked = { [path]: otherwise }
  const done = await login()
  check(`a server with ${what} is refused`, !done.ok && done.why.includes(words), done)
  server.crooked = {}
  const after = await login(undefined, { later: 61 })
  check(`and once it is mended somebody logs in (${what})`, after.ok, after)
}

// ---- TLS
const strict = await open(issuer, 'RS256', { isLoopbackPlain: false })
check('an issuer in plain is not opened', !strict.ok && strict.why.includes('https only'), strict)
const away = await open('http://192.0.2.1/', 'RS256')
check('nor one in plain that is not on this machine', !away.ok && away.why.includes('https only'), away)

const folder = mkdtempSync(join(tmpdir(), 'sekisho-identity-'))
const [own, other] = [certify(folder, 'own'), certify(folder, 'other')]
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // of the browser here, which is not under test
process.removeAllListeners('warning')
const sealed = await startProvider(redirectUri, own)
for (const [what, authority, ok] of [['its own', own.path, true], ['another', other.path, false], ['no', undefined, false]]) {
  await open(sealed.issuer, 'ES256', { isLoopbackPlain: false, authority })
  const done = await login()
  check(`with ${what} authority of TLS a login is ${ok ? 'done' : 'refused'}`, done.ok === ok, done)
}

rmSync(folder, { recursive: true })
await driver.stop()
plain.socket.closeAllConnections()
sealed.socket.closeAllConnections()
end()
