import { UrlMonitor } from 'checkly/constructs'
import { next } from './counter.js'

new UrlMonitor('home', { name: `${new URL(import.meta.url).pathname.split('/').pop()} ${next()}`, request: { url: 'https://shop.example' } })
