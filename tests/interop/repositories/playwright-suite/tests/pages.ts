export const home = 'https://shop.example'
