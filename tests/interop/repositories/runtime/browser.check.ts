import { BrowserCheck } from 'checkly/constructs'

new BrowserCheck('home', { name: 'Home', runtimeId: '2026.04', code: { content: "console.log('home')" } })
