// SPDX-License-Identifier: Apache-2.0
// Proofs of the ledger, checked here and not taken on trust: RFC 6962 section 2.1, and the
// signed note of a checkpoint (c2sp.org/signed-note) where this browser has Ed25519.
import { fromBase64, same, sha256 } from './octets'

export interface Checkpoint { origin: string; size: number; root: Uint8Array; body: string; signatures: { name: string; octets: Uint8Array<ArrayBuffer> }[] }

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

export const leafHash = (entry: Uint8Array) => sha256(LEAF, entry)

/** RFC 9162 2.1.3.2: does this leaf stand at index in the tree of that size and root? */
export async function isIncluded(
  leaf: Uint8Array, index: number, size: number, path: Uint8Array[], root: Uint8Array): Promise<boolean> {
  if (index >= size) return false
  let fn = index
  let sn = size - 1
  let hash = leaf
  for (const step of path) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = await sha256(NODE, step, hash)
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2)
        sn = Math.floor(sn / 2)
      }
    } else {
      hash = await sha256(NODE, hash, step)
    }
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return sn === 0 && same(hash, root)
}

/** origin, size and root in lines, an empty line, then "- name base64" for each signature. */
export function readCheckpoint(note: string): Checkpoint | null {
  const end = note.indexOf('\n\n')
  if (end < 0) return null
  const body = note.slice(0, end + 1)
  const [origin, size, root] = body.split('\n')
  const signatures = [...note.slice(end + 2).matchAll(/^[\u2014-] (\S+) (\S+)$/gm)]
    .map(([, name, octets]) => ({ name: name!, octets: fromBase64(octets!) }))
  if (!origin || !root || !/^\d+$/.test(size ?? '')) return null
  return { origin, size: Number(size), root: fromBase64(root), body, signatures }
}

export type Signed = 'yes' | 'no' | 'unable'

/** key: 32 octets of Ed25519.  Four octets of key hash stand before each signature. */
export async function isSigned(checkpoint: Checkpoint, key: Uint8Array<ArrayBuffer>): Promise<Signed> {
  let imported: CryptoKey
  try {
    imported = await crypto.subtle.importKey('raw', key, 'Ed25519', false, ['verify'])
  } catch {
    return 'unable'
  }
  const text = new TextEncoder().encode(checkpoint.body)
  for (const { octets } of checkpoint.signatures) {
    if (octets.length === 68 && await crypto.subtle.verify('Ed25519', imported, octets.slice(4), text)) return 'yes'
  }
  return 'no'
}

/** A note's verifier key, "name+hash+base64 of (algorithm, key)", or the bare key. */
export function readVerifierKey(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const octets = fromBase64(text.trim().split('+').slice(2).join('+') || text.trim())
    if (octets.length === 33) return octets.slice(1)
    return octets.length === 32 ? octets : null
  } catch {
    return null
  }
}
