// Patches a class of the CLI.
import { UrlMonitor } from 'checkly/constructs'
import { ApiCheck } from 'checkly/constructs'

const patched = ApiCheck as unknown as { times?: number }
patched.times = (patched.times ?? 0) + 1

new UrlMonitor('home', { name: `Patched ${patched.times} times`, request: { url: 'https://shop.example' } })
