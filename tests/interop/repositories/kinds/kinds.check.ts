import { ApiCheck, BrowserCheck, DnsMonitor, HeartbeatMonitor, IcmpMonitor, MultiStepCheck, TcpMonitor, UrlMonitor } from 'checkly/constructs'

const spec = "import { test } from '@playwright/test'\ntest('shop', async () => {})\n"

new ApiCheck('api', { name: 'API', request: { method: 'GET', url: 'https://shop.example' } })
new BrowserCheck('browser', { name: 'Browser', code: { content: spec } })
new MultiStepCheck('multi-step', { name: 'Steps', code: { content: spec } })
new TcpMonitor('tcp', { name: 'TCP', request: { hostname: 'shop.example', port: 443 } })
new UrlMonitor('url', { name: 'URL', request: { url: 'https://shop.example' } })
new DnsMonitor('dns', { name: 'DNS', request: { query: 'shop.example', recordType: 'A' } })
new IcmpMonitor('icmp', { name: 'ICMP', request: { hostname: 'shop.example' } })
new HeartbeatMonitor('heartbeat', { name: 'Heartbeat', period: 5, periodUnit: 'minutes', grace: 1, graceUnit: 'minutes' })
