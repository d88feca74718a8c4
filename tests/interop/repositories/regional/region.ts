import { defineConfig } from 'checkly'

export const region = (name: 'us' | 'eu' | 'ap') =>
  defineConfig({
    projectName: `Shop ${name}`,
    logicalId: `shop-${name}`,
    checks: { checkMatch: `checks/${name}/*.check.ts`, locations: [{ us: 'us-east-1', eu: 'eu-central-1', ap: 'ap-south-1' }[name]] },
  })
