import { expect, test } from '@playwright/test'
import { openAsVisitor } from '../../lib/run/visitor'

test('the home page opens and leads to a category', async ({ page }) => {
  await openAsVisitor(page, '/')
  await expect(page).toHaveTitle(/Shop/)

  const navigation = page.getByRole('navigation', { name: 'Categories' })
  await expect(navigation.getByRole('link')).not.toHaveCount(0)

  const hero = page.getByTestId('hero').getByRole('img').first()
  await expect(hero).toBeVisible()
  expect(await hero.evaluate((image: HTMLImageElement) => image.naturalWidth), 'width of the hero image').toBeGreaterThan(0)

  await navigation.getByRole('link').first().click()
  await expect(page.getByRole('heading', { level: 1 })).not.toBeEmpty()
  await expect(page.getByTestId('product-card').first()).toBeVisible()
})
