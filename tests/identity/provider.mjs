// SPDX-License-Identifier: Apache-2.0
// A certified OpenID provider for tests, that can be made crooked, and a browser that logs in at it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'

let Provider, jose
export let missing = '' // why there is none here
console.warn = console.info = () => {} // the provider's advice for real use
try {
  Provider = (await import('oidc-provider')).default
  jose = await import('jose')
} catch (error) {
  missing = error.message.split('\n')[0]
}
export { jose }

export const clientSecret = 'not: a/real=secret+'
export const algorithms = ['RS256', 'ES256', 'EdDSA']
export const paths = { keys: '/jwks', token: '/token', discovery: '/.well-known/openid-configuration' }

export async function makeKey(alg, kid) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true })
  return { ...await jose.exportJWK(privateKey), kid, alg, use: 'sig' }
}
export const keys = []
if (!missing) for (const alg of algorithms) keys.push(await makeKey(alg, `key-${alg}`))

export const sign = (claims, key, header = {}) => jose.importJWK(key, key.alg).then((secret) =>
  new jose.SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(secret))

// crooked: what the server does otherwise than the provider, by path: a change of its JSON or an
// answer.  seen: how often a path was asked.
export const server = { crooked: {}, seen: {} }

function serve(provider) {
  const honest = provider.callback()
  return (request, response) => {
    const path = request.url.split('?')[0]
    const { alter, answer } = server.crooked[path] ?? {}
    server.seen[path] = (server.seen[path] ?? 0) + 1
    if (answer) return answer(response)
    if (alter) {
      const send = response.end.bind(response)
      response.end = async (body) => {
        const altered = JSON.stringify(await alter(JSON.parse(body)))
        response.setHeader('content-length', Buffer.byteLength(altered))
        send(altered)
      }
    }
    honest(request, response)
  }
}

/** Signs again what it gives out, with other claims. */
export const claiming = (change) => ({
  alter: async (json) => ({ ...json, id_token: await sign({ ...jose.decodeJwt(json.id_token), ...change }, keys[0]) }),
})

export async function startProvider(redirectUri, tls) {
  let listener = null
  const listen = (...both) => listener(...both)
  const socket = tls ? createTlsServer(tls, listen) : createServer(listen)
  await new Promise((resolve) => socket.listen(0, '127.0.0.1', resolve))
  const issuer = `http${tls ? 's' : ''}://127.0.0.1:${socket.address().port}`
  const clients = algorithms.map((alg) => ({
    client_id: `sekisho-${alg}`, client_secret: clientSecret, redirect_uris: [redirectUri],
    grant_types: ['authorization_code'], response_types: ['code'], id_token_signed_response_alg: alg,
  }))
  clients.push({ ...clients[0], client_id: 'sekisho-post', token_endpoint_auth_method: 'client_secret_post' })
  clients.push({ ...clients[0], client_id: 'sekisho-public', client_secret: undefined, token_endpoint_auth_method: 'none' })
  listener = serve(new Provider(issuer, {
    clients, jwks: { keys }, cookies: { keys: ['for tests'] },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  }))
  return { issuer, socket }
}

/** A certificate of its own for loopback, in two files of the folder. */
export function certify(folder, name) {
  const [key, path] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', path], { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(path), path }
}

/** A browser that logs in whoever is asked for, or leaves; the query of the callback. */
export async function browse(url, redirectUri, { login = 'hanako', leaves = false } = {}) {
  const jar = new Map()
  let form = null
  for (let step = 0; step < 20; step++) {
    const answer = await fetch(url, {
      redirect: 'manual', method: form ? 'POST' : 'GET', body: form ?? undefined,
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
      if (value) jar.set(name, value)
      else jar.delete(name)
    }
    const page = await answer.text()
    const location = answer.headers.get('location')
    if (location?.startsWith(redirectUri)) return Object.fromEntries(new URL(location).searchParams)
    const away = leaves && page.match(/href="([^"]+\/abort)"/)?.[1]
    if (location || away) {
      url = new URL(location ?? away, url).href
      form = null
      continue
    }
    const action = page.match(/<form[^>]* action="([^"]+)"/)?.[1]
    const prompt = page.match(/name="prompt" value="([^"]+)"/)?.[1]
    if (!action || !prompt) throw new Error(`the provider shows ${answer.status}: ${page.slice(0, 200)}`)
    url = new URL(action, url).href
    form = new URLSearchParams({ prompt, login, password: 'any' })
  }
  throw new Error('the provider never ends')
}
