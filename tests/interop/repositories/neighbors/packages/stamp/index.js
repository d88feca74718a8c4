// Reads a variable when it is loaded, as `dotenv/config` does.
let count = 0

exports.stage = process.env.SHOP_STAGE
exports.next = () => { count += 1; return count }
