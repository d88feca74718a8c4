// Writes a fleet of forty directories with Checkly projects to DIRECTORY, and measures it on request:
//
//   npm ci --prefix tests/interop/newest
//   cargo build --release
//   node tests/benchmark/fleet.mjs DIRECTORY [--measure]
//
// Twenty projects of tests/interop/repositories, once for each of two teams, as one git repository with the packages of
// tests/interop/newest. Logical ids and slugs are the team's own. `glob.toml` finds them by patterns; `full.toml` has
// included manifests, dependencies, waves, tags, and a matrix over the configurations of one directory.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { measure, sandbox } from './measure.mjs'

const root = resolve(import.meta.dirname, '../..')
const repositories = join(root, 'tests/interop/repositories')
const fleet = resolve(process.argv[2])

const teams = ['payments', 'web']
const sources = [
  'alerting',
  'commonjs/new',
  'commonjs/old',
  'deprecated',
  'environment',
  'kinds',
  'list-from-file',
  'loops',
  'maintenance',
  'nested/web',
  'next-app',
  'path-aliases',
  'playwright-suite',
  'private-locations/locations',
  'private-locations/warehouse',
  'regional',
  'setup-scripts',
  'snapshots',
  'status-page',
  'template/one',
]

/** The one with private locations and the one that names them are not among the team's directories: order counts. */
const directory = (source, team) => join(source.startsWith('private-locations/') ? 'sites' : 'teams', team, basename(source))

/** Copies one project, without what is about the tests, and makes it the team's own. */
function copy(source, team) {
  const to = join(fleet, directory(source, team))
  const skipped = ['expected.toml', 'internal']
  cpSync(join(repositories, source), to, {
    recursive: true,
    filter: (file) => !skipped.includes(basename(file)) && !file.endsWith('projects.toml'),
  })
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !/\.[cm]?[jt]s$/.test(file)) continue
    const text = readFileSync(file, 'utf8')
    const own = text.replace(/((?:logicalId|slugName): |privateLocations: \[)(['`])/g, `$1$2${team}-`)
    if (own !== text) writeFileSync(file, own)
  }
}

mkdirSync(fleet)
for (const team of teams) for (const source of sources) copy(source, team)
symlinkSync(join(root, 'tests/interop/newest/node_modules'), join(fleet, 'node_modules'))
for (const [name, text] of Object.entries({
  'package.json': '{ "name": "fleet", "private": true, "devDependencies": { "@playwright/test": "1.51.1", "checkly": "9.5.0" } }\n',
  'package-lock.json': '{ "name": "fleet", "lockfileVersion": 3, "requires": true, "packages": {} }\n',
  '.gitignore': 'node_modules\n',
  'glob.toml': `
[defaults]
cache = true
env = { STAGE = "production" }

[[project]]
name = "\${parent}-\${folder}"
path = "teams/*/*"
inputs = ["package-lock.json", "teams/\${parent}/\${folder}/**"]

[[project]]
name = "\${parent}-locations"
path = "sites/*/locations"
inputs = ["package-lock.json", "sites/\${parent}/locations/**"]

[[project]]
name = "\${parent}-warehouse"
path = "sites/*/warehouse"
inputs = ["package-lock.json", "sites/\${parent}/warehouse/**"]
depends_on = ["\${parent}-locations"]
`,
  'full.toml': `
include = ["payments.toml", "web.toml"]

[defaults]
cache = true
env = { STAGE = "production" }

[profile.ci]
on_conflict = "cancel"

[[wave]]
select = ["tag:canary"]
`,
  ...Object.fromEntries(teams.map((team) => [`${team}.toml`, manifest(team)])),
})) {
  writeFileSync(join(fleet, name), text.trimStart())
}

/** What a team includes: the private locations first, one project as a canary, three regions of one directory. */
function manifest(team) {
  return sources
    .map((source) => {
      const name = basename(source)
      const path = directory(source, team)
      const table = [`path = "${path}"`, `inputs = ["package-lock.json", "${path}/**"]`]
      const tags = [`team:${team}`]
      if (name === 'loops') tags.push('canary')
      if (name === 'regional') {
        table.push('config = "${matrix.config}.config.ts"', 'matrix = { config = ["checkly", "checkly.eu", "checkly.ap"] }')
      }
      if (name === 'warehouse') table.push(`depends_on = ["${team}-locations"]`)
      const own = name === 'regional' ? `${team}-\${matrix.config}` : `${team}-${name}`
      return `[[project]]\nname = "${own}"\n${table.join('\n')}\ntags = ${JSON.stringify(tags)}\n`
    })
    .join('\n')
}

const git = (...args) =>
  execFileSync('git', ['-c', 'user.name=Ada Lovelace', '-c', 'user.email=ada@example.com', ...args], { cwd: fleet })
git('init', '--quiet', '--initial-branch', 'main')
git('add', '.')
git('commit', '--quiet', '--message', 'Watch the shop')
if (process.argv[3] !== '--measure') process.exit()

const orchestrate = join(root, 'target/release/orchestrate')
const home = join(fleet, '.git/home')
mkdirSync(home)
const env = {
  PATH: `${join(root, 'tests/interop/newest/node_modules/.bin')}:${process.env.PATH}`,
  HOME: home,
  STAGE: 'production',
  CHECKLY_ACCOUNT_ID: 'sandbox',
  CHECKLY_API_KEY: 'sandbox',
  // Without it, the CLI ignores CHECKLY_API_URL.
  CHECKLY_ENV: 'local',
  CHECKLY_API_URL: await sandbox(orchestrate, 0.1),
}
// The private locations first: others name them.
const each = (command) => `ls -d sites/*/locations sites/*/warehouse teams/*/* | ${command} 'cd "$1" && checkly deploy --force' deploy`
const own = `'${orchestrate}' --yes --no-cache --config glob.toml --bundler`
const forget = `rm -rf '${home}'/.cache '${home}'/.local`
// Files are read from the disk again. Only root may do that.
const cold = 'sync; echo 3 > /proc/sys/vm/drop_caches'
const head = '| | wall s | CPU s | memory MiB |\n|---|---|---|---|'
/** Prints the median of measuring a script. */
async function row(what, script, { before = 'true', times = 3, isNew = false } = {}) {
  const log = join(home, 'log')
  const runs = []
  while (runs.length < times) {
    execFileSync('bash', ['-c', before], { cwd: fleet })
    if (isNew) env.CHECKLY_API_URL = await sandbox(orchestrate, 0.1)
    runs.push(await measure(script, { cwd: fleet, env, log }))
    console.error(`\n$ ${script}\n${readFileSync(log, 'utf8')}`)
  }
  const median = (field) => runs.map((run) => run[field]).sort((one, other) => one - other)[Math.floor(times / 2)]
  console.log(`| ${what} | ${median('wall').toFixed(1)} | ${median('cpu').toFixed(1)} | ${(median('memory') / 2 ** 20).toFixed(0)} |`)
}
console.log(head)
const atOnce = each('xargs -n 1 -P 2 sh -c')
for (const [what, script, options] of [
  ['the CLI, one after the other', each('xargs -n 1 sh -c'), { times: 1 }],
  ['the CLI, two at once (`xargs -P 2`)', atOnce, { times: 1 }],
  ['orchestrate, `bundler = "process"`', `${own} process`],
  ['orchestrate, `bundler = "shared"`', `${own} shared`],
  ['orchestrate, `bundler = "shared"`, to an empty account', `${own} shared`, { isNew: true }],
  ['the CLI, two at once, from a cold disk', atOnce, { before: cold, times: 1 }],
  ['orchestrate, `bundler = "shared"`, from a cold disk', `${own} shared`, { before: cold }],
]) {
  await row(what, script, options)
}
console.log(`\n${head}`)
for (const [what, args, before, times] of [
  ['`init`', 'init', 'rm -f projects.toml'],
  ['`validate --bundle`', 'validate --bundle --config glob.toml'],
  ['`deploy`', '--yes --config glob.toml', forget],
  ['`deploy`, nothing changed', '--yes --config glob.toml'],
  ['`deploy --skip-unchanged`, nothing changed', '--yes --skip-unchanged --config glob.toml'],
  ['`deploy --affected`, one file changed', '--yes --affected=HEAD --config glob.toml', 'echo >> teams/web/kinds/kinds.check.ts'],
  ['`preview --out`', 'preview --config full.toml --out plan.json', `rm -f plan.json; ${forget}`],
  ['`deploy --plan`', '--config full.toml --plan plan.json', undefined, 1],
  ['`deploy`, the 44 projects of `full.toml`', '--yes -P ci --config full.toml', forget],
]) {
  await row(what, `'${orchestrate}' ${args}`, { before, times })
}
process.exit()
