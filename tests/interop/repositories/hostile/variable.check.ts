import { UrlMonitor } from 'checkly/constructs'

process.env.SHOP_STAGE ??= `stage ${process.uptime() > 0}`
const before = process.env.SHOP_TIMES ?? '0'
process.env.SHOP_TIMES = `${+before + 1}`

new UrlMonitor('home', { name: `${process.env.SHOP_STAGE} ${before}`, request: { url: 'https://shop.example' } })
