import { expect, test } from '@playwright/test'
import { openAsVisitor } from '../../lib/run/visitor'

test('the language switch changes the prices too', async ({ page }) => {
  await openAsVisitor(page, '/c/jackets')
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de')

  await expect(page.locator('html')).toHaveAttribute('lang', 'de')
  await expect(page.getByTestId('price').first()).toHaveText(/^\d[\d.]*,\d\d\s€$/)
})
