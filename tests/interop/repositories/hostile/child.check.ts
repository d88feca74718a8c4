// Leaves a process behind.
import { UrlMonitor } from 'checkly/constructs'
import { spawn } from 'node:child_process'

spawn('sleep', ['2'], { detached: true, stdio: 'ignore' }).unref()

new UrlMonitor('home', { name: 'Spawned', request: { url: 'https://shop.example' } })
