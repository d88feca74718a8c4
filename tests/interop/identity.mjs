// Usage: node identity.mjs NODE_MODULES
//
// Prints how the installed Checkly CLI identifies itself in different environments: [[environment, ci name, operator], …].
// The environments cover every variable that it reads, including future ones.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const modules = process.argv[2]
const cliMode = join(modules, 'checkly/dist/helpers/cli-mode.js')
const { detectOperator } = await import(pathToFileURL(cliMode))
const require = createRequire(join(modules, 'checkly/package.json'))

/** Files in fixed places are left out. */
const operator = () => detectOperator(() => false)

/** The module looks once, when it is loaded. */
function ciName() {
  delete require.cache[require.resolve('ci-info')]
  return require('ci-info').name
}

/** An environment that `ci-info` takes for this product. */
function environmentOf({ env }) {
  const one = condition =>
    typeof condition === 'string' ? { [condition]: 'x' }
      : 'any' in condition ? { [condition.any[0]]: 'x' }
        : 'env' in condition ? { [condition.env]: condition.includes }
          : condition
  return Object.assign({}, ...[env].flat().map(one))
}

const asked = new Set([...readFileSync(cliMode, 'utf8').matchAll(/process\.env\.(\w+)/g)].map(([, name]) => name))
const settings = [...asked].flatMap(name => ['x', '', 'true', 'vscode', 'kiro', 'agent-exec'].map(value => ({ [name]: value })))
const products = require('ci-info/vendors.json').map(environmentOf)
const words = ['1', 'yes', 'OFF', ' no ', 'manual', 'Claude', 'codex', 'copilot_cli', 'cursor-cli', 'gemini', 'not a name',
  '-x', 'My_Own', 'a'.repeat(64), 'a'.repeat(65)]
const names = ['AI_AGENT', 'AGENT'].flatMap(name => words.map(word => ({ [name]: word })))
const pairs = settings.flatMap(one => [{ CI: 'true' }, { GITHUB_ACTIONS: 'true' }, { AI_AGENT: '1' }].map(other => ({ ...other, ...one })))
const environments = [{}, ...settings, ...products, ...names, ...pairs, { CI: 'false', GITHUB_ACTIONS: 'true' },
  { TRAVIS: '1', GITHUB_ACTIONS: '1' }, { VERCEL: '1' }, { PATH: '/home/x/.pi/agent/bin' }]

const results = environments.map(environment => {
  process.env = { ...environment }
  return [environment, ciName(), operator()]
})
console.log(JSON.stringify(results))
