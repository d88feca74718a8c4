import { ApiCheck } from 'checkly/constructs'

new ApiCheck('health', { name: 'US', request: { method: 'GET', url: 'https://us.shop.example' } })
