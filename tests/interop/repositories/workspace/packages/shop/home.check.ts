import { url } from '@acme/urls'
import { ApiCheck } from 'checkly/constructs'

new ApiCheck('home', { name: 'Home', request: { method: 'GET', url: url('shop') } })
