import { ApiCheck } from 'checkly/constructs'

new ApiCheck('health', { name: 'EU', request: { method: 'GET', url: 'https://eu.shop.example' } })
