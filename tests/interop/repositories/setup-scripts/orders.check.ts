import { ApiCheck } from 'checkly/constructs'

for (const name of ['orders', 'refunds']) {
  new ApiCheck(name, {
    name,
    setupScript: { entrypoint: './scripts/sign.ts' },
    tearDownScript: { content: "console.log('done')" },
    request: { method: 'GET', url: `https://api.shop.example/${name}` },
  })
}
