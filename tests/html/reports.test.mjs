// What independent readers find in the reports of a run: a CSV parser, and a browser.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parse } from 'csv-parse/sync'
import { chromium } from 'playwright-core'
import { dataOf, deploy, directory, pageWith, run, times } from './pages.mjs'

const EVIL = '=1+1</script><img src=x onerror="document.title=\'evil\'">'
const reports = run(EVIL)
const NAMES = ['alerts', 'inbox', 'mail', 'search', 'shop']
let browser
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
})
after(() => browser.close())

/** Opens a page, and collects what it requests and logs. */
async function open(html, { width = 1280, colorScheme = 'light' } = {}) {
  const file = join(directory, 'page.html')
  writeFileSync(file, html)
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
  // However busy the machine is.
  page.setDefaultTimeout(180_000)
  const url = pathToFileURL(file).href
  const seen = { requests: [], errors: [] }
  page.on('request', (it) => it.url() !== url && it.url() !== 'data:,' && seen.requests.push(it.url()))
  page.on('console', (it) => seen.errors.push(it.text()))
  page.on('pageerror', (it) => seen.errors.push(it.message))
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  await page.goto(url)
  return { page, seen, session }
}

const NOTHING = { requests: [], errors: [] }
const names = (page) => page.locator('tbody tr:visible .link').allTextContents()
const background = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

test('a CSV parser reads the values of the JSON report, and no formula', () => {
  const rows = parse(reports.csv, { columns: true })
  const { run, projects } = JSON.parse(reports.json)
  assert.equal(rows.length, projects.length)
  projects.forEach((project, n) => {
    const row = rows[n]
    assert.deepEqual([row.run, row.name, row.result], [run, project.name, project.result])
    assert.equal(row.diff_create, String(project.diff?.create ?? ''))
    assert.equal(row.durations_ms_deploying, String(project.durations_ms.deploying))
    assert.ok(Object.values(row).every((cell) => !/^[=+\-@\t\r]/.test(cell)))
  })
  assert.equal(rows.find((it) => it.name === 'mail').error_message, `'${EVIL}`)
})

test('a page answers what failed, shows every project, loads nothing, and logs nothing', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const { page, seen } = await open(reports.html, { colorScheme })
    assert.match(await page.title(), /^✗ Deployment of /)
    const [first, second, ...others] = await page.locator('.failure').allTextContents()
    assert.match(first, /^✗ mail failed: /)
    assert.ok(first.includes(EVIL) && first.includes('Next: '))
    assert.match(second, /1 project skipped.*depends on mail.*inbox/)
    assert.deepEqual(others, [])
    assert.match(await page.locator('#resume code').textContent(), /^orchestrate resume /)
    assert.deepEqual((await names(page)).sort(), NAMES)
    for (const kind of ['deploying', 'lost', 'waiting']) {
      assert.ok((await page.locator(`.bar.${kind}`).count()) >= 1, kind)
    }
    assert.equal(await page.locator('.time .mark', { hasText: '◆' }).count(), 1, 'a conflict')
    assert.match(await page.locator('#path').textContent(), /^alerts/)
    assert.ok((await page.locator('#what-if li').count()) >= 3)
    assert.deepEqual(seen, NOTHING)
  }
})

test('every text stays text', async () => {
  const strings = (value) => {
    if (typeof value === 'string') return EVIL
    if (Array.isArray(value)) return value.map(strings)
    if (!value || typeof value !== 'object') return value
    // The names of activities are not text of anyone.
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, key === 'segments' ? it : strings(it)]))
  }
  const { page, seen } = await open(pageWith(reports.html, strings(dataOf(reports.html))))
  for (const link of await page.locator('tbody .link').all()) {
    await link.hover()
    await link.click()
  }
  assert.equal(await page.locator('.details').count(), NAMES.length)
  assert.equal(await page.locator('img').count(), 0)
  assert.ok((await page.title()).endsWith(EVIL))
  assert.deepEqual(seen, NOTHING)
})

test('clicks sort, filter, open a project, and change the theme', async () => {
  const { page, seen } = await open(reports.html)
  assert.equal((await names(page))[0], 'alerts', 'in the order of their start')
  const header = (name) => page.getByRole('columnheader', { name }).getByRole('button')
  await header('Project').click()
  assert.deepEqual(await names(page), NAMES)
  await header('Project').click()
  assert.deepEqual(await names(page), NAMES.toReversed())
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending')

  await page.fill('#text', 'DEFAULT il')
  assert.deepEqual((await names(page)).sort(), ['inbox', 'mail'], 'by account and error')
  assert.equal(await page.locator('#shown').textContent(), '2 of 5 projects')
  await page.fill('#text', '')
  await page.locator('#chips button', { hasText: 'failed' }).click()
  assert.deepEqual(await names(page), ['mail'])

  // A failure leads to its project, whatever the filter is.
  await page.locator('.failure button', { hasText: 'inbox' }).click()
  assert.deepEqual((await names(page)).sort(), NAMES)
  assert.match(await page.locator('.details').textContent(), /skipped/)
  await page.getByRole('button', { name: 'inbox', expanded: true }).click()
  assert.equal(await page.locator('.details').count(), 0)

  await page.locator('tr', { hasText: 'search' }).locator('.bar.waiting').click()
  assert.match(await page.locator('.details').textContent(), /blocked by deployment .*\+ check home/)

  const light = await background(page)
  await page.getByRole('button', { name: 'Dark theme' }).click()
  assert.notEqual(await background(page), light)
  await page.getByRole('button', { name: 'Dark theme', pressed: true }).click()
  assert.equal(await background(page), light)
  assert.deepEqual(seen, NOTHING)
})

test('the pointer and the keyboard show what a project depends on, and when', async () => {
  const { page } = await open(reports.html)
  const shown = async () => [await page.locator('#lines path').count(), await page.locator('#tip').isVisible()]
  assert.deepEqual(await shown(), [0, false])
  // On `alerts`, and to its dependent.
  await page.locator('tr', { hasText: 'mail' }).locator('.time').hover()
  assert.deepEqual(await shown(), [2, true])
  await page.mouse.move(0, 0)
  assert.deepEqual(await shown(), [0, false])

  await page.locator('tbody .link').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowUp')
  assert.deepEqual(await shown(), [3, true], 'the dependents of alerts')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator('.details').count(), 1)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Escape')
  assert.deepEqual(await shown(), [0, false])
})

/** The texts of the legend, and the pop-up of the first project with such an element on its timeline. */
async function shown(page, selector) {
  const legend = await page.locator('#legend > span').allTextContents()
  const row = page.locator('tbody tr').filter({ has: page.locator(selector) }).first()
  const { width } = await row.locator(selector).first().boundingBox()
  assert.ok(width > 20, `${selector}: ${width}`)
  await row.locator('.time').hover()
  return [legend, await page.locator('#tip').textContent()]
}

test('of a project that ended while it waited, the end is marked and not the wait', async () => {
  const blocker = 'project = "shop"\non = "deploy"\nfault.blocker = { for = "10m" }'
  const { html } = deploy({ shop: [], mail: [] }, [blocker], ['--time-scale=0.05', '--conflict-deadline=1500ms'])
  for (const width of [1280, 900]) {
    const { page, seen } = await open(html, { width })
    const row = page.locator('tr', { hasText: 'shop' })
    assert.match(await row.textContent(), /conflicted/)
    assert.equal(await row.locator('.bar.lost').count(), 0)
    assert.ok(!(await page.locator('#legend').textContent()).includes('failed'))
    const box = (selector) => row.locator(selector).boundingBox()
    const [wait, end, all] = [await box('.bar.waiting'), await box('.end.bad'), await row.boundingBox()]
    assert.ok(Math.abs(wait.x + wait.width - end.x) < 5, 'the mark is at the end of the wait')
    assert.ok(end.x + end.width <= all.x + all.width, `${width}: cut off at the edge`)
    assert.deepEqual(seen, NOTHING)
  }
})

test('an outage covers the time of the projects that wait for the API', async () => {
  const outage = 'from = "300ms"\nuntil = "2s"\nfault.status = { code = 503 }'
  const { html } = deploy({ alerts: [], shop: ['alerts'], mail: ['alerts'] }, [outage], [])
  for (const colorScheme of ['light', 'dark']) {
    const { page, seen } = await open(html, { colorScheme })
    const [legend, tip] = await shown(page, '.time .outage')
    assert.ok(legend.includes('API unavailable') && legend.includes('waiting for the API'), String(legend))
    assert.match(tip, /^waiting for the API: [\d.]+ s$/m)
    assert.match(tip, /: the API was unavailable for [\d.]+ s$/m)
    assert.ok(!/^bundling: [\d.]+ s$/m.test(tip), tip)
    await page.locator('tr', { hasText: 'shop' }).locator('.link').click()
    assert.match(await page.locator('.details').textContent(), /the API was unavailable for/)
    assert.deepEqual(seen, NOTHING)
  }
})

test('a segment shows how long an upload waited for the rate limit', async () => {
  const { html } = deploy({ alerts: [], shop: [], mail: [], search: [] }, [], ['--rate=1/s', '--time-scale=0.1'])
  const { page, seen } = await open(html)
  const [legend, tip] = await shown(page, '.bar.rate_limited')
  assert.ok(legend.includes('rate limited'), String(legend))
  assert.match(tip, /^rate limited: [\d.]+ s$/m)
  assert.match(tip, /: rate limited; waiting [\d.]+ s$/m)
  assert.deepEqual(seen, NOTHING)
})

test('a phone needs no horizontal scrolling', async () => {
  const { page } = await open(reports.html, { width: 375 })
  await page.locator('tbody .link').first().click()
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 375)
  // Rows clip what does not fit.
  assert.equal(await page.locator('tr').evaluateAll((rows) => rows.filter((it) => it.scrollWidth > it.clientWidth).length), 0)
})

test('2,000 projects take less than two seconds of processor time', async () => {
  const { page, session } = await open(pageWith(reports.html, times(dataOf(reports.html), 400)))
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))))
  const { metrics } = await session.send('Performance.getMetrics')
  const { value } = metrics.find((it) => it.name === 'ThreadTime')
  console.log(`${value.toFixed(2)} s, ${metrics.find((it) => it.name === 'Nodes').value} nodes`)
  assert.equal((await names(page)).length, 2000)
  assert.ok(value > 0.05 && value < 2)
})
