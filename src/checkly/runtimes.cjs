// Loaded into the CLI where it bundles offline: its list of runtimes is that of the day it was published, and a project may name
// one that the API has had since. Those of ORCHESTRATE_RUNTIMES are added as copies of the newest that it knows.
const fs = require('node:fs/promises')

const { readFile } = fs
const LIST = /[\\/]runtimes[\\/]snapshots[\\/][^\\/]+[\\/]runtimes\.json$/

fs.readFile = async (file, ...rest) => {
  const data = await readFile(file, ...rest)
  if (!LIST.test(String(file))) return data
  const known = JSON.parse(data)
  const added = process.env.ORCHESTRATE_RUNTIMES.split(',').map(name => ({ ...known[0], name }))
  return Buffer.from(JSON.stringify([...known, ...added]))
}
