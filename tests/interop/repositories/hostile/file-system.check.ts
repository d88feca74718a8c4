// Patches a module of node.
import { UrlMonitor } from 'checkly/constructs'
import fs from 'node:fs'

const { readFileSync } = fs
let times = 0
fs.readFileSync = ((...given: Parameters<typeof readFileSync>) => { times += 1; return readFileSync(...given) }) as typeof readFileSync
fs.readFileSync('package.json')

new UrlMonitor('home', { name: `Read ${times}, ${readFileSync.name}`, request: { url: 'https://shop.example' } })
