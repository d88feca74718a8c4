'use strict'
// The page of one run. Every text of the data reaches the page as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent)
const projects = data.projects
const byId = (id) => document.getElementById(id)
const within = (selector) => document.querySelector(selector)

/** An element with a class and children: elements, or texts. */
function make(tag, className, ...children) {
  const element = document.createElement(tag)
  if (className) element.className = className
  element.append(...children.filter((child) => child))
  return element
}

function button(className, text, onClick) {
  const element = make('button', className, text)
  element.type = 'button'
  element.addEventListener('click', onClick)
  return element
}

/** `850 ms`, `12.3 s`, `2 min 5 s`, `1 h 2 min`. */
function span(ms) {
  const s = Math.floor(ms / 1000)
  const pair = (big, unit, small, next) => (small ? `${big} ${unit} ${small} ${next}` : `${big} ${unit}`)
  if (s < 1) return `${ms} ms`
  if (s < 60) return `${Math.floor(ms / 100) / 10} s`
  if (s < 3600) return pair(Math.floor(s / 60), 'min', s % 60, 's')
  return pair(Math.floor(s / 3600), 'h', Math.floor(s / 60) % 60, 'min')
}

const count = (n, what) => `${n} ${what}${n === 1 ? '' : 's'}`
const took = (it) => (it.started == null ? null : it.finished - it.started)
const critical = new Set(data.critical_path.map(([ix]) => ix))
const TONES = ['bad', 'warn', 'quiet', 'good']

// ---------------------------------------------------------------- The head

function head() {
  document.title = `${data.mark} ${data.title}`
  byId('badge').textContent = `${data.mark} ${data.result.replace('_', ' ')}`
  byId('badge').className = { succeeded: 'good', interrupted: 'warn' }[data.result] ?? ''
  byId('title').textContent = data.title
  byId('tally').textContent = data.tally
  for (const tone of TONES.toReversed()) {
    const part = make('i', tone)
    part.style.flexGrow = projects.filter((it) => it.tone === tone).length
    if (part.style.flexGrow > 0) byId('share').append(part)
  }
  const facts = [
    ['Started', new Date(data.started_at).toLocaleString()],
    ['Run', data.run],
    ['Concurrency', data.concurrency],
    ['Exit code', data.exit_code],
  ]
  for (const [name, value] of facts) {
    if (value != null) byId('facts').append(make('div', '', make('dt', '', name), make('dd', '', String(value))))
  }
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const root = document.documentElement.style
  const isDark = () => (root.colorScheme ? root.colorScheme === 'dark' : dark.matches)
  const show = () => byId('theme').setAttribute('aria-pressed', String(isDark()))
  byId('theme').addEventListener('click', () => {
    root.colorScheme = isDark() ? 'light' : 'dark'
    show()
  })
  dark.addEventListener('change', show)
  show()
}

/** Buttons that lead to projects; those after the first ones on demand. */
function names(positions, most = 12) {
  const link = (ix) => button('', projects[ix].name, () => reveal(projects[ix]))
  const list = make('div', 'names', ...positions.slice(0, most).map(link))
  const rest = positions.slice(most)
  if (rest.length) {
    const more = button('quiet', `and ${rest.length} more`, () => more.replaceWith(...rest.map(link)))
    list.append(more)
  }
  return list
}

function why(it) {
  return [
    it.error && make('p', '', it.error),
    it.output && make('pre', '', it.output),
    it.next && make('p', 'next', make('b', '', 'Next: '), it.next),
  ]
}

function failures() {
  const groups = byId('groups')
  const isSkipped = (it) => it.tone === 'quiet'
  for (const it of data.failures.filter((it) => !isSkipped(it))) {
    const [first, ...others] = it.projects.map((ix) => projects[ix])
    const who = others.length ? count(it.projects.length, 'project') : first && button('link', first.name, () => reveal(first))
    const title = make('h3', it.tone, `${it.mark} `, who, `${who ? ` ${it.result}: ` : ''}${it.why}`)
    const output = it.output && make('details', '', make('summary', '', 'Output'), make('pre', '', it.output))
    const card = make('article', `card failure ${it.tone}`, title, ...why({ ...it, output: null }))
    card.append(...[output, others.length && names(it.projects)].filter(Boolean))
    groups.append(card)
  }
  const skipped = data.failures.filter(isSkipped)
  if (skipped.length) {
    const title = `${skipped[0].mark} ${count(skipped.flatMap((it) => it.projects).length, 'project')} ${skipped[0].result}`
    const items = skipped.map((it) => make('li', '', it.why, names(it.projects)))
    groups.append(make('article', 'card failure', make('h3', 'quiet', title), make('ul', '', ...items)))
  }
  if (data.resume) {
    const [, code, copy] = byId('resume').children
    code.textContent = data.resume
    copy.addEventListener('click', () => {
      getSelection().selectAllChildren(code)
      navigator.clipboard?.writeText(data.resume).then(() => (copy.textContent = 'Copied'), () => {})
    })
    byId('resume').hidden = false
  }
  byId('failures').hidden = !data.failures.length && !data.resume
}

function speed() {
  for (const [ix, ms] of data.critical_path) {
    const name = button('link', projects[ix].name, () => reveal(projects[ix]))
    byId('path').append(make('li', '', name, make('span', '', ` ${span(ms)}`)))
  }
  const now = [data.concurrency, data.duration_ms, 'now']
  const all = [now, ...data.with_concurrency].sort(([a], [b]) => a - b)
  const longest = Math.max(...all.map(([, ms]) => ms))
  for (const [n, ms, name] of all) {
    const bar = make('i')
    bar.style.width = `${(100 * ms) / longest}%`
    within('#what-if ul').append(make('li', name, make('span', '', `-j ${n}`), bar, make('span', '', span(ms))))
  }
  byId('what-if').hidden = all.length < 2
  byId('speed').hidden = data.critical_path.length < 2 && all.length < 2
}

// ---------------------------------------------------------------- The timeline

const SIGNS = { conflict: '◆', retry: '↻', reconnect: '~', cancel: '×' }
const WORDS = {
  queued: 'queued', bundling: 'bundling', previewing: 'dry run', waiting: 'blocked',
  rate_limited: 'rate limited', unavailable: 'waiting for the API', backoff: 'retrying', deploying: 'deploying', lost: 'failed', hook: 'hook',
  outage: 'API unavailable', critical: 'critical path', conflict: 'conflict', retry: 'retry', reconnect: 'reconnected',
  cancel: 'cancelled',
}
const length = Math.max(1, data.duration_ms)
const percent = (ms) => `${Math.min(100, Math.max(0, (100 * ms) / length))}%`

function place(element, from, to) {
  element.style.left = percent(from)
  if (to != null) element.style.width = percent(to - from)
  return element
}

/** When it started, for the order: what never did comes last. */
const start = (it) => it.segments.find(([activity]) => activity !== 'queued')?.[1] ?? Infinity
// A wait is not what failed: only its end is marked.
const WAITS = ['queued', 'waiting', 'rate_limited', 'unavailable', 'backoff']
const isLost = (it, n) => it.tone === 'bad' && n === it.segments.length - 1 && !WAITS.includes(it.segments[n][0])

function track(it) {
  const cell = make('td', 'time')
  it.segments.forEach(([activity, from, to], n) => {
    cell.append(place(make('div', `bar ${isLost(it, n) ? 'lost' : activity}`), from, to))
  })
  for (const [from, to] of it.outages) cell.append(place(make('div', 'outage'), from, to))
  for (const [at, kind] of it.delays) {
    if (SIGNS[kind]) cell.append(place(make('span', 'mark', SIGNS[kind]), at))
  }
  if (it.tone !== 'good') cell.append(place(make('span', `end ${it.tone}`, it.mark), it.finished))
  // The other cells and the details say the same.
  cell.setAttribute('aria-hidden', 'true')
  return cell
}

function legend() {
  const used = new Set(projects.flatMap((it) => [
    ...it.segments.map(([activity], n) => (isLost(it, n) ? 'lost' : activity)),
    ...it.delays.map(([, kind]) => kind),
    ...(it.outages.length ? ['outage'] : []),
  ]))
  if (critical.size) used.add('critical')
  for (const [kind, text] of Object.entries(WORDS)) {
    if (!used.has(kind)) continue
    byId('legend').append(make('span', '', SIGNS[kind] ? make('span', 'mark', SIGNS[kind]) : make('i', kind), text))
  }
}

function axis() {
  const { offsetWidth } = byId('axis')
  const room = offsetWidth / 75
  const seconds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]
  const step = seconds.map((s) => s * 1000).find((it) => length / it <= room) ?? length
  byId('axis').replaceChildren()
  // The first ones would be on the title.
  const first = byId('axis').previousElementSibling.offsetWidth ? 95 / offsetWidth : 0
  for (let at = step; at <= length * 0.92; at += step) {
    if (at / length >= first) byId('axis').append(place(make('span', '', span(at)), at))
  }
  within('tbody').style.setProperty('--tick', percent(step))
}

/** What happened to a project, beside its activities. */
const events = (it) => [
  ...it.delays.map(([at, , text]) => [at, text]),
  ...it.outages.map(([from, to]) => [from, `the API was unavailable for ${span(to - from)}`]),
].sort(([a], [b]) => a - b).map(([at, text]) => `${span(at)}: ${text}`)

function activities(it) {
  const times = new Map()
  for (const [activity, from, to] of it.segments) times.set(activity, (times.get(activity) ?? 0) + to - from)
  return [...times].map(([activity, ms]) => [WORDS[activity], span(ms)])
}

function tip(it, x, y) {
  const happened = events(it)
  const lines = [
    `${it.mark} ${it.name}: ${it.result}`,
    ...activities(it).map((pair) => pair.join(': ')),
    ...happened.slice(0, 6),
    ...(happened.length > 6 ? [`and ${happened.length - 6} more`] : []),
  ]
  const box = byId('tip')
  if (box.shown !== it) box.textContent = lines.join('\n')
  box.shown = it
  box.hidden = false
  box.style.left = `${Math.max(8, Math.min(x + 14, innerWidth - box.offsetWidth - 8))}px`
  box.style.top = `${Math.max(8, y + 18 + box.offsetHeight > innerHeight ? y - box.offsetHeight - 14 : y + 18)}px`
}

const SVG = 'http://www.w3.org/2000/svg'

/** Lines from the ends of its dependencies to its start, and from its end to the starts of its dependents. */
function connect(it) {
  byId('lines').replaceChildren()
  if (!it) return
  const sheet = byId('sheet').getBoundingClientRect()
  const axis = byId('axis').getBoundingClientRect()
  const point = (project, ms) => {
    const row = project.row.getBoundingClientRect()
    // On a phone, the bar is below the name.
    const y = row.height > 45 ? row.bottom - 14 : (row.top + row.bottom) / 2
    return [axis.left - sheet.left + (axis.width * Math.min(ms, length)) / length, y - sheet.top]
  }
  const draw = (from, to, className) => {
    if (from.row.hidden || to.row.hidden) return
    const [x1, y1] = point(from, from.finished)
    const [x2, y2] = point(to, Math.min(start(to), to.finished))
    const line = document.createElementNS(SVG, 'path')
    line.setAttribute('class', className)
    line.setAttribute('d', `M${x1} ${y1} h4 V${y2} H${x2}`)
    byId('lines').append(line)
  }
  it.depends_on.forEach((ix) => draw(projects[ix], it, ''))
  it.dependents.forEach((other) => draw(it, other, 'later'))
}

function leave() {
  connect()
  byId('tip').hidden = true
}

// ---------------------------------------------------------------- The table

/** Title, value to sort by, content of the cell, classes. */
const COLUMNS = [
  ['Project', (it) => it.name],
  ['Result', (it) => TONES.indexOf(it.tone) + it.result, (it) => `${it.mark} ${it.result}`],
  ['Account', (it) => it.account, null, 'wide'],
  ['Changes', (it) => it.changes.length, (it) => it.diff ?? '', 'wide quiet'],
  ['Duration', (it) => took(it) ?? -1, (it) => (took(it) == null ? '' : span(took(it))), 'number'],
  ['Timeline', start, null, 'time'],
]

function row(it, ix) {
  const cells = COLUMNS.map(([, value, text, className], n) => {
    if (className === 'time') return track(it)
    const content = (text ?? value)(it)
    const cell = make('td', className, n ? content : button('link', content, () => {}))
    if (n === 1) cell.className = it.tone
    else if (n) cell.title = content
    return cell
  })
  cells.forEach((cell) => cell.setAttribute('role', 'cell'))
  it.row = make('tr', critical.has(ix) ? 'critical' : '', ...cells)
  it.row.setAttribute('role', 'row')
  it.row.project = it
  it.link = it.row.querySelector('button')
  it.link.setAttribute('aria-expanded', 'false')
  return it.row
}

function list(title, items) {
  return items.length ? [make('h3', '', title), make('ul', '', ...items)] : []
}

function details(it) {
  const cell = make('td', '', make('p', it.tone, `${it.mark} ${it.result}: ${it.why}`))
  cell.setAttribute('role', 'cell')
  const add = (...children) => cell.append(...children.filter((child) => child))
  add(...why(it))
  const links = (those) => those.length ? names(those.map((other) => projects.indexOf(other))) : null
  const facts = [
    ['Account', it.account], ['Logical id', it.logical_id], ['Deployment', it.deployment_id], ['Bundle', it.bundle],
    ['Attempts', it.attempts > 1 ? String(it.attempts) : null],
    ...activities(it).map(([name, time]) => [name[0].toUpperCase() + name.slice(1), time]),
    ['Depends on', links(it.depends_on.map((ix) => projects[ix]))], ['Dependents', links(it.dependents)],
  ]
  const pairs = facts.filter(([, value]) => value).flatMap(([name, value]) => [make('dt', '', name), make('dd', '', value)])
  add(make('dl', '', ...pairs))
  const SIGN = { CREATE: '+', UPDATE: '~', DELETE: '-', DETACHED: '○' }
  const changes = it.changes.map(([action, type, id]) => make('li', `change ${action}`, `${SIGN[action]} ${type} ${id}`))
  add(...list('Events', events(it).map((text) => make('li', '', text))), ...list(`Changes: ${it.diff}`, changes))
  for (const [text, url] of it.pings) add(make('p', '', text, url && ' ', url && make('code', '', url)))
  for (const hook of it.hooks) {
    add(make('h3', hook.error ? 'bad' : '', `Hook ${hook.hook}: ${hook.error ?? 'succeeded'} (${span(hook.duration_ms)})`))
    if (hook.report ?? hook.output) add(make('pre', '', hook.report ?? hook.output))
  }
  for (const note of it.notes) add(make('h3', '', 'Note'), make('pre', '', note.message))
  const line = make('tr', 'details', cell)
  line.setAttribute('role', 'row')
  return line
}

function toggle(it, open = !it.details) {
  if (open === Boolean(it.details)) return
  if (open) it.row.after((it.details = details(it)))
  else it.details = it.details.remove()
  it.link.setAttribute('aria-expanded', String(open))
  leave()
}

/** Shows the details of a project, whatever the filter is. */
function reveal(it) {
  if (it.row.hidden) {
    byId('text').value = ''
    choose(byId('chips').firstElementChild)
  }
  toggle(it, true)
  it.row.scrollIntoView({ block: 'center' })
  it.link.focus({ preventScroll: true })
}

function sort(header, value, down) {
  document.querySelectorAll('th').forEach((it) => it.removeAttribute('aria-sort'))
  header.setAttribute('aria-sort', down ? 'descending' : 'ascending')
  const compare = (a, b) => (typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a === b ? 0 : a - b)
  const sorted = projects.map((it) => [value(it), it]).sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)))
  within('tbody').append(...sorted.flatMap(([, it]) => (it.details ? [it.row, it.details] : [it.row])))
}

function table() {
  projects.forEach((it) => (it.dependents = []))
  projects.forEach((it) => it.depends_on.forEach((ix) => projects[ix].dependents.push(it)))
  projects.forEach(row)
  for (const [title, value, , className] of COLUMNS) {
    const header = make('th', className)
    header.setAttribute('role', 'columnheader')
    header.append(button('', title, () => sort(header, value, header.getAttribute('aria-sort') === 'ascending')))
    within('thead tr').append(header)
    if (className !== 'time') continue
    const axis = make('div')
    axis.id = 'axis'
    header.append(axis)
    sort(header, value, false)
  }
  const body = within('tbody')
  const of = (event) => event.target.closest('tr')?.project
  body.addEventListener('click', (event) => of(event) && toggle(of(event)))
  body.addEventListener('pointerover', (event) => connect(of(event)))
  body.addEventListener('pointermove', (event) => {
    const isBar = event.pointerType === 'mouse' && event.target.closest('.time')
    if (isBar) tip(of(event), event.clientX, event.clientY)
    else byId('tip').hidden = true
  })
  body.addEventListener('pointerleave', leave)
  body.addEventListener('focusin', (event) => {
    if (!of(event) || !event.target.matches(':focus-visible')) return
    connect(of(event))
    const bar = event.target.closest('tr').querySelector('.time').getBoundingClientRect()
    tip(of(event), bar.left, bar.bottom - 18)
  })
  body.addEventListener('focusout', leave)
  body.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') leave()
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step || !of(event)) return
    event.preventDefault()
    const shown = [...body.children].filter((it) => it.project && !it.hidden)
    shown[shown.indexOf(of(event).row) + step]?.project.link.focus()
  })
}

// ---------------------------------------------------------------- The filter

let chosen = () => true

function choose(chip) {
  chosen = chip.accepts
  for (const it of byId('chips').children) it.setAttribute('aria-pressed', String(it === chip))
  filter()
}

function filter() {
  const words = byId('text').value.toLowerCase().split(/\s+/).filter(Boolean)
  let shown = 0
  projects.forEach((it, ix) => {
    it.haystack ??= [it.name, it.account, it.result, it.why, it.error].join(' ').toLowerCase()
    const hidden = !chosen(it, ix) || words.some((word) => !it.haystack.includes(word))
    it.row.hidden = hidden
    if (it.details) it.details.hidden = hidden
    if (!hidden) shown += 1
  })
  byId('shown').textContent = shown === projects.length ? '' : `${shown} of ${count(projects.length, 'project')}`
  connect()
}

function filters() {
  const chip = (text, accepts, tone) => {
    const element = button('', make('span', tone, text), () => choose(element))
    element.accepts = accepts
    byId('chips').append(element)
  }
  chip(`All ${projects.length}`, () => true)
  const results = [...new Set(projects.map(COLUMNS[1][1]))].sort()
  for (const key of results) {
    const those = projects.filter((it) => COLUMNS[1][1](it) === key)
    chip(`${those[0].mark} ${those.length} ${those[0].result}`, (it) => it.result === those[0].result, those[0].tone)
  }
  if (critical.size > 1) chip('Critical path', (_, ix) => critical.has(ix))
  byId('text').addEventListener('input', filter)
  choose(byId('chips').firstElementChild)
}

head()
failures()
speed()
table()
legend()
filters()
axis()
addEventListener('resize', axis)
