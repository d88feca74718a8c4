import { expect, test } from '@playwright/test'
import { addToBasket, openAsVisitor } from '../../lib/run/visitor'
import { fillAddress, payWithTestCard } from '../checkout-page'

test('a guest can buy a gift card', async ({ page }) => {
  test.setTimeout(90_000)

  await test.step('basket', async () => {
    await openAsVisitor(page, '/p/10001')
    await addToBasket(page)
    await page.getByRole('link', { name: 'Basket' }).click()
    await expect(page.getByTestId('basket-total')).toHaveText('€50.00')
  })

  await test.step('address', async () => {
    await page.getByRole('button', { name: 'Check out as a guest' }).click()
    await fillAddress(page)
    await expect(page.getByTestId('shipping-offer').first()).toBeVisible()
  })

  await test.step('payment', async () => {
    await page.getByRole('button', { name: 'Continue to payment' }).click()
    await expect(page.getByRole('radio', { name: 'Card' })).toBeEnabled()
    if (process.env.ENVIRONMENT === 'staging') {
      await payWithTestCard(page)
      await expect(page.getByRole('heading', { name: 'Thank you' })).toBeVisible({ timeout: 30_000 })
    }
  })
})
