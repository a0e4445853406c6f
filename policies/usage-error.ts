/** Something that the person at the keyboard can put right: a command, an argument or a file. Ends with code 2. */
export class UsageError extends Error {}
