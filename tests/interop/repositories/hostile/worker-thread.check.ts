import { UrlMonitor } from 'checkly/constructs'
import { Worker } from 'node:worker_threads'

new Worker('setInterval(() => {}, 1000)', { eval: true }).unref()

new UrlMonitor('home', { name: 'Threads', request: { url: 'https://shop.example' } })
