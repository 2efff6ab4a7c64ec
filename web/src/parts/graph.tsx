// SPDX-License-Identifier: Apache-2.0
// What belongs together, table first: up to 200 nodes in columns by kind, each reachable by
// keyboard, each with why it is here.
import { useState } from 'preact/hooks'
import { both, t } from '../language'
import type { Graph } from '../types'
import { Words } from './chips'
import { Icon } from './icon'
import { Empty } from './page'
import { Table } from './table'
import { kindWords } from '../words/detection'

const NODES_MAX = 200
const WIDE = 190
const HIGH = 40
const ROWS_MAX = 14

interface Placed { id: string; kind: string; label: string; record?: string; x: number; y: number }

/** Columns by kind in the order of first sight; a long kind takes several columns. */
function place(graph: Graph): { nodes: Placed[]; width: number; height: number } {
  const kinds = [...new Set(graph.nodes.map((n) => n.kind))]
  const nodes: Placed[] = []
  let column = 0
  let height = 0
  for (const kind of kinds) {
    const own = graph.nodes.filter((n) => n.kind === kind).slice(0, NODES_MAX)
    own.forEach((n, i) => {
      const y = 30 + (i % ROWS_MAX) * HIGH
      nodes.push({ ...n, x: 10 + (column + Math.floor(i / ROWS_MAX)) * WIDE * 1.25, y })
      height = Math.max(height, y + HIGH)
    })
    column += Math.max(1, Math.ceil(own.length / ROWS_MAX))
  }
  return { nodes, width: Math.max(1, column) * WIDE * 1.25, height }
}

const kinds = ['record', 'finding', 'server', 'line', 'name', 'certificate', 'client'] as const
function kindName(kind: string): string {
  const known = kinds.find((k) => k === kind)
  return known ? t(`graph.kind.${known}`) : kind
}

/** A finding comes as its kind and subject. */
function named<N extends { kind: string; label: string }>(node: N): N {
  const [kind, ...rest] = node.label.split(' ')
  const words = node.kind === 'finding' ? kindWords[kind!] : undefined
  return words ? { ...node, label: [both({ en: words[0], ja: words[1] }), ...rest].join(' ') } : node
}

export function GraphView(props: { graph: Graph }) {
  const { graph } = props
  const [chosen, setChosen] = useState<string>()
  if (!graph.nodes.length) return <Empty>{t('graph.none')}</Empty>
  const { nodes, width, height } = place({ ...graph, nodes: graph.nodes.map(named) })
  const at = new Map(nodes.map((n) => [n.id, n]))
  const edges = graph.edges.filter((e) => at.has(e.from) && at.has(e.to))
  const own = edges.filter((e) => e.from === chosen || e.to === chosen)
  const name = (id: string) => at.get(id)?.label ?? id
  return (
    <>
      <p role="status">{t('graph.shown', { shown: graph.shown, cap: graph.cap })}
        {graph.is_capped && <strong> {t('graph.capped')}</strong>}</p>
      <div class="limited"><Table caption={t('graph.table')} items={edges} rowId={(e) => `${e.from} ${e.to}`} columns={[
        { id: 'from', name: t('graph.from'), cell: (e) => name(e.from) },
        { id: 'to', name: t('graph.to'), cell: (e) => name(e.to) },
        { id: 'why', name: t('graph.why'), cell: (e) => <Words of={e.why} /> },
      ]} /></div>
      <h2>{t('graph.picture')}</h2>
      <p class="hint">{t('graph.hint')}</p>
      <div class="scroll graph-box" tabIndex={0} role="region" aria-label={t('graph.picture')}>
        <svg class="graph" width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="group" aria-label={t('graph.picture')}>
          {edges.map((e) => <Edge key={`${e.from} ${e.to}`} from={at.get(e.from)!} to={at.get(e.to)!} isOn={e.from === chosen || e.to === chosen} />)}
          {nodes.map((n, i) => {
            const isFirst = nodes[i - 1]?.kind !== n.kind
            return (
              <g key={n.id}>
                {isFirst && <text class="kind" x={n.x} y={16}>{kindName(n.kind)}</text>}
                <Node node={n} isOn={n.id === chosen} choose={() => setChosen(n.id === chosen ? undefined : n.id)} />
              </g>
            )
          })}
        </svg>
      </div>
      <div role="status" class="chosen">
        {chosen && (
          <>
            <h3><Icon name="info" />{t('graph.chosen', { what: name(chosen) })}</h3>
            <p class="prose">{at.get(chosen)?.label}</p>
            <ul>{own.map((e) => <li key={`${e.from} ${e.to}`}>{name(e.from)} – {name(e.to)}: <Words of={e.why} /></li>)}</ul>
            {at.get(chosen)?.record && <p><a href={`/records/${encodeURIComponent(at.get(chosen)!.record!)}`}>{t('graph.open')}</a></p>}
          </>
        )}
      </div>
    </>
  )
}

function Edge(props: { from: Placed; to: Placed; isOn: boolean }) {
  const [a, b] = props.from.x <= props.to.x ? [props.from, props.to] : [props.to, props.from]
  const isLoop = a.x === b.x
  const x1 = a.x + WIDE
  const x2 = isLoop ? b.x + WIDE : b.x
  const bend = isLoop ? 40 : Math.max(30, (x2 - x1) / 2)
  const d = `M${x1} ${a.y + 13} C${x1 + bend} ${a.y + 13} ${isLoop ? x2 + bend : x2 - bend} ${b.y + 13} ${x2} ${b.y + 13}`
  return <path class={`edge${props.isOn ? ' on' : ''}`} d={d} />
}

function Node(props: { node: Placed; isOn: boolean; choose: () => void }) {
  const { node: n } = props
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    props.choose()
  }
  const short = [...n.label].length > 22 ? [...n.label].slice(0, 21).join('') + '…' : n.label
  return (
    <g class={`node${props.isOn ? ' on' : ''}`} role="button" tabIndex={0} aria-pressed={props.isOn} aria-label={`${n.kind}: ${n.label}`}
      onClick={props.choose} onKeyDown={key}>
      <title>{n.label}</title>
      <rect x={n.x} y={n.y} width={WIDE} height={26} rx={4} />
      <text x={n.x + 8} y={n.y + 18}>{short}</text>
    </g>
  )
}
