// SPDX-License-Identifier: Apache-2.0
// What the tests of src/identity share: their program, and TAP.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export function skip(why) {
  console.log(`1..0 # SKIP ${String(why).split('\n')[0]}`)
  process.exit(0)
}

if (Number(process.versions.node.split('.')[0]) < 20) skip(`node ${process.versions.node} is older than 20`)

let count = 0
let failures = 0

export function check(name, holds, detail = '') {
  count++
  if (!holds) failures++
  console.log(`${holds ? 'ok' : 'not ok'} ${count} - ${name}`)
  if (!holds && detail) console.log(`# ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`)
}

export function end() {
  console.log(`1..${count}`)
  process.exit(failures ? 1 : 0)
}

// One command at a time to tests/identity/driver.c.
export function startDriver(path) {
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = []
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line)))
  child.on('exit', (code) => waiting.splice(0).forEach((wake) => wake({ ok: false, why: `driver ended: ${code}` })))
  return {
    ask: (command) => new Promise((resolve) => {
      waiting.push(resolve)
      child.stdin.write(JSON.stringify(command) + '\n')
    }),
    stop: () => new Promise((resolve) => { child.on('exit', resolve); child.stdin.end() }),
  }
}
