// SPDX-License-Identifier: Apache-2.0
// Octets as text, and what is signed.

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/[=\s]/g, '')
  return Uint8Array.from(atob(plain), (c) => c.charCodeAt(0))
}

export function toBase64url(octets: ArrayBuffer | Uint8Array): string {
  const all = octets instanceof Uint8Array ? octets : new Uint8Array(octets)
  let text = ''
  for (const o of all) text += String.fromCharCode(o)
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (o) => o.toString(16).padStart(2, '0')).join('')
}

/** Hexadecimal, base64 or base64url, with or without "sha256:" before it. */
export function readDigest(text: string): Uint8Array<ArrayBuffer> {
  const bare = text.replace(/^sha-?256[:=]/i, '')
  if (/^[0-9a-f]{64}$/i.test(bare)) {
    return Uint8Array.from(bare.match(/../g)!, (pair) => parseInt(pair, 16))
  }
  return fromBase64(bare)
}

export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all))
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((o, i) => o === b[i])
}

/** DSSE's pre-authentication encoding of a payload: what a signature is about. */
export function preAuthentication(type: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const encode = (text: string) => new TextEncoder().encode(text)
  const head = encode(`DSSEv1 ${encode(type).length} ${type} ${payload.length} `)
  const all = new Uint8Array(head.length + payload.length)
  all.set(head)
  all.set(payload, head.length)
  return all
}
