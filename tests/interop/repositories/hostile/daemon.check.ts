// A process whose parent has ended.
import { execSync } from 'node:child_process'
import { UrlMonitor } from 'checkly/constructs'

execSync('sleep 2 > /dev/null 2>&1 &')

new UrlMonitor('home', { name: 'Left a process', request: { url: 'https://shop.example' } })
