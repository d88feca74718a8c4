// Goes on after it has failed.
import { readFile } from 'node:fs/promises'
import { UrlMonitor } from 'checkly/constructs'

async function goOn() {
  for (let number = 0; number < 1000; number += 1) {
    await readFile(__filename)
    new UrlMonitor(`late-${number}`, { name: 'Late', request: { url: 'https://shop.example' } })
  }
}

goOn()

throw new Error('no such shop')
