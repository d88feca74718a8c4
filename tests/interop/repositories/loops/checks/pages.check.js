import { readdirSync, readFileSync } from 'node:fs'
import { ApiCheck, CheckGroupV2 } from 'checkly/constructs'

const directory = new URL('../pages/', import.meta.url)

for (const file of readdirSync(directory).sort()) {
  const { team, paths } = JSON.parse(readFileSync(new URL(file, directory), 'utf8'))
  const group = new CheckGroupV2(team, { name: team, tags: [`team:${team}`] })
  for (const path of paths) {
    new ApiCheck(`${team}-${path}`, { name: path, group, request: { method: 'GET', url: `https://shop.example/${path}` } })
  }
}
