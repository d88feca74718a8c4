let count = 0

export const times = () => { count += 1; return count }
