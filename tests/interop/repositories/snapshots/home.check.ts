import { BrowserCheck } from 'checkly/constructs'

new BrowserCheck('home', { name: 'Home', code: { entrypoint: './home.spec.ts' } })
