import { setTimeout } from 'node:timers/promises'
import { CheckGroupV2, UrlMonitor } from 'checkly/constructs'

export default async function () {
  await setTimeout(1)
  const group = new CheckGroupV2('pages', { name: 'Pages' })
  for (const page of ['home', 'basket']) {
    new UrlMonitor(page, { name: page, group, request: { url: `https://shop.example/${page}` } })
  }
}
