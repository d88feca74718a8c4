import { ApiCheck } from 'checkly/constructs'

new ApiCheck('health', { name: 'AP', request: { method: 'GET', url: 'https://ap.shop.example' } })
