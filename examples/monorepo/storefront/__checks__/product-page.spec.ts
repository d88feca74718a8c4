import { expect, test } from '@playwright/test'
import { openAsVisitor } from '../../lib/run/visitor'

test('a product page shows a picture, a price and the stock', async ({ page }) => {
  await openAsVisitor(page, '/c/jackets')
  await page.getByTestId('product-card').first().click()

  const picture = page.getByTestId('gallery').getByRole('img').first()
  await expect(picture).toBeVisible()
  await expect(page.getByTestId('price')).toHaveText(/^€\d[\d,]*\.\d\d$/)
  await expect(page.getByTestId('stock')).not.toBeEmpty()
  await expect(page.getByRole('button', { name: /Add to basket|Tell me when it is back/ })).toBeEnabled()
})
