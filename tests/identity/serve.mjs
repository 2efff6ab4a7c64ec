// SPDX-License-Identifier: Apache-2.0
// The provider of provider.mjs for tests in another language: a line of JSON in, a line of JSON
// out; ends with its input.  node serve.mjs FOLDER REDIRECT_URI
import { createInterface } from 'node:readline'
import { browse, certify, claiming, clientSecret, missing, paths, server, startProvider } from './provider.mjs'

const tell = (words) => console.log(JSON.stringify(words))
const [folder, redirectUri] = process.argv.slice(2)
if (missing) {
  tell({ missing })
  process.exit(0)
}
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // of the browser here, which is not under test
process.removeAllListeners('warning')

const away = { answer: (response) => { response.writeHead(503); response.end() } }
const waiting = []
const turned = {
  honest: {},
  away: Object.fromEntries(Object.values(paths).map((path) => [path, away])),
  silent: { [paths.token]: { answer: (response) => waiting.push(response) } },
  'another nonce': { [paths.token]: claiming({ nonce: 'A'.repeat(43) }) },
}
function turn({ how }) {
  server.crooked = turned[how]
  for (const response of waiting.splice(0)) away.answer(response)
  return {}
}

const own = certify(folder, 'provider')
const { issuer } = await startProvider(redirectUri, own)
tell({ issuer, authority: own.path, client: 'sekisho-RS256', secret: clientSecret })
const commands = { turn, waiting: () => waiting.length, browse: ({ url, ...how }) => browse(url, redirectUri, how) }
for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...words } = JSON.parse(line)
  tell(await commands[name](words))
}
process.exit(0)
