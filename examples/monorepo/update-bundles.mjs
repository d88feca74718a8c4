// Usage: node update-bundles.mjs [--check] FRESH
//
// Updates bundles/ from the CLI's output in the directory FRESH. The CLI orders checks and shared files differently each
// time, so a bundle without other changes keeps its bytes. With --check, nothing is written, and the exit status is 1 if
// anything would change.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual, parseArgs } from 'node:util'

const { values: { check }, positionals: [fresh] } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const kept = fileURLToPath(new URL('bundles', import.meta.url))

/** A bundle without its order: everything by name. */
function canonical(file) {
  const { project, sharedFiles, resources, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
  const paths = indices => indices.map(index => sharedFiles[index].path).sort()
  const byName = ({ type, logicalId, payload, ...resource }) => {
    const named = Object.entries(payload ?? {}).map(([key, value]) =>
      [key, /dependencies$/i.test(key) ? paths(value) : value])
    return [`${type} ${logicalId}`, { ...resource, payload: payload && Object.fromEntries(named) }]
  }
  return {
    project,
    sharedFiles: Object.fromEntries(sharedFiles.map(({ path, content }) => [path, content])),
    resources: Object.fromEntries(resources.map(byName)),
    counts: [sharedFiles.length, resources.length],
    rest,
  }
}

/** The names of the changed parts. */
function differences(before, after) {
  const names = part => [...new Set([...Object.keys(before[part]), ...Object.keys(after[part])])].sort()
  const changed = part => names(part).filter(name => !isDeepStrictEqual(before[part][name], after[part][name]))
  const other = ['project', 'counts', 'rest'].filter(part => !isDeepStrictEqual(before[part], after[part]))
  return [...changed('sharedFiles'), ...changed('resources'), ...other]
}

const bundles = folder => existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : []
let changes = 0
function change(name, what) {
  changes += 1
  console.error(`${basename(name, '.json')}: ${what}`)
}

mkdirSync(kept, { recursive: true })
for (const name of bundles(kept)) {
  if (!existsSync(join(fresh, name))) {
    change(name, 'no longer made')
    if (!check) rmSync(join(kept, name))
  }
}
for (const name of bundles(fresh)) {
  const [before, after] = [join(kept, name), join(fresh, name)]
  const found = existsSync(before) ? differences(canonical(before), canonical(after)) : ['new']
  if (found.length > 0) {
    change(name, found.join(', '))
    if (!check) copyFileSync(after, before)
  }
}
if (check && changes > 0) {
  console.error('bundles/ is not what the projects say; run ./bundle.sh and commit the result')
  process.exitCode = 1
}
