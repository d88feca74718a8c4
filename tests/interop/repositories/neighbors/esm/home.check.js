import { UrlMonitor } from 'checkly/constructs'
import { next } from './counter.js'

new UrlMonitor('home', { name: `Home ${next()}`, request: { url: 'https://shop.example' } })
