import './variables'
import 'dotenv/config'
import { UrlMonitor } from 'checkly/constructs'

new UrlMonitor('home', { name: `Stage ${process.env.SHOP_STAGE}`, request: { url: 'https://shop.example' } })
