// What a program imports: every operation, every type, and a client of its own for each server or account.
export * from './generated/index.js';
export { createClient, createConfig } from './generated/client/index.js';
