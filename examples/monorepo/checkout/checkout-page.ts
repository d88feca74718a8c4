/** Runs inside browser checks: the forms of the checkout. */
import type { Page } from '@playwright/test'

/** The address of our own returns desk: a label printed by mistake comes back to us. */
export async function fillAddress(page: Page): Promise<void> {
  await page.getByLabel('Name').fill('Monitoring')
  await page.getByLabel('E-mail').fill('monitoring@example.com')
  await page.getByLabel('Street and number').fill('Returns desk 1')
  await page.getByLabel('Postcode').fill('10115')
  await page.getByLabel('City').fill('Berlin')
}

/** The payment provider's card that always succeeds; it exists on staging only. */
export async function payWithTestCard(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Card' }).check()
  const form = page.frameLocator('iframe[title="Card details"]')
  await form.getByLabel('Card number').fill('4242 4242 4242 4242')
  await form.getByLabel('Expires').fill('12 / 30')
  await form.getByLabel('Security code').fill('123')
  await page.getByRole('button', { name: 'Pay now' }).click()
}
