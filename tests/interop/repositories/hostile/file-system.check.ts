// Patches a module of node.
import { UrlMonitor } from 'checkly/constructs'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { readFileSync } = fs
let times = 0
fs.readFileSync = ((...given: Parameters<typeof readFileSync>) => { times += 1; return readFileSync(...given) }) as typeof readFileSync
fs.readFileSync('package.json')
const { lstatSync } = fs
fs.lstatSync = function patched(...given: Parameters<typeof lstatSync>) { return lstatSync(...given) } as typeof lstatSync
// ES modules see it, too.
syncBuiltinESMExports()

new UrlMonitor('home', { name: `Read ${times}, ${readFileSync.name}`, request: { url: 'https://shop.example' } })
