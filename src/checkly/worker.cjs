'use strict'
// A bundling worker: loads one installation of the Checkly CLI, and runs one of its commands after the other.
//
//     node worker.cjs SOCKET BIN
//
// SOCKET is a Unix socket, BIN the CLI's program without symbolic links. One JSON object per line:
//
//     worker: {"ready":true,"variables":["NO_COLOR",…]}
//     parent: {"argv":["deploy",…],"cwd":"/…","env":{…}}
//     worker: {"exit":0,"leftover":null}
//
// A command must see what it would see in a process of its own. Before each one, everything is as after the start. After
// each one, the worker sets back what it can, looks for what else the project has left behind, and names the first such thing:
// then it is unfit for another project. Where it cannot tell the result that a process of its own would have, it exits without
// a reply.

const asyncHooks = require('node:async_hooks')
const childProcess = require('node:child_process')
const diagnosticsChannel = require('node:diagnostics_channel')
const dns = require('node:dns')
const events = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const Module = require('node:module')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const tls = require('node:tls')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { promisify, types } = require('node:util')
const v8 = require('node:v8')
const workerThreads = require('node:worker_threads')

const [, , socketPath, bin] = process.argv
const root = path.dirname(path.dirname(bin))
const ofCli = Module.createRequire(path.join(root, 'package.json'))
const { cache } = require

// Exits without a reply.
const { reallyExit } = process
const { register, registerHooks } = Module
const { writeSync } = fs
const giveUp = why => {
  writeSync(2, `not for a shared worker: ${why}\n`)
  reallyExit.call(process, 75)
}

// How long a project's timers, sockets and processes may keep a process of its own alive after the command.
const LINGER_MS = 1000

// ---- Loading the CLI

// Variables that differ between projects, and that the CLI reads again for each command.
const READ_AGAIN = ['CHECKLY_ACCOUNT_ID', 'CHECKLY_API_KEY', 'PATH', 'PWD', 'TEMP', 'TMP', 'TMPDIR']

// Runs `load`, and returns its result and the variables that were read.
async function recordVariables(load) {
  const { env } = process
  const read = new Set()
  const note = (trap, name) => {
    if (typeof name === 'string' && !READ_AGAIN.includes(name)) read.add(name)
    return trap
  }
  let isLoading = true
  process.env = new Proxy(env, {
    get: (_, name) => isLoading ? note(env[name], name) : env[name],
    has: (_, name) => isLoading ? note(name in env, name) : name in env,
    // Without a receiver, so it is not defined on the proxy.
    set: (_, name, value) => Reflect.set(env, name, value)
  })
  const result = await load()
  isLoading = false
  process.env = env
  const values = new Map([...read].map(name => [name, env[name]]))
  // The package `debug` also looks for names with this prefix.
  const hasChanged = () => {
    const changed = [...values].find(([name, value]) => env[name] !== value)
    return changed?.[0] ?? Object.keys(env).find(name => /^debug_/i.test(name) && !values.has(name))
  }
  return { result, hasChanged, names: [...read] }
}

// ES modules cannot be unloaded. So all modules that a project imports have a URL of their own for each job; `import.meta.url`
// is what it would be without. Packages of the CLI are those that it has loaded itself, which is noted, as is a later load.
const JOB = 0
const OF_THE_CLI = 1
const LOADED_BY_CLI = 2
const shared = new Int32Array(new SharedArrayBuffer(12))

// The hooks of Node's loader. Older versions run their text in a thread of its own.
function isolation({ shared, cli, packages, jiti }) {
  const next = (result, change) => result instanceof Promise ? result.then(change) : change(result)
  const isIn = (url, dirs) => dirs.some(dir => url.startsWith(dir))
  const mark = /[?&]bundling=\d+$/
  const loaded = new Set()
  return {
    resolve(specifier, context, resolve) {
      return next(resolve(specifier, context), result => {
        const { url, format } = result
        const { parentURL = '', conditions } = context
        if (!url.startsWith('file:') || conditions?.includes('require') || isIn(url, [cli])) return result
        if (isIn(url, packages) && format === 'module') {
          const isByCli = isIn(parentURL, [cli, ...packages]) && !isIn(parentURL, [jiti])
          if (!isByCli) Atomics.store(shared, 1, 1)
          return result
        }
        return { ...result, url: `${url}${url.includes('?') ? '&' : '?'}bundling=${Atomics.load(shared, 0)}` }
      })
    },
    load(url, context, load) {
      return next(load(url, context), result => {
        if (!result.format?.startsWith('module')) return result
        if (isIn(url, [cli, ...packages]) && !loaded.has(url)) {
          loaded.add(url)
          Atomics.store(shared, 2, 1)
        }
        if (!mark.test(url)) return result
        const own = `import.meta.url=${JSON.stringify(url.replace(mark, ''))};`
        const source = typeof result.source === 'string' ? result.source : new TextDecoder().decode(result.source)
        return { ...result, source: source.replace(/^(\uFEFF?#!.*\n)?/, start => start + own) }
      })
    }
  }
}

function isolateModules() {
  const dirOf = dir => `${pathToFileURL(dir)}/`
  const { dependencies } = ofCli('./package.json')
  const dirs = Object.keys(dependencies).map(name => ofCli.resolve.paths(name).map(dir => path.join(dir, name)).find(fs.existsSync))
  const packages = dirs.filter(Boolean).map(dir => dirOf(fs.realpathSync(dir)))
  const data = { shared, cli: dirOf(root), packages, jiti: packages.find(url => url.endsWith('/jiti/')) }
  if (registerHooks) {
    registerHooks(isolation(data))
  } else {
    const text = `const hooks = {}
      export const initialize = data => Object.assign(hooks, (${isolation})(data))
      export const resolve = (...values) => hooks.resolve(...values)
      export const load = (...values) => hooks.load(...values)`
    register(`data:text/javascript,${encodeURIComponent(text)}`, { data })
  }
}

async function loadCli() {
  const load = file => import(pathToFileURL(path.join(root, 'dist', file)))
  const { loadDotenvFile } = await load('services/load-dotenv.js')
  const { run, settings, ux } = await import(pathToFileURL(ofCli.resolve('@oclif/core')))
  const { handle, Exit } = ofCli('@oclif/core/handle')
  const { Session } = await load('constructs/session.js')
  const jiti = await load('loader/jiti.js')
  await load('commands/deploy.js')
  await load('commands/debug/parse-project.js')
  for (const name of ['archiver', '@typescript-eslint/typescript-estree', 'typescript']) {
    if (ofCli('./package.json').dependencies[name]) await import(pathToFileURL(ofCli.resolve(name)))
  }
  settings.enableAutoTranspile = false
  // What projects can import of the CLI.
  const exported = ['index.js', 'constructs/index.js', 'loader/index.js', 'util/index.js']
  const packages = []
  for (const name of exported) packages.push([name, await load(name)])
  isolateModules()
  // So a project's first `require` of them loads nothing.
  if (registerHooks) for (const name of exported) require(path.join(root, 'dist', name))
  return { run, handle, Exit, loadDotenvFile, Session, jiti, packages, ux }
}

// ---- The state of a job

const copy = value => value instanceof Map ? new Map(value) : Array.isArray(value) ? [...value] : value

// Returns a function that sets the properties of a class of the CLI to what they are now.
function remember(object) {
  const saved = Object.entries(object).map(([name, value]) => [name, copy(value)])
  return () => {
    for (const [name, value] of saved) object[name] = copy(value)
  }
}

// Node reads each `package.json` once per process, and remembers where there is none.
const packageFiles = new Map()

const version = file => {
  const about = fs.statSync(file, { bigint: true, throwIfNoEntry: false })
  return about && `${about.ino} ${about.size} ${about.mtimeNs}`
}

function rememberPackages(dir) {
  const file = path.join(dir, 'package.json')
  if (packageFiles.has(file)) return
  packageFiles.set(file, version(file))
  if (dir !== path.dirname(dir)) rememberPackages(path.dirname(dir))
}

const changedPackage = () => [...packageFiles].find(([file, before]) => version(file) !== before)?.[0]

// CommonJS modules that stay loaded: those of the CLI.
const ofTheCli = new Set()

const isOfTheCli = module => ofTheCli.has(module?.filename) || module?.filename?.startsWith(root + path.sep)

// Drops the modules of a project. Returns one that would still be there for the next one, and whether the CLI has loaded more.
function dropModules() {
  let hasCliLoaded = Atomics.load(shared, LOADED_BY_CLI) !== 0
  let esModule = Atomics.load(shared, OF_THE_CLI) ? 'of the CLI' : undefined
  for (const [file, module] of Object.entries(cache)) {
    if (ofTheCli.has(file)) continue
    if (isOfTheCli(module.parent) || isOfTheCli(module)) {
      ofTheCli.add(file)
      hasCliLoaded ||= !types.isModuleNamespaceObject(module.exports)
      continue
    }
    delete cache[file]
    rememberPackages(path.dirname(file))
    // By `require`.
    if (types.isModuleNamespaceObject(module.exports)) esModule ??= file
  }
  for (const file of ofTheCli) {
    const module = cache[file]
    if (module) module.children = module.children.filter(isOfTheCli)
  }
  for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key]
  return { hasCliLoaded, esModule: esModule && `an ES module: ${esModule}` }
}

function setVariables(variables) {
  // All of them, for their order.
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, variables)
}

// Makes the process look as if it had been started as `BIN`.
function pretend() {
  process.title = 'node'
  delete cache[__filename]
  const main = new Module(bin, null)
  Object.assign(main, { id: '.', filename: bin, paths: Module._nodeModulePaths(path.dirname(bin)), loaded: true })
  const extension = path.extname(bin)
  const isCommonJs = extension === '.cjs' || (extension === '.js' && ofCli('./package.json').type !== 'module')
  process.mainModule = isCommonJs ? main : undefined
  if (isCommonJs) cache[bin] = main
}

// ---- What a project leaves behind

let leftover
let hasSpawned = false

// Changes that cannot be seen afterwards.
function watchCalls() {
  const watch = (object, name, note) => {
    if (object[name] === undefined) return
    object[name] = new Proxy(object[name], {
      apply(target, self, values) {
        note()
        return Reflect.apply(target, self, values)
      }
    })
  }
  // A global that cannot be deleted would stay: Playwright's `expect` defines one.
  Object.defineProperty = new Proxy(Object.defineProperty, {
    apply(target, self, [object, key, descriptor]) {
      const isNew = object === globalThis && !Object.hasOwn(object, key)
      return Reflect.apply(target, self, [object, key, isNew ? { ...descriptor, configurable: true } : descriptor])
    }
  })
  const calls = {
    register: Module,
    registerHooks: Module,
    dlopen: process,
    setSourceMapsEnabled: process,
    setUncaughtExceptionCaptureCallback: process,
    setFlagsFromString: v8,
    setDefaultCACertificates: tls,
    setEnvironmentData: workerThreads,
    subscribe: diagnosticsChannel
  }
  for (const [name, object] of Object.entries(calls)) watch(object, name, () => { leftover ??= `a call of ${name}` })
  for (const name of ['execSync', 'execFileSync', 'spawnSync']) watch(childProcess, name, () => { hasSpawned = true })
  watch(childProcess.ChildProcess.prototype, 'spawn', () => { hasSpawned = true })
  Module.syncBuiltinESMExports()
  // Node prints most warnings once.
  process.on('warning', warning => { leftover ??= `a warning: ${warning.name}` })
}

const CORE = [
  'assert', 'async_hooks', 'buffer', 'child_process', 'console', 'crypto', 'diagnostics_channel', 'dns', 'dns/promises',
  'events', 'fs', 'fs/promises', 'http', 'http2', 'https', 'module', 'net', 'os', 'path', 'perf_hooks', 'querystring',
  'readline', 'stream', 'stream/promises', 'string_decoder', 'timers', 'timers/promises', 'tls', 'tty', 'url', 'util', 'v8',
  'vm', 'worker_threads', 'zlib'
]

// What changes with each command, and is not looked into.
const OF_A_COMMAND = new Map([[process, ['argv', 'exitCode', 'title']]])
const CONTENTS_OF_A_COMMAND = new Set([process.env, process.moduleLoadList, Module._cache, Module._pathCache])

// Returns a function that sets properties back to what they are now, and names one for which it may not or cannot.
function watchProperties(packages, Session) {
  const objects = new Map()
  const watch = (object, name, depth) => {
    const isObject = typeof object === 'function' || (typeof object === 'object' && object !== null)
    if (!isObject || objects.has(object) || CONTENTS_OF_A_COMMAND.has(object)) return
    objects.set(object, name)
    // Only its first use changes anything.
    if (object[promisify.custom]) promisify(object)
    if (depth === 0) return
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
      watch(value, `${name}.${key}`, depth - 1)
    }
  }
  // The functions and objects of the language, and their prototypes.
  CONTENTS_OF_A_COMMAND.add(Session).add(process.mainModule)
  watch(globalThis, 'globalThis', 2)
  watch(process, 'process', 2)
  const generator = function * () {}
  const hidden = [generator, async () => {}, async function * () {}, [].values(), new Map().values(), new Set().values()]
  for (const value of [...hidden, ''.matchAll(/./g), Int8Array]) {
    watch(Object.getPrototypeOf(value), 'prototype', 1)
  }
  watch(Object.getPrototypeOf(Object.getPrototypeOf([].values())), 'Iterator.prototype', 0)
  for (const name of CORE) watch(require(`node:${name}`), name, 2)
  watch(Module._extensions, 'module._extensions', 0)
  watch(http.globalAgent.options, 'http.globalAgent.options', 0)
  watch(https.globalAgent.options, 'https.globalAgent.options', 0)
  for (const [name, exports] of packages) watch(exports, name, 2)

  const keysOf = object => {
    const except = OF_A_COMMAND.get(object)
    const keys = Reflect.ownKeys(object)
    return except ? keys.filter(key => !except.includes(key)) : keys
  }
  const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, isExtensible } = Reflect
  const saved = [...objects].map(([object, name]) => {
    const properties = new Map(keysOf(object).map(key => [key, getOwnPropertyDescriptor(object, key)]))
    return { object, name, properties, prototype: getPrototypeOf(object), isOpen: isExtensible(object) }
  })
  const { is } = Object
  const isSame = (one, other) => one !== undefined && is(one.value, other.value) && one.get === other.get &&
    one.set === other.set && one.writable === other.writable && one.enumerable === other.enumerable &&
    one.configurable === other.configurable
  return mayRestore => {
    let hasRestored = false
    const restore = change => {
      hasRestored ||= mayRestore
      return mayRestore && change()
    }
    for (const { object, name, properties, prototype, isOpen } of saved) {
      if (getPrototypeOf(object) !== prototype || isExtensible(object) !== isOpen) return name
      const keys = keysOf(object)
      for (const key of keys.length === properties.size ? [] : keys) {
        const isOld = properties.has(key) || restore(() => deleteProperty(object, key))
        if (!isOld) return `${name}.${String(key)}`
      }
      for (const [key, property] of properties) {
        const current = getOwnPropertyDescriptor(object, key)
        // One that is missing would be added as the last.
        const isOld = isSame(current, property) || (current && restore(() => defineProperty(object, key, property)))
        if (!isOld) return `${name}.${String(key)}`
      }
    }
    if (hasRestored) Module.syncBuiltinESMExports()
  }
}

// Settings that are not properties, or not only.
const settings = () => [
  http.globalAgent, https.globalAgent,
  events.defaultMaxListeners,
  dns.getDefaultResultOrder?.(), String(dns.getServers()),
  net.getDefaultAutoSelectFamily?.(),
  os.getPriority(),
  process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.(), String(process.getgroups?.()),
  ...[process.stdout, process.stderr].flatMap(stream => [stream, stream.write, stream._write, stream.isTTY])
]

// Returns a function that names an event for which `process` has other listeners than now.
function watchListeners() {
  const now = () => new Map(process.eventNames().map(name => [name, process.rawListeners(name)]))
  const saved = now()
  return () => {
    const current = now()
    const isSame = name => {
      const [one, other] = [saved.get(name) ?? [], current.get(name) ?? []]
      return one.length === other.length && one.every((listener, ix) => listener === other[ix])
    }
    return [...new Set([...saved.keys(), ...current.keys()])].find(name => !isSame(name))
  }
}

// Whether other processes of this process's group are alive: they could print while the next project is bundled.
function hasProcesses() {
  try {
    const group = id => fs.readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1).split(' ')[2]
    const own = group('self')
    const others = fs.readdirSync('/proc').filter(id => /^\d+$/.test(id) && Number(id) !== process.pid)
    return others.some(id => {
      try {
        return group(id) === own
      } catch {
        // It has ended.
        return false
      }
    })
  } catch {
    // The system does not tell.
    return true
  }
}

// What can run in a later command, even where it does not keep a process alive.
const LASTING = new Set([
  'FSEVENTWRAP', 'HTTP2SESSION', 'MESSAGEPORT', 'PIPESERVERWRAP', 'PIPEWRAP',
  'PROCESSWRAP', 'SIGNALWRAP', 'STATWATCHER', 'TCPSERVERWRAP', 'TCPWRAP', 'TTYWRAP', 'Timeout', 'UDPWRAP', 'WORKER'
])

const resources = new Map()
const resourceHook = asyncHooks.createHook({
  init (id, type) { if (LASTING.has(type)) resources.set(id, type) },
  destroy (id) { resources.delete(id) }
})

// ---- The commands

// Bundles an empty project: what the CLI loads and sets for its first command is not the project's.
async function bundleNothing({ run }) {
  const dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'empty-')))
  fs.writeFileSync(path.join(dir, 'package.json'), '{}')
  fs.writeFileSync(path.join(dir, 'checkly.config.ts'), 'export default { projectName: "none", logicalId: "none" }\n')
  const cwd = process.cwd()
  const { TMPDIR } = process.env
  process.chdir(dir)
  process.env.TMPDIR = dir
  process.stdout.write = () => true
  try {
    await run(['debug', 'parse-project'], { root })
  } finally {
    delete process.stdout.write
    process.chdir(cwd)
    // All are set for a command.
    process.env.TMPDIR = TMPDIR ?? ''
    delete cache[path.join(dir, 'checkly.config.ts')]
    fs.rmSync(dir, { recursive: true, force: true })
  }
}

const immediate = () => new Promise(resolve => setImmediate(resolve))

async function main() {
  pretend()
  watchCalls()
  const { result: cli, hasChanged, names } = await recordVariables(loadCli)
  const { JitiFileLoader, UninitializedJitiFileLoaderState } = cli.jiti
  const restore = [cli.Session, JitiFileLoader, UninitializedJitiFileLoaderState, cli.ux.action].map(remember)
  await bundleNothing(cli)
  // The state of the CLI after a command. (`ux` is that of its progress.)
  function reset() {
    for (const one of restore) one()
    delete globalThis.ux
  }
  reset()
  for (const file of Object.keys(cache)) ofTheCli.add(file)
  const packages = [...cli.packages, ...Object.entries(cache).map(([file, { exports }]) => [file, exports])]
  const umask = process.umask()
  // The code with which the CLI ends after an error.
  let exit
  cli.Exit.exit = code => { exit ??= code ?? 0 }

  const socket = net.connect(socketPath).setEncoding('utf8')
  const reply = message => socket.write(JSON.stringify(message) + '\n')
  await events.once(socket, 'connect')
  const restoreProperties = watchProperties(packages, cli.Session)
  const changedListeners = watchListeners()
  const settingsBefore = settings()
  const endings = () => process.listenerCount('exit') + process.listenerCount('beforeExit')
  const endingsBefore = endings()
  if (leftover) giveUp(leftover)

  // Runs a command, and returns the code that its process would exit with.
  async function run({ argv, cwd, env, program = bin }) {
    Atomics.add(shared, JOB, 1)
    Atomics.store(shared, OF_THE_CLI, 0)
    Atomics.store(shared, LOADED_BY_CLI, 0)
    setVariables(env)
    process.chdir(cwd)
    process.exitCode = undefined
    process.argv = [process.execPath, program, ...argv]
    await cli.loadDotenvFile()
    const changed = hasChanged()
    if (changed) giveUp(`another ${changed}`)
    const stale = changedPackage()
    if (stale) giveUp(`a changed ${stale}`)
    exit = undefined
    // Without `await`, so this function is not part of the stacks that the CLI prints.
    const { run, handle } = cli
    await new Promise(resolve => setImmediate(() => {
      run(argv, { root }).then(() => resolve(), error => handle(error).then(() => resolve()))
    }))
    // The server may keep connections open.
    for (const agent of [http.globalAgent, https.globalAgent]) agent.destroy()
    // After an error, a process of its own ends here. What the project would do next must not be done in the next command.
    const hasFailed = exit !== undefined
    if (endings() > endingsBefore) {
      // A listener is a leftover.
      if (hasFailed) return exit
      giveUp('it has a listener for its end')
    }
    socket.unref()
    const isOver = await new Promise(resolve => {
      const limit = setTimeout(resolve, LINGER_MS, false).unref()
      process.once('beforeExit', () => {
        clearTimeout(limit)
        resolve(true)
      })
    })
    socket.ref()
    if (!isOver && !hasFailed) giveUp('it is kept alive')
    if (!isOver) leftover ??= 'what keeps it alive'
    return exit ?? Number(process.exitCode ?? 0)
  }

  function findLeftover() {
    const { esModule, hasCliLoaded } = dropModules()
    const listeners = changedListeners()
    const [resource] = resources.values()
    // A module that the CLI has loaded meanwhile may keep what the project has set.
    const property = restoreProperties(!hasCliLoaded)
    const process = hasSpawned && hasProcesses()
    hasSpawned = false
    return leftover ?? esModule ??
      (process ? 'a process' : undefined) ??
      (resource && `a resource: ${resource}`) ??
      (listeners && `a listener for ${String(listeners)}`) ??
      (property && `a change of ${property}`) ??
      (settings().every((value, ix) => Object.is(value, settingsBefore[ix])) ? undefined : 'a setting')
  }

  let pending = ''
  socket.on('close', () => reallyExit.call(process, 0))
  socket.on('data', async text => {
    pending += text
    if (!pending.endsWith('\n')) return
    const command = JSON.parse(pending)
    pending = ''
    resourceHook.enable()
    const exit = await run(command)
    // Node reports the end of resources a little later.
    await immediate()
    await immediate()
    resourceHook.disable()
    reset()
    const left = findLeftover()
    resources.clear()
    process.umask(umask)
    reply({ exit, leftover: left ?? null })
  })
  // The variables that the CLI has read while it was loaded.
  reply({ ready: true, variables: names })
}

main()

