import { ApiCheck } from 'checkly/constructs'
import { url } from '../urls'

new ApiCheck('home', { name: 'Home', request: { method: 'GET', url: url('blog') } })
