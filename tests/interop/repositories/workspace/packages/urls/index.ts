export const url = (path: string) => `https://acme.example/${path}`
