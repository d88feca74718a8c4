import { UrlMonitor } from 'checkly/constructs'
import { lstatSync } from 'node:fs'
import { next } from '../esm/counter.js'

const { next: nextOfPackage } = await import('../packages/native/index.js')
const file = import.meta.url.split('/').pop()

new UrlMonitor('home', { name: `${file} ${next()} ${nextOfPackage()} ${lstatSync.name}`, request: { url: 'https://shop.example' } })
