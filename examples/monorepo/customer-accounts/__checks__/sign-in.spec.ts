import { expect, test } from '@playwright/test'
import { openAsVisitor } from '../../lib/run/visitor'

test('a customer signs in and sees past orders', async ({ page }) => {
  await openAsVisitor(page, '/account')
  await page.getByLabel('E-mail').fill(process.env.SHOPPER_MAIL ?? '')
  await page.getByLabel('Password').fill(process.env.SHOPPER_PASSWORD ?? '')
  await page.getByRole('button', { name: 'Sign in' }).click()

  await expect(page.getByRole('heading', { name: 'Your orders' })).toBeVisible()
  await expect(page.getByTestId('order')).not.toHaveCount(0)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
})
