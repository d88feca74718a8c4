// Usage: node orders.mjs INSTALLATION [--api URL] [--seed N] [--only PATTERN] [--dirty N] [--expected FILE] [--rounds N]
//
// Compares bundles of one bundling worker (src/checkly/worker.cjs) with those of processes of their own: every project of
// `repositories/` and of the example, after every other. INSTALLATION is a directory in which npm has installed the CLI.
//
// Projects that leave nothing behind run in one sequence that contains every ordered pair, in as few workers as possible; with
// `--rounds`, in N random orders. Projects that leave something behind cost a worker each time: each runs N times after others.
// Bundles are made offline, unless `--api` names a sandbox; `--expected` keeps the results of processes of their own for the
// next time. The exit code is 1 if anything differs.
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'

const here = path.dirname(fileURLToPath(import.meta.url))
const tree = path.join(here, '../..')
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    api: { type: 'string' },
    dirty: { type: 'string', default: '3' },
    expected: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
const modules = path.resolve(positionals[0], 'node_modules')
const program = path.join(modules, '.bin/checkly')
const bin = fs.realpathSync(program)
const own = path.join(modules, '.bin/node')
const node = fs.existsSync(own) ? fs.realpathSync(own) : process.execPath
// Always the same, so expected results can be kept.
const variant = `${path.basename(path.resolve(positionals[0]))}-${options.api ? 'online' : 'offline'}`
const scratch = path.join(fs.realpathSync(os.tmpdir()), `orders-${variant}`)
fs.rmSync(scratch, { recursive: true, force: true })
fs.mkdirSync(scratch)

// ---- The projects

/** Variables without which a configuration cannot be loaded. */
const VARIABLES = {
  environment: [{ STAGE: 'staging' }, { STAGE: 'production' }],
  'env-files': [{ STAGE: 'staging', SHOP_URL: 'https://staging.shop.example' }],
  checkout: [{ ENVIRONMENT: 'staging' }, { ENVIRONMENT: 'production' }],
}

function projects() {
  const found = []
  const add = (name, cwd, config, variables = {}) => found.push({ name, cwd, config, variables })
  const search = (dir, name) => {
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      if (entry.name === 'node_modules') continue
      const file = path.join(dir, entry.name)
      if (entry.isDirectory()) search(file, `${name}/${entry.name}`)
      if (!/^checkly(\..*)?\.config\.[cm]?[jt]s$/.test(entry.name)) continue
      if (name === 'hostile') {
        const checks = fs.readdirSync(dir).filter(file => file.endsWith('.check.ts'))
        for (const check of checks) add(`${name}/${check.split('.')[0]}`, dir, entry.name, { PROJECT: check.split('.')[0] })
        continue
      }
      const label = entry.name.startsWith('checkly.config') ? name : `${name}:${entry.name.split('.')[1]}`
      const cwd = name.startsWith('dotenv/') ? path.join(scratch, 'dotenv') : dir
      const variants = VARIABLES[path.basename(dir)] ?? [{}]
      for (const variables of variants) {
        add([label, ...Object.values(variables)].join(' '), cwd, path.relative(cwd, file), variables)
      }
    }
  }
  const repositories = path.join(here, 'repositories')
  const all = fs.readdirSync(repositories).map(name => [name, path.join(repositories, name)])
  for (const [name, from] of [...all, ['example', path.join(tree, 'examples/monorepo')]]) {
    const to = path.join(scratch, name)
    fs.cpSync(from, to, { recursive: true, filter: file => path.basename(file) !== 'node_modules' })
    // As the tests beside this file do.
    const files = {
      'package.json': '{ "devDependencies": { "checkly": "*" } }',
      'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }',
    }
    for (const [file, content] of Object.entries(files)) {
      if (!fs.existsSync(path.join(to, file))) fs.writeFileSync(path.join(to, file), content)
    }
    fs.symlinkSync(modules, path.join(to, 'node_modules'))
    const expected = path.join(to, 'expected.toml')
    const prepare = fs.existsSync(expected) && /^prepare = \["+\n?([^\]]*?)"+\]/m.exec(fs.readFileSync(expected, 'utf8'))
    if (prepare) execFileSync('bash', ['-ec', prepare[1]], { cwd: to })
    search(to, name)
  }
  const isWanted = ({ name }) => options.only === undefined || new RegExp(options.only).test(name)
  return found.filter(isWanted).sort((one, other) => (one.name < other.name ? -1 : 1))
}

// ---- One bundling

const common = {
  PATH: [path.join(modules, '.bin'), process.env.PATH].join(':'),
  HOME: path.join(scratch, 'home'),
  TMPDIR: scratch,
  CHECKLY_ENV: 'local',
  CHECKLY_API_URL: options.api ?? 'http://127.0.0.1:9',
  CHECKLY_ACCOUNT_ID: 'acme',
  CHECKLY_API_KEY: 'secret',
  CHECKLY_SKIP_AUTH: '0',
  CHECKLY_SKIP_NEW_VERSION_CHECK: 'true',
  CHECKLY_EMULATE_PW_TEST: 'false',
  NO_COLOR: '1',
  OCLIF_COLUMNS: '100000',
}

/** The command of a bundling whose files are in a directory, emptied for it. */
function command({ config, cwd, variables }, dir) {
  fs.rmSync(dir, { recursive: true, force: true })
  fs.mkdirSync(path.join(dir, 'tmp'), { recursive: true })
  const argv = options.api === undefined
    ? ['debug', 'parse-project', `--config=${config}`]
    : ['deploy', '--force', '--debug-bundle', `--debug-bundle-output-file=${dir}/bundle.json`, `--config=${config}`]
  return { argv, cwd, env: { ...common, ...variables, PWD: cwd, TMPDIR: path.join(dir, 'tmp') }, program }
}

/** Everything about a bundling that must not differ. */
function result(dir, exit, stdout, stderr) {
  let bundle = null
  const bundleFile = path.join(dir, 'bundle.json')
  if (fs.existsSync(bundleFile)) {
    bundle = normal(JSON.parse(fs.readFileSync(bundleFile, 'utf8')))
  } else if (options.api === undefined) {
    const start = stdout.search(/^\{\n/m)
    try {
      const printed = JSON.parse(stdout.slice(start, stdout.lastIndexOf('\n}') + 2))
      bundle = { ...JSON.parse(text(JSON.stringify(printed))), payload: printed.payload && normal(printed.payload) }
      stdout = stdout.slice(0, start) + stdout.slice(stdout.lastIndexOf('\n}') + 2)
    } catch {
      // There is none.
    }
  }
  const here = words => text(words).replaceAll(dir, 'DIR')
  return { exit, bundle, stdout: here(stdout), stderr: here(stderr) }
}

/** Without a process's id and the frames of stacks, which end in the CLI's program only in a process of its own. */
const text = words => words
  .replace(/\(node:\d+\)/g, '')
  .replace(/^ .*\/(checkly\/bin\/|@oclif\/core\/lib\/execute\.js).*\n/gm, '')
  .replace(/(^|\n|\\n) +at .*?(?=\n|\\n|"|$)/g, '')

/** The order of resources and of shared files varies, and the keys of uploads are random. */
function normal(payload) {
  const shared = payload.sharedFiles ?? []
  const json = JSON.stringify(payload, (key, value) => {
    if (key === 'codeBundlePath' || (key === 'key' && /[0-9a-f-]{36}/.test(value))) return 'an upload'
    if (key === 'sharedFileRef' && typeof value === 'number') return shared[value]
    if (key === 'sharedFiles' && Array.isArray(value)) return [...value].sort(byText)
    if (key === 'sharedFileRefs' && Array.isArray(value)) return value.map(ref => shared[ref]).sort(byText)
    return value
  })
  const result = JSON.parse(json)
  result.resources?.sort(byText)
  return result
}

const byText = (one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)

async function alone(project, dir) {
  const { argv, cwd, env } = command(project, dir)
  const child = spawn(program, argv, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const streams = [child.stdout, child.stderr].map(async stream => (await stream.setEncoding('utf8').toArray()).join(''))
  const exit = new Promise(resolve => child.on('exit', resolve))
  const [stdout, stderr] = await Promise.all(streams)
  return result(dir, await exit, stdout, stderr)
}

// ---- A worker

const printed = ['stdout', 'stderr'].map(name => path.join(scratch, name))
let started = 0

class Worker {
  /** The names of the projects that it has bundled. */
  history = []
  #child
  #stream
  #server
  #text = ''
  #wake = () => {}

  static async start() {
    started += 1
    const worker = new Worker()
    const socket = path.join(scratch, `socket-${started}`)
    worker.#server = net.createServer().listen(socket)
    const files = printed.map(name => fs.openSync(name, 'a'))
    const stdio = ['ignore', ...files]
    const script = path.join(tree, 'src/checkly/worker.cjs')
    worker.#child = spawn(node, [script, socket, bin], { cwd: scratch, env: common, stdio, detached: true })
    for (const file of files) fs.closeSync(file)
    worker.#child.on('exit', () => worker.#end())
    worker.#server.on('connection', stream => {
      worker.#stream = stream
      stream.setEncoding('utf8').on('data', text => { worker.#text += text; worker.#wake() })
      stream.on('close', () => worker.#end()).on('error', () => {})
    })
    const ready = await worker.#line()
    if (ready?.ready !== true) throw new Error(`no worker: ${fs.readFileSync(printed[1], 'utf8')}`)
    return worker
  }

  #end() {
    this.#text += 'null\n'
    this.#server.close()
    this.#wake()
  }

  async #line() {
    while (!this.#text.includes('\n')) await new Promise(resolve => { this.#wake = resolve })
    const end = this.#text.indexOf('\n')
    const line = this.#text.slice(0, end)
    this.#text = this.#text.slice(end + 1)
    return JSON.parse(line)
  }

  /** The reply and the result; `null` without a reply. */
  async bundle(project) {
    const dir = path.join(scratch, 'shared')
    const request = command(project, dir)
    for (const name of printed) fs.truncateSync(name)
    this.#stream.write(`${JSON.stringify(request)}\n`)
    const reply = await this.#line()
    this.history.push(project.name)
    if (reply === null) return null
    const [stdout, stderr] = printed.map(name => fs.readFileSync(name, 'utf8'))
    return { ...reply, result: result(dir, reply.exit, stdout, stderr) }
  }

  stop() {
    this.#child.kill('SIGKILL')
    this.#stream?.destroy()
  }

  get memory() {
    const kib = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))
    return Math.round(kib[1] / 1024)
  }
}

// ---- The sequence

let state = Number(options.seed)
/** A linear congruential generator: the same numbers for the same seed. */
function random(below) {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((state / 2_147_483_648) * below)
}

function shuffled(list) {
  const rest = [...list]
  const result = []
  while (rest.length > 0) result.push(...rest.splice(random(rest.length), 1))
  return result
}

/** A cyclic sequence in which every one follows every one, itself included: Hierholzer's algorithm. */
function everyPair(list) {
  const left = new Map(list.map(one => [one, shuffled(list)]))
  const path = [list[0]]
  const tour = []
  while (path.length > 0) {
    const edges = left.get(path.at(-1))
    if (edges.length > 0) path.push(edges.pop())
    else tour.push(path.pop())
  }
  return tour
}

// ---- The comparison

const all = projects()
const began = Date.now()
const { version } = JSON.parse(fs.readFileSync(path.join(modules, 'checkly/package.json')))
console.log(`${all.length} projects, Checkly CLI ${version}`)
const known = options.expected && fs.existsSync(options.expected) ? JSON.parse(fs.readFileSync(options.expected)) : {}
const expected = new Map()
const waiting = all.filter(({ name }) => known[name] === undefined)
await Promise.all(Array.from({ length: os.availableParallelism() * 2 }, async (_, ix) => {
  for (let project = waiting.pop(); project; project = waiting.pop()) {
    known[project.name] = await alone(project, path.join(scratch, `process-${ix}`))
  }
}))
for (const project of all) expected.set(project, known[project.name])
if (options.expected) fs.writeFileSync(options.expected, JSON.stringify(known))
const failing = all.filter(project => expected.get(project).exit !== 0)
console.log(`${all.length} processes in ${seconds(began)}, ${failing.length} of them failed: ${names(failing)}`)

function names(list) {
  return list.map(({ name }) => name).join(', ')
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`
}

const counts = { bundles: 0, alone: 0, failed: 0 }
const differences = []
const leftovers = new Map()
let worker
let largest = 0

/** What the parent does, but for the processes: they have the expected result. */
async function bundle(project) {
  worker ??= await Worker.start()
  const { history } = worker
  const reply = await worker.bundle(project)
  counts.bundles += 1
  const want = expected.get(project)
  if (reply === null) {
    counts.alone += 1
    leftovers.set(project, 'no reply')
  } else if (reply.exit !== 0 && history.length > 1) {
    counts.failed += 1
    if (want.exit === 0) console.log(`  ${project.name} failed after ${history.at(-2)}\n${reply.result.stderr.slice(0, 1000)}`)
  } else if (!isDeepStrictEqual(reply.result, want)) {
    differences.push(`${project.name} after ${history.slice(0, -1).slice(-3).join(', ') || 'nothing'}`)
    console.log(`DIFFERENT: ${differences.at(-1)}`)
    for (const key of Object.keys(want)) {
      if (!isDeepStrictEqual(reply.result[key], want[key])) console.log(`  ${key}`, difference(want[key], reply.result[key]))
    }
  }
  if (reply !== null && reply.leftover !== null) leftovers.set(project, reply.leftover)
  const isOver = reply === null || reply.leftover !== null
  if (!isOver) largest = Math.max(largest, worker.memory)
  if (isOver || history.length >= 200) {
    worker.stop()
    worker = undefined
  }
}

/** The first differing part of two texts. */
function difference(want, got) {
  const [one, other] = [want, got].map(value => (typeof value === 'string' ? value : JSON.stringify(value, null, 1)) ?? '')
  let at = 0
  while (at < one.length && one[at] === other[at]) at += 1
  const part = text => text.slice(Math.max(0, at - 60), at + 200)
  return { process: part(one), worker: part(other) }
}

// First, each once: which ones leave something behind?
for (const project of shuffled(all)) await bundle(project)
const tidy = all.filter(project => !leftovers.has(project))
const dirty = all.filter(project => !tidy.includes(project))
console.log(`${tidy.length} projects leave nothing behind; ${dirty.length} do:`)
for (const project of dirty) console.log(`  ${project.name}: ${leftovers.get(project)}`)

const pairs = Date.now()
const before = { ...counts, started }
const rounds = options.rounds && Array.from({ length: Number(options.rounds) }, () => shuffled(tidy)).flat()
const sequence = rounds ?? everyPair(tidy)
for (const project of sequence) await bundle(project)
const shared = `${counts.bundles - before.bundles} bundles in ${seconds(pairs)}, ${started - before.started} more workers`
console.log(rounds ? shared : `${tidy.length ** 2} pairs: ${shared}, at most ${largest} MiB`)
for (let time = 0; time < Number(options.dirty); time += 1) {
  for (const project of shuffled(dirty)) {
    if (tidy.length > 0) await bundle(tidy[random(tidy.length)])
    await bundle(project)
  }
}

// Changes between two bundlings are seen, even of files that Node reads once.
const linked = all.find(({ name }) => name === 'neighbors/linked-one')
if (linked) {
  await bundle(linked)
  const dir = path.join(scratch, 'neighbors/packages/defaults')
  fs.writeFileSync(path.join(dir, 'changed.js'), "exports.next = () => 'changed'\n")
  fs.writeFileSync(path.join(dir, 'package.json'), '{ "name": "@acme/defaults", "main": "./changed.js" }\n')
  expected.set(linked, await alone(linked, path.join(scratch, 'process-0')))
  await bundle(linked)
}
worker?.stop()
console.log(`${counts.bundles} bundles in ${seconds(began)} by ${started} workers: ${differences.length} differ, ${counts.alone} without a reply, ${counts.failed} failed`)
fs.rmSync(scratch, { recursive: true, force: true })
process.exit(differences.length > 0 ? 1 : 0)
