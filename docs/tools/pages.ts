import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configurationPage } from "./configuration";
import { policiesPage } from "./policies";

/** Every generated page: its path from the checkout's top, and its text. */
export function pages(): Readonly<Record<string, string>> {
    return {
        "docs/reference/configuration.md": configurationPage(),
        "docs/policies.md": policiesPage(),
    };
}

if (require.main === module) {
    for (const [path, text] of Object.entries(pages())) {
        const file = join(__dirname, "..", "..", path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
        console.log(path);
    }
}
