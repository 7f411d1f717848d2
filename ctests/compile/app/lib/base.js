export const base = [0, 1];
