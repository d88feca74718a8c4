/** Runs inside browser checks: how a check behaves like a customer without being counted as one. */
import { expect, type Page } from '@playwright/test'

/** Scripts of other companies: their outages are not ours, and our checks are not their visitors. */
const thirdParties = /^https:\/\/(metrics|ads|reviews)\.example\.org\//

/** Opens `path` with the cookie banner already answered, and fails on an error page. */
export async function openAsVisitor(page: Page, path: string): Promise<void> {
  await page.route(thirdParties, route => route.abort())
  await page.addInitScript(() => localStorage.setItem('consent', 'necessary'))
  const response = await page.goto(path, { waitUntil: 'domcontentloaded' })
  expect(response?.status(), `status of ${path}`).toBeLessThan(400)
}

/** Puts the product that is open into the basket and waits for the server to say so. */
export async function addToBasket(page: Page): Promise<void> {
  const added = page.waitForResponse(response =>
    response.url().includes('/api/basket/items') && response.request().method() === 'POST')
  await page.getByRole('button', { name: 'Add to basket' }).click()
  expect((await added).status(), 'status of adding to the basket').toBe(201)
}
