import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { z } from "zod";
import { charts, images, K3S_VERSION } from "../../components/versions";

const checkout = join(__dirname, "../..");
const read = (file: string) => readFileSync(join(checkout, file), "utf8");

const names = z.array(z.string());
/** The settings that are used here and no others: a misspelt one would be a mistake that nobody is told of. */
const settings = z.strictObject({
    $schema: z.literal("https://docs.renovatebot.com/renovate-schema.json"),
    extends: names,
    description: z.string(),
    ignorePaths: names,
    timezone: z.string(),
    schedule: names,
    minimumReleaseAge: z.string().regex(/^\d+ days$/),
    internalChecksFilter: z.literal("strict"),
    prConcurrentLimit: z.number(),
    rangeStrategy: z.literal("pin"),
    labels: names,
    vulnerabilityAlerts: z.strictObject({ labels: names, minimumReleaseAge: z.null(), schedule: names }),
    enabledManagers: names,
    customManagers: z.array(
        z.strictObject({
            customType: z.literal("regex"),
            description: z.string(),
            managerFilePatterns: z.array(z.string().regex(/^\/.*\/$/)),
            matchStrings: names,
            datasourceTemplate: z.string().optional(),
            depNameTemplate: z.string().optional(),
            extractVersionTemplate: z.string().optional(),
        }),
    ),
    packageRules: z.array(
        z.strictObject({
            description: z.string().optional(),
            groupName: z.string().optional(),
            matchPackageNames: names.optional(),
            matchManagers: names.optional(),
            matchDepTypes: names.optional(),
            matchUpdateTypes: names.optional(),
            matchFileNames: names.optional(),
            matchDatasources: names.optional(),
            minimumReleaseAge: z
                .string()
                .regex(/^\d+ days$/)
                .optional(),
            allowedVersions: z
                .string()
                .regex(/^\/.*\/$/)
                .optional(),
            pinDigests: z.boolean().optional(),
            enabled: z.literal(false).optional(),
        }),
    ),
});

interface Found {
    readonly file: string;
    readonly name: string;
    readonly value: string;
    readonly registry: string | undefined;
    readonly start: number;
    readonly end: number;
}

const config = settings.parse(JSON.parse(read("renovate.json")));
const files = globSync(["components/**/*.ts", "lab/**/*.ts", ".github/workflows/*.yaml"], { cwd: checkout });

/** What the custom managers find, with the same expressions on the same files. */
const found: readonly Found[] = config.customManagers.flatMap((manager) => {
    const patterns = manager.managerFilePatterns.map((pattern) => new RegExp(pattern.slice(1, -1)));
    const own = files.filter((file) => patterns.some((pattern) => pattern.test(file)));
    return own.flatMap((file) =>
        manager.matchStrings.flatMap((expression) =>
            [...read(file).matchAll(new RegExp(expression, "g"))].map(({ 0: text, index, groups = {} }) => ({
                file,
                name: groups["depName"] ?? manager.depNameTemplate ?? "",
                value: groups["currentValue"] ?? "",
                registry: groups["registryUrl"],
                start: index,
                end: index + text.length,
            })),
        ),
    );
});
const inVersions = found.filter(({ file }) => file === "components/versions.ts");

/** Comments that a custom manager is to read. */
function comments(file: string) {
    return [...read(file).matchAll(/\/\/ renovate: (.+)$/gm)].map(({ 1: text = "", index }) => {
        const fields: Record<string, string> = {};
        for (const [, key = "", value = ""] of text.matchAll(/(\S+?)=(\S+)/g)) fields[key] = value;
        return { text, index, fields };
    });
}

describe("renovate.json", () => {
    it("waits before it takes anything new, and longer for what holds data", () => {
        assert.ok(parseInt(config.minimumReleaseAge, 10) >= 7);
        for (const name of ["longhorn", "k3s-io/k3s", "docker.io/library/postgres"]) {
            const ages = config.packageRules.filter((rule) => rule.matchPackageNames?.includes(name));
            assert.ok(
                ages.some((rule) => parseInt(rule.minimumReleaseAge ?? "0", 10) > 7),
                name,
            );
        }
    });

    it("uses expressions that Renovate's own machine knows: no look-around and no references back", () => {
        for (const expression of config.customManagers.flatMap((manager) => manager.matchStrings)) {
            assert.doesNotMatch(expression, /\(\?(=|!|<=|<!)|\\[1-9]|\\k</);
        }
    });

    for (const file of files.filter((name) => read(name).includes("// renovate: "))) {
        it(`reads every comment of ${file}, each once, with its own name`, () => {
            for (const { text, index, fields } of comments(file)) {
                const own = found.filter((entry) => entry.file === file && entry.start <= index && index < entry.end);
                assert.equal(own.length, 1, text);
                assert.equal(own[0]?.name, fields["depName"]);
                // It reaches to its own version, and not to that of the next comment.
                const after = comments(file).find((other) => other.index > index)?.index ?? Infinity;
                assert.ok((own[0]?.end ?? Infinity) < after, text);
            }
        });
    }

    it("finds every image, chart and version of components/versions.ts, with the value that the program uses", () => {
        const pinned = [
            K3S_VERSION,
            ...Object.values(images).map((image) => image.slice(image.lastIndexOf(":") + 1)),
            ...Object.values(charts).map(({ version }) => version),
        ];
        assert.deepEqual(inVersions.map(({ value }) => value).sort(), pinned.sort());
    });

    it("asks the repository that the chart is taken from", () => {
        for (const { chart, repository } of Object.values(charts)) {
            assert.equal(inVersions.find(({ name }) => name === chart)?.registry, repository);
        }
        for (const { fields } of comments("components/versions.ts")) {
            const own = inVersions.find(({ name }) => name === fields["depName"]);
            if (fields["registryUrl"] !== undefined) assert.equal(own?.registry, fields["registryUrl"]);
        }
    });

    it("stays within the versions that a comment allows: Renovate does not read that word, so a rule says it", () => {
        const limited = comments("components/versions.ts").filter(
            ({ fields }) => fields["allowedVersions"] !== undefined,
        );
        assert.ok(limited.length > 0);
        for (const { fields } of limited) {
            const rule = config.packageRules.find(
                (own) => own.allowedVersions !== undefined && own.matchPackageNames?.includes(fields["depName"] ?? ""),
            );
            const allowed = new RegExp(rule?.allowedVersions?.slice(1, -1) ?? "never");
            const { value = "" } = inVersions.find(({ name }) => name === fields["depName"]) ?? {};
            assert.match(value, allowed);
            assert.match(`${fields["allowedVersions"] ?? ""}.9`, allowed);
            assert.doesNotMatch("99.9.9", allowed);
        }
    });

    it("moves the CLI of the workflows, in one group with the SDK and the lab's CLI", () => {
        const workflows = found.filter(({ file }) => file.startsWith(".github/"));
        assert.ok(workflows.length > 0 && workflows.every(({ name }) => name === "pulumi/pulumi"));
        const group = config.packageRules.find(({ groupName }) => groupName === "Pulumi")?.matchPackageNames ?? [];
        for (const name of ["@pulumi/pulumi", "pulumi/pulumi"]) assert.ok(group.includes(name));
        assert.ok(group.some((pattern) => matchesGlob("github.com/pulumi/pulumi/pkg/v3", pattern)));
    });

    it("leaves out no file that pins something: Go modules, Python requirements, workflows, packages", () => {
        const pins = globSync(
            [
                "{lab,test}/**/go.mod",
                "{lab,test}/**/*requirements.txt",
                ".github/workflows/*",
                "{.,policies}/package.json",
            ],
            { cwd: checkout },
        ).filter((file) => !file.includes("node_modules"));
        assert.ok(pins.length >= 10);
        for (const file of pins) {
            assert.ok(!config.ignorePaths.some((pattern) => matchesGlob(file, pattern)), file);
        }
        for (const manager of ["npm", "gomod", "pip_requirements", "github-actions", "custom.regex"]) {
            assert.ok(config.enabledManagers.includes(manager));
        }
    });

    it("pins actions by their commits", () => {
        const rule = config.packageRules.find(({ matchManagers }) => matchManagers?.includes("github-actions"));
        assert.equal(rule?.pinDigests, true);
    });
});
