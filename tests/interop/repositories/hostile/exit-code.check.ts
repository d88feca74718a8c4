// The exit code of the process.
import { UrlMonitor } from 'checkly/constructs'

process.exitCode = 4

new UrlMonitor('home', { name: 'Exit code', request: { url: 'https://shop.example' } })
