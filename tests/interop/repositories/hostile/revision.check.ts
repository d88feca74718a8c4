// Runs a process to its end.
import { execSync } from 'node:child_process'
import { UrlMonitor } from 'checkly/constructs'

const revision = execSync('echo 42', { encoding: 'utf8' }).trim()

new UrlMonitor('home', { name: `Revision ${revision}`, request: { url: 'https://shop.example' } })
