import { UrlMonitor } from 'checkly/constructs'
import { next } from '@acme/native'

new UrlMonitor('home', { name: `two ${next()}`, request: { url: 'https://shop.example' } })
