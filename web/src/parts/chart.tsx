// SPDX-License-Identifier: Apache-2.0
// Bars over time: a sentence before, a table behind, and each bar says its number by keyboard.
import { useEffect, useRef } from 'preact/hooks'
import { t } from '../language'
import { numberText, timeText } from '../text'
import { Table } from './table'

export interface Point { at: string; count: number }

const WIDTH = 720
const HEIGHT = 180
const LEFT = 56
const BOTTOM = 22

function ceiling(n: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(n || 1)))
  return unit * [2, 4, 6, 8, 10].find((step) => step * unit >= n)! // whose half is whole
}

/** One tab stop for the whole chart, arrows between the bars. */
function useArrows() {
  const box = useRef<SVGGElement>(null)
  const onKeyDown = (event: KeyboardEvent) => {
    const bars = [...(box.current?.querySelectorAll<SVGElement>('.bar-stop') ?? [])]
    const now = bars.indexOf(document.activeElement as unknown as SVGElement)
    const next = event.key === 'ArrowRight' ? now + 1 : event.key === 'ArrowLeft' ? now - 1
      : event.key === 'Home' ? 0 : event.key === 'End' ? bars.length - 1 : -1
    if (now < 0 || !bars[next]) return
    event.preventDefault()
    bars[next].focus()
  }
  return { box, onKeyDown }
}

function Axis(props: { max: number; points: Point[]; step: number }) {
  const { max, points, step } = props
  const every = Math.max(1, Math.ceil(points.length / 6))
  return (
    <g class="axis" aria-hidden="true">
      {[0, 0.5, 1].map((f) => (
        <g key={f}>
          <line x1={LEFT} x2={WIDTH} y1={(HEIGHT - BOTTOM) * (1 - f) + 4} y2={(HEIGHT - BOTTOM) * (1 - f) + 4} />
          <text x={LEFT - 6} y={(HEIGHT - BOTTOM) * (1 - f) + 9} text-anchor="end">{numberText(max * f, 0)}</text>
        </g>
      ))}
      {points.map((p, i) => i % every === 0 && (
        <text key={i} x={LEFT + i * step + 2} y={HEIGHT - 4}>{timeText(p.at).slice(5, 10)}</text>
      ))}
    </g>
  )
}

export function BarChart(props: { title: string; points: Point[]; unit: string; tone?: (at: string) => string; mark?: string }) {
  const { points } = props
  const { box, onKeyDown } = useArrows()
  const max = ceiling(Math.max(0, ...points.map((p) => p.count)))
  const step = (WIDTH - LEFT) / Math.max(1, points.length)
  const height = (n: number) => ((HEIGHT - BOTTOM) * n) / max
  const markAt = props.mark ? points.findIndex((p) => p.at >= props.mark!) : -1
  return (
    <figure class="chart">
      <figcaption>{props.title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={t('chart.keys', { title: props.title })}>
        <Axis max={max} points={points} step={step} />
        <g ref={box} onKeyDown={onKeyDown}>
          {points.map((p, i) => (
            <g key={p.at} class={`bar-stop ${props.tone?.(p.at) ?? ''}`} tabIndex={i === 0 ? 0 : -1} role="img"
              aria-label={`${timeText(p.at)}: ${numberText(p.count)} ${props.unit}`}>
              <title>{`${timeText(p.at)}: ${numberText(p.count)} ${props.unit}`}</title>
              <rect class="reach" x={LEFT + i * step} y={4} width={step} height={HEIGHT - BOTTOM} />
              <rect class="bar" x={LEFT + i * step + step * 0.1} width={step * 0.8} y={HEIGHT - BOTTOM + 4 - height(p.count)} height={height(p.count)} />
            </g>
          ))}
        </g>
        {markAt >= 0 && <line class="mark" x1={LEFT + markAt * step} x2={LEFT + markAt * step} y1={0} y2={HEIGHT - BOTTOM} />}
      </svg>
      <details>
        <summary>{t('chart.table')}</summary>
        <Table caption={props.title} isHidden items={points} rowId={(p) => p.at} columns={[
          { id: 'at', name: t('chart.at'), cell: (p) => timeText(p.at) },
          { id: 'count', name: props.unit, isNumber: true, cell: (p) => numberText(p.count) },
        ]} />
      </details>
    </figure>
  )
}

interface Traffic { at: string; flows: number; octets: number }

export function BeforeAfter(props: { title: string; before: Traffic[]; after: Traffic[]; at?: string }) {
  const points = [...props.before, ...props.after].map((p) => ({ at: p.at, count: p.flows }))
  const first = props.after[0]?.at
  return (
    <>
      <ul class="legend" aria-hidden="true"><li class="before">{t('effect.before')}</li><li class="after">{t('effect.after')}</li></ul>
      <BarChart title={props.title} unit={t('effect.flows')} points={points} mark={props.at ?? first}
        tone={(at) => (first && at >= first ? 'after' : 'before')} />
    </>
  )
}

export interface Series { id: string; name: string; href?: string; points: Point[] }

/** Rows by kind, columns by time: a number in each cell, shade only beside it. */
export function HeatTable(props: { caption: string; series: Series[]; first: string }) {
  const times = props.series[0]?.points.map((p) => p.at) ?? []
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => { if (box.current) box.current.scrollLeft = box.current.scrollWidth }, [times.length]) // the latest
  const max = Math.max(1, ...props.series.flatMap((s) => s.points.map((p) => p.count)))
  const shade = (n: number) => (n === 0 ? 0 : 1 + Math.min(4, Math.floor((n / max) * 5)))
  return (
    <div class="scroll" ref={box} tabIndex={0} role="region" aria-label={props.caption}>
      <table class="heat">
        <caption><span>{props.caption}</span></caption>
        <thead><tr><th scope="col">{props.first}</th><th scope="col">{t('chart.sum')}</th>{times.map((at) => <th scope="col" key={at}>{timeText(at).slice(5, 10)}</th>)}</tr></thead>
        <tbody>
          {props.series.map((s) => (
            <tr key={s.id}>
              <th scope="row">{s.href ? <a href={s.href}>{s.name}</a> : s.name}</th>
              <td><strong>{numberText(s.points.reduce((sum, p) => sum + p.count, 0))}</strong></td>
              {s.points.map((p) => <td key={p.at} class={`heat-${shade(p.count)}`}>{numberText(p.count)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
