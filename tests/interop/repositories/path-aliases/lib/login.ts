export const login = async (page: { goto(url: string): Promise<unknown> }) => page.goto('https://id.shop.example')
