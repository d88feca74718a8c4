import { readFileSync } from 'node:fs'
import { ApiCheck } from 'checkly/constructs'

const paths = readFileSync('paths.txt', 'utf8').trim().split('\n')

for (const path of paths) {
  new ApiCheck(`page${path}`, { name: path, request: { method: 'GET', url: process.env.SHOP_URL + path } })
}
