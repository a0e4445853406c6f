import { runRestore } from "./restore/run";

runRestore(process.argv.slice(2), { log: console.log, error: console.error }).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    },
);
