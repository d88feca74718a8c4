import { expect, test } from '@playwright/test'
import { monitoringKey, signatureHeaders } from '../../lib/run/sign'

const catalogue = process.env.CATALOGUE_URL ?? 'https://api.example.com/catalogue'

interface Hit {
  sku: string
  price: { amount: number, currency: string }
}

test('the search index and the price service agree', async ({ request }) => {
  const get = (url: string) => request.get(url, { headers: signatureHeaders({ method: 'GET', url }, monitoringKey()) })

  const hits: Hit[] = await test.step('search', async () => {
    const response = await get(`${catalogue}/search?q=jacket&limit=5`)
    expect(response.status(), 'status of the search').toBe(200)
    return (await response.json()).items
  })
  expect(hits, 'hits for "jacket"').toHaveLength(5)

  for (const hit of hits) {
    await test.step(`product ${hit.sku}`, async () => {
      const response = await get(`${catalogue}/products/${hit.sku}`)
      expect(response.status(), `status of ${hit.sku}`).toBe(200)
      expect((await response.json()).price, `price of ${hit.sku}`).toEqual(hit.price)
    })
  }
})
