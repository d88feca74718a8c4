import { ApiCheck } from 'checkly/constructs'

new ApiCheck('home', { name: 'home', request: { method: 'GET', url: 'https://shop.example' } })
