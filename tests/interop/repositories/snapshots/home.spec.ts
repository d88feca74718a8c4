import { expect, test } from '@playwright/test'

test('home', async ({ page }) => {
  await page.goto('https://shop.example')
  await expect(page).toHaveScreenshot('home.png')
})
