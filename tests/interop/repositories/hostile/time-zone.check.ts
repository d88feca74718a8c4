import { UrlMonitor } from 'checkly/constructs'

const before = new Date(0).getHours()
process.env.TZ = 'Asia/Tokyo'

new UrlMonitor('home', { name: `From ${before} to ${new Date(0).getHours()}`, request: { url: 'https://shop.example' } })
