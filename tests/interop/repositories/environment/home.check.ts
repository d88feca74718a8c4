import { ApiCheck } from 'checkly/constructs'
import { stage } from './stage'

new ApiCheck('home', { name: `Home on ${stage}`, request: { method: 'GET', url: `https://${stage}.shop.example` } })
