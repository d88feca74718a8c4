exports.url = 'https://shop.example'
