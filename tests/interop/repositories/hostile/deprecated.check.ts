import { UrlMonitor } from 'checkly/constructs'
import { deprecate } from 'node:util'

const old = deprecate(() => 'old', 'The shop is old', 'SHOP2')

new UrlMonitor('home', { name: `Called ${old()}`, request: { url: 'https://shop.example' } })
