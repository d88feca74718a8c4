// Changes a package that the CLI uses, too.
import { UrlMonitor } from 'checkly/constructs'
import axios from 'axios'

const before = axios.defaults.timeout
axios.defaults.timeout = before! + 1

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })
