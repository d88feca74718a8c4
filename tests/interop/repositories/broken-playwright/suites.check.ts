import { PlaywrightCheck } from 'checkly/constructs'

for (const id of ['smoke', 'full']) {
  new PlaywrightCheck(id, { name: id, playwrightConfigPath: './playwright.config.ts', frequency: 10, locations: ['eu-west-1'] })
}
