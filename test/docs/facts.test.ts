import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { weakenings } from "../../components/workload";

const checkout = join(__dirname, "..", "..");
const read = (path: string) => readFileSync(join(checkout, path), "utf8");
const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: checkout })].sort();

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
    return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replace(/[^\p{L}\p{N} -]/gu, "")
            .replaceAll(" ", "-"),
    );
}

/** Targets of a page's links and pictures, but for those on the web. */
function targets(text: string): string[] {
    const found = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    return found.filter((target) => !/^https?:/.test(target));
}

function scripts(): string[] {
    const manifest = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    return Object.keys(manifest.scripts);
}

function dependencies(file: string): string[] {
    const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>;
    return ["dependencies", "devDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
}

describe("The documentation", () => {
    for (const page of pages) {
        it(`${page} links to what is there`, () => {
            const dead = targets(read(page)).filter((target) => {
                const [path = "", anchor] = target.split("#");
                const file = path === "" ? page : join(dirname(page), path);
                if (!existsSync(join(checkout, file))) return true;
                return anchor !== undefined && !anchors(read(file)).includes(anchor);
            });
            assert.deepEqual(dead, []);
        });

        it(`${page} names no npm script that there is not`, () => {
            const named = [...read(page).matchAll(/npm run (?:-s |--silent )?([a-z][a-z:-]*)/g)].map(
                ([, name = ""]) => name,
            );
            assert.deepEqual(
                named.filter((name) => !scripts().includes(name)),
                [],
            );
        });
    }

    for (const page of pages.filter((path) => path.startsWith("docs/how-to/"))) {
        it(`${page} makes the stack before its secrets, and installs the program before it runs`, () => {
            const text = read(page);
            for (const [first, then] of [
                ["pulumi stack init", "pulumi config set"],
                ["npm ci", "npm run"],
            ] as const) {
                const made = text.indexOf(first);
                const used = text.indexOf(then);
                assert.ok(made < 0 || used < 0 || made < used, `${first} stands after the first ${then}`);
            }
        });
    }

    it("explains every word of `weaken`", () => {
        const words = [...read("docs/how-to/weaken-a-rule.md").matchAll(/^\| `([a-z-]+)`/gm)].map(([, word]) => word);
        assert.deepEqual(words.sort(), Object.keys(weakenings).sort());
    });

    it("has a line for each dependency, with its reason, and for nothing else", () => {
        const [, table = ""] = read("docs/decisions.md").split("## Dependencies");
        const cells = [...table.matchAll(/^\| (`[^|]+`) /gm)].map(([, cell = ""]) => cell);
        const told = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
        const used = new Set([...dependencies("package.json"), ...dependencies("policies/package.json")]);
        assert.deepEqual(told.sort(), [...used].sort());
    });
});
