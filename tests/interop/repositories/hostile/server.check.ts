import { UrlMonitor } from 'checkly/constructs'
import { createServer } from 'node:net'

createServer().listen(0, '127.0.0.1').unref()

new UrlMonitor('home', { name: 'Listens', request: { url: 'https://shop.example' } })
