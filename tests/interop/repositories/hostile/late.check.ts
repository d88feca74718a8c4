// Fails after the command.
import { UrlMonitor } from 'checkly/constructs'

setTimeout(() => { throw new Error('too late') }, 300)

new UrlMonitor('home', { name: 'Late', request: { url: 'https://shop.example' } })
