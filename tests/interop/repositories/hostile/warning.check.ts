// Node prints it once.
import { UrlMonitor } from 'checkly/constructs'

process.emitWarning('The shop is old', 'DeprecationWarning', 'SHOP1')

new UrlMonitor('home', { name: 'Warned', request: { url: 'https://shop.example' } })
