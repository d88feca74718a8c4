import { BrowserCheck } from 'checkly/constructs'

new BrowserCheck('login', { name: 'Login', code: { entrypoint: './login.spec.ts' } })
