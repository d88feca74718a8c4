import { UrlMonitor } from 'checkly/constructs'
import { basename } from 'node:path'

const before = basename(process.cwd())
process.chdir('lib')

new UrlMonitor('home', { name: `Was in ${before}`, request: { url: 'https://shop.example' } })
