// Measures and prints the table of docs/benchmarks.md. Linux only, on an idle machine:
//
//   npm ci --prefix examples/monorepo
//   cargo build --release
//   node tests/benchmark/run.mjs [REPETITIONS]
//
// Deploys six projects of the example to one sandbox, repeatedly: with `orchestrate`, and with six runs of the Checkly CLI.
// The variants take turns, so a slow minute affects all of them; the first turn is not counted. Exits with 1 if a deployment
// fails.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { measure, sandbox } from './measure.mjs'

const repetitions = Number(process.argv[2] ?? 5)
const root = resolve(import.meta.dirname, '../..')
const example = join(root, 'examples/monorepo')
const orchestrate = join(root, 'target/release/orchestrate')
const scratch = mkdtempSync(join(tmpdir(), 'benchmark-'))
const log = join(scratch, 'log')
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** A tenth of the usual time, to measure the tools instead of the sandbox. */
const time_scale = 0.1

const folders = ['status-page', 'storefront', 'catalogue', 'checkout', 'customer-accounts', 'warehouse']
const bundle = (folder) => (folder === 'checkout' ? 'checkout-production' : folder)

/** A manifest of six projects that do not wait for each other. */
function manifest(name, project) {
  const file = join(scratch, name)
  writeFileSync(file, folders.map((folder) => `[[project]]\nname = "${folder}"\n${project(folder)}\n`).join(''))
  return `'${orchestrate}' deploy --yes --config '${file}'`
}

const fromFolder = (folder) => `path = "${example}/${folder}"`
const inputs = (folder) =>
  ['package-lock.json', `${folder}/**`, 'lib/**'].map((input) => JSON.stringify(join(example, input)))
const deploy = 'npx checkly deploy --force --config'
const ways = {
  'the CLI, one after the other': `for one in ${folders.join(' ')}; do ${deploy} $one/checkly.config.ts; done`,
  'the CLI, six at once (`xargs -P 6`)': `printf '%s\\n' ${folders.join(' ')} | xargs -P 6 -I{} ${deploy} {}/checkly.config.ts`,
  'orchestrate, from directories': manifest('folders.toml', fromFolder),
  'orchestrate, from directories, nothing changed (`cache`)': manifest(
    'cache.toml',
    (folder) => `${fromFolder(folder)}\ncache = true\ninputs = [${inputs(folder)}]`,
  ),
  'orchestrate, from bundles': manifest('bundles.toml', (folder) => `bundle = "${example}/bundles/${bundle(folder)}.json"`),
}

/** Only the path of the caller's environment; the same for all variants. */
const environment = {
  PATH: process.env.PATH,
  HOME: scratch,
  TMPDIR: scratch,
  ENVIRONMENT: 'production',
  CHECKLY_ENV: 'local',
  CHECKLY_ACCOUNT_ID: 'sandbox',
  CHECKLY_API_KEY: 'sandbox',
  CHECKLY_SKIP_NEW_VERSION_CHECK: 'true',
}

environment.CHECKLY_API_URL = await sandbox(orchestrate, time_scale)

const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]))
for (let turn = 0; turn <= repetitions; turn++) {
  for (const [way, script] of Object.entries(ways)) {
    const one = await measure(script, { cwd: example, env: environment, log })
    console.error(`${turn} ${way}: ${JSON.stringify(one)}`)
    if (turn > 0) measured[way].push(one)
  }
}

const version = (program, ...args) => execFileSync(program, args, { encoding: 'utf8' }).trim()
const installed = JSON.parse(readFileSync(join(example, 'node_modules/checkly/package.json'), 'utf8')).version
console.log(`${availableParallelism()} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB; Linux ${version('uname', '-r')};
${version(orchestrate, '--version')}, Checkly CLI ${installed}, Node.js ${process.versions.node}; time_scale ${time_scale};
${repetitions} repetitions, median (minimum–maximum).

| | wall s | CPU s | memory MiB |
|---|---|---|---|`)
for (const [way, runs] of Object.entries(measured)) {
  const cell = (key, digits, unit = 1) => {
    const sorted = runs.map((run) => run[key] / unit).sort((a, b) => a - b)
    const [least, middle, most] = [0, sorted.length >> 1, sorted.length - 1].map((ix) => sorted[ix].toFixed(digits))
    return `${middle} (${least}–${most})`
  }
  console.log(`| ${way} | ${cell('wall', 2)} | ${cell('cpu', 2)} | ${cell('memory', 0, 2 ** 20)} |`)
}
process.exit()
