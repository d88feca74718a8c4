import { expect, test } from '@playwright/test'
import { addToBasket, openAsVisitor } from '../../lib/run/visitor'

test('the basket is still there in a new window', async ({ page, browser, baseURL }) => {
  await openAsVisitor(page, '/p/10001')
  await addToBasket(page)

  const later = await browser.newContext({ baseURL, storageState: await page.context().storageState() })
  try {
    const newPage = await later.newPage()
    await openAsVisitor(newPage, '/basket')
    await expect(newPage.getByTestId('basket-line')).toHaveCount(1)
  } finally {
    await later.close()
  }
})
