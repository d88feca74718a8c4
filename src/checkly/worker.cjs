'use strict'
// A bundling worker: loads one installation of the Checkly CLI, and runs one of its commands after the other.
//
//     node worker.cjs SOCKET BIN
//
// SOCKET is a Unix socket, BIN the CLI's program without symbolic links. One JSON object per line:
//
//     worker: {"ready":true}
//     parent: {"argv":["deploy",…],"cwd":"/…","env":{…}}
//     worker: {"exit":0,"leftover":null}
//
// A command must see what it would see in a process of its own. Before each one, everything is as after the start. After
// each one, the worker looks for what the project has left behind and names the first such thing: then it is unfit for
// another project. Where it cannot tell the result that a process of its own would have, it exits without a reply.

const asyncHooks = require('node:async_hooks')
const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const Module = require('node:module')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { fileURLToPath, pathToFileURL } = require('node:url')
const { types } = require('node:util')

const [, , socketPath, bin] = process.argv
const root = path.dirname(path.dirname(bin))
const ofCli = Module.createRequire(path.join(root, 'package.json'))
const { cache } = require

// Exits without a reply.
const { reallyExit } = process
const giveUp = why => {
  if (process.env.NODE_DEBUG?.includes('orchestrate')) fs.writeSync(2, `worker: ${why}\n`)
  reallyExit.call(process, 75)
}

// How long a project's timers, sockets and processes may keep a process of its own alive after the command.
const LINGER_MS = 1000

// ---- Loading the CLI

// Variables that differ between projects, and that the CLI reads again for each command.
const READ_AGAIN = ['CHECKLY_ACCOUNT_ID', 'CHECKLY_API_KEY', 'PATH', 'PWD', 'TEMP', 'TMP', 'TMPDIR']

// Runs `load`, and returns its result and the variables that were read.
async function recordVariables (load) {
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
  return { result, hasChanged }
}

// jiti loads packages and native modules of projects with `import()`, whose cache cannot be cleared. CommonJS modules get
// a URL of their own for each job, which they cannot see; of ES modules, the first one is reported.
let job = 0
let esModule
function importOnce (file, load) {
  if (!path.isAbsolute(file) && !file.startsWith('file:')) return load(file)
  const name = file.startsWith('file:') ? fileURLToPath(file) : file
  if (name.startsWith(root + path.sep)) return load(file)
  if (isCommonJs(name)) return load(`${pathToFileURL(name)}?${job}`)
  esModule ??= name
  return load(file)
}

function isCommonJs (file) {
  const extension = path.extname(file)
  if (extension !== '.js') return extension === '.cjs'
  for (let dir = path.dirname(file); ; dir = path.dirname(dir)) {
    const isPackage = fs.existsSync(path.join(dir, 'package.json'))
    if (isPackage) return JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8')).type !== 'module'
    if (dir === path.dirname(dir) || path.basename(dir) === 'node_modules') return true
  }
}

async function loadCli () {
  const load = file => import(pathToFileURL(path.join(root, 'dist', file)))
  const jitiPath = ofCli.resolve('jiti')
  const createPath = path.join(path.dirname(jitiPath), '../dist/jiti.cjs')
  const create = ofCli(createPath)
  cache[createPath].exports = (id, options, context, ...rest) => {
    const { nativeImport } = context
    const once = nativeImport && (file => importOnce(file, nativeImport))
    // The jiti of a module inherits the context, and so the wrapper.
    return create(id, options, once && !context.parentModule ? { ...context, nativeImport: once } : context, ...rest)
  }
  const { loadDotenvFile } = await load('services/load-dotenv.js')
  const { run, settings } = await import(pathToFileURL(ofCli.resolve('@oclif/core')))
  const { handle, Exit } = ofCli('@oclif/core/handle')
  const { Session } = await load('constructs/session.js')
  const jiti = await load('loader/jiti.js')
  const { NativeFileLoader } = await load('loader/native.js')
  await load('commands/deploy.js')
  await load('commands/debug/parse-project.js')
  const { createJiti } = await import(pathToFileURL(jitiPath))
  // Loads its compiler.
  createJiti(bin, { fsCache: false }).transform({ source: '', filename: 'empty.ts', ts: true })
  await import(pathToFileURL(ofCli.resolve('archiver')))
  settings.enableAutoTranspile = false
  const { loadFile } = NativeFileLoader.prototype
  NativeFileLoader.prototype.loadFile = function (file) {
    return importOnce(file, file => file.includes('?') ? import(file) : loadFile.call(this, file))
  }
  return { run, handle, Exit, loadDotenvFile, Session, jiti }
}

// ---- The state of a job

const copy = value => value instanceof Map ? new Map(value) : Array.isArray(value) ? [...value] : value

// Returns a function that sets the properties of the CLI's session to what they are now.
function remember (object) {
  const saved = Object.entries(object).map(([name, value]) => [name, copy(value)])
  return () => {
    for (const [name, value] of saved) object[name] = copy(value)
  }
}

// Modules that stay loaded: those of the CLI.
const ofTheCli = new Set()

const isOfTheCli = module => ofTheCli.has(module?.filename) || module?.filename?.startsWith(root + path.sep)

// Drops the modules of a project. Returns what would still be there for the next one.
function dropModules () {
  let leftover
  for (const [file, module] of Object.entries(cache)) {
    if (ofTheCli.has(file)) continue
    if (isOfTheCli(module.parent) || isOfTheCli(module)) {
      ofTheCli.add(file)
      continue
    }
    delete cache[file]
    leftover ??= path.extname(file) === '.node' ? `a native add-on: ${file}` : undefined
    if (types.isModuleNamespaceObject(module.exports)) esModule ??= file
    // jiti replaces `import()` in modules that it evaluates.
    if (!Object.hasOwn(module, 'require') && mayImport(file)) esModule ??= file
  }
  for (const file of ofTheCli) {
    const module = cache[file]
    if (module) module.children = module.children.filter(isOfTheCli)
  }
  for (const key of Object.keys(Module._pathCache)) delete Module._pathCache[key]
  leftover ??= esModule && `a native ES module: ${esModule}`
  esModule = undefined
  return leftover
}

function mayImport (file) {
  try {
    return /\bimport\s*\(/.test(fs.readFileSync(file, 'utf8'))
  } catch {
    return true
  }
}

function setVariables (variables) {
  for (const name of Object.keys(process.env)) {
    if (!Object.hasOwn(variables, name)) delete process.env[name]
  }
  Object.assign(process.env, variables)
}

// ---- The commands

async function main () {
  const { result: cli, hasChanged } = await recordVariables(loadCli)
  const restoreSession = remember(cli.Session)
  for (const file of Object.keys(cache)) ofTheCli.add(file)
  const umask = process.umask()

  const socket = net.connect(socketPath).setEncoding('utf8')
  const reply = message => socket.write(JSON.stringify(message) + '\n')
  socket.on('close', () => reallyExit.call(process, 0))

  // Runs a command, and returns the code that its process would exit with.
  async function run ({ argv, cwd, env }) {
    job += 1
    restoreSession()
    cli.jiti.UninitializedJitiFileLoaderState.init = undefined
    cli.jiti.JitiFileLoader.state = new cli.jiti.UninitializedJitiFileLoaderState()
    setVariables(env)
    process.chdir(cwd)
    process.umask(umask)
    process.exitCode = undefined
    process.argv = [process.execPath, bin, ...argv]
    await cli.loadDotenvFile()
    const changed = hasChanged()
    if (changed) giveUp(`the CLI has read another ${changed}`)
    let exit
    cli.Exit.exit = code => { exit ??= code ?? 0 }
    // Not awaited itself: the stacks that the CLI prints would end here.
    await new Promise((resolve, reject) => {
      cli.run(argv, { root }).then(resolve, cli.handle).then(resolve, reject)
    })
    for (const agent of [http.globalAgent, https.globalAgent]) agent.destroy()
    if (exit !== undefined) return exit
    const limit = setTimeout(giveUp, LINGER_MS, 'the project keeps its process alive').unref()
    socket.unref()
    await new Promise(resolve => process.once('beforeExit', resolve))
    socket.ref()
    clearTimeout(limit)
    return process.exitCode ?? 0
  }

  let pending = ''
  socket.on('data', async text => {
    pending += text
    if (!pending.endsWith('\n')) return
    const command = JSON.parse(pending)
    pending = ''
    const exit = await run(command)
    reply({ exit, leftover: dropModules() ?? null })
  })
  reply({ ready: true })
}

main()
