import { ApiCheck } from 'checkly/constructs'

new ApiCheck('home', { name: process.env.GREETING!, request: { method: 'GET', url: process.env.SHOP_URL! } })
