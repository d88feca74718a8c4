import { readFileSync } from 'node:fs'
import { ApiCheck } from 'checkly/constructs'

let pages: string[] = []
try {
  pages = JSON.parse(readFileSync(`${__dirname}/pages.json`, 'utf8'))
} catch (error) {
  console.error('Error creating API checks:', error)
}

new ApiCheck('home', { name: 'Home', request: { method: 'GET', url: 'https://shop.example' } })
for (const page of pages) {
  new ApiCheck(page, { name: page, request: { method: 'GET', url: `https://shop.example/${page}` } })
}
