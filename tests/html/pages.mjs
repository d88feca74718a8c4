// Reports of a real run in the sandbox, and the same page with other data.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname, '../..')
export const directory = mkdtempSync(join(tmpdir(), 'reports-'))
const program = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/orchestrate')

/** Deploys five projects to the sandbox: `search` has a conflict, `mail` fails with this message, and `inbox` depends on it. */
export function run(message) {
  const dependencies = { alerts: [], shop: ['alerts'], search: ['alerts'], mail: ['alerts'], inbox: ['mail'] }
  const rules = [
    `project = "mail"\nfault.fail = { at = 60, message = ${JSON.stringify(message)} }`,
    'project = "search"\non = "deploy"\ntimes = 1\nfault.blocker = { for = "1s" }',
  ]
  return deploy(dependencies, rules, ['--time-scale=0.2', '-j2'])
}

/** Deploys these projects, and returns the reports. */
export function deploy(dependencies, rules, flags) {
  const projects = Object.entries(dependencies).map(([name, dependsOn]) => {
    const payload = { name: 'Home', checkType: 'API' }
    const resources = [{ logicalId: 'home', type: 'check', member: true, payload }]
    const bundle = { project: { logicalId: name, name }, sharedFiles: [], resources }
    writeFileSync(join(directory, `${name}.json`), JSON.stringify(bundle))
    return `[[project]]\nname = "${name}"\nbundle = "${name}.json"\ndepends_on = ${JSON.stringify(dependsOn)}\n`
  })
  writeFileSync(join(directory, 'projects.toml'), projects.join(''))
  writeFileSync(join(directory, 'script.toml'), rules.map((rule) => `[[rule]]\n${rule}\n`).join(''))
  const formats = ['csv', 'html', 'json']
  const files = formats.map((format) => `--report-file=run.${format}`)
  const journal = `--journal=${mkdtempSync(join(directory, 'run-'))}/run.jsonl`
  const all = ['--sandbox', '--sandbox-script=script.toml', '--yes', '-q', journal, ...files, ...flags]
  try {
    execFileSync(program, all, { cwd: directory, stdio: 'pipe' })
  } catch (error) {
    if (![1, 75].includes(error.status)) throw error
  }
  return Object.fromEntries(formats.map((format) => [format, readFileSync(join(directory, `run.${format}`), 'utf8')]))
}

const BLOCK = /(<script type="application\/json" id="data">)(.*)(<\/script>)/

export const dataOf = (html) => JSON.parse(html.match(BLOCK)[2])

/** The same page with other data, as the program writes it. */
export function pageWith(html, data) {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return html.replace(BLOCK, (_, start, old, end) => start + json + end)
}

/** The same run with so many times as many projects. */
export function times(data, count) {
  const { length } = data.projects
  const copy = (block) => data.projects.map((it) => ({
    ...it,
    name: `${it.name}-${block}`,
    depends_on: it.depends_on.map((ix) => ix + block * length),
  }))
  return { ...data, projects: Array.from({ length: count }, (_, block) => copy(block)).flat() }
}
