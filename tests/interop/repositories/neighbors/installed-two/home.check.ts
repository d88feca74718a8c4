import { UrlMonitor } from 'checkly/constructs'
import { next, stage } from 'stamp'

new UrlMonitor('home', { name: `${stage} ${next()}`, request: { url: 'https://shop.example' } })
