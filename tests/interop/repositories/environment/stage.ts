export const stage = process.env.STAGE
if (!stage) throw new Error('STAGE must be staging or production')
