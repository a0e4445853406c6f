import assert from "node:assert/strict";
import { join } from "node:path";
import ts from "typescript";

/** What the house's own classes do not let anybody write: row, the mistake, and what the compiler says. */
const mistakes: readonly (readonly [string, string, RegExp])[] = [
    [
        "T6: a Compose field in a container",
        "pod({ devices: ['/dev/dri'] });",
        /'devices' does not exist in type 'Partial<ContainerSpec>'/,
    ],
    ["T6: a mount without a volume", "pod({ mounts: [{ path: '/config' }] });", /Property 'volume' is missing/],
    [
        "T7: a privileged container",
        "pod({ securityContext: { privileged: true } });",
        /'securityContext' does not exist/,
    ],
    [
        "T7: a weakness without a reason",
        "weaken({ privileged: true });",
        /Type 'boolean' (is not assignable|has no properties)/,
    ],
    [
        "H4: a weakness for ever",
        "weaken({ privileged: { reason: 'it has to be', owner: 'me' } });",
        /Property 'until' is missing/,
    ],
    [
        "T14: a spread that gives way",
        "run({ kind: 'Deployment', replicas: 2, spread: 'preferred' });",
        /'"preferred"' is not assignable/,
    ],
    [
        "G5: one node excluded by its name",
        "requires({ notNodes: ['lima'] });",
        /'notNodes' does not exist in type 'Requires'/,
    ],
    [
        "H4: a selector that somebody writes",
        "workload({ selector: { app: 'jellyfin' } });",
        /'selector' does not exist/,
    ],
    [
        "T12: Longhorn as the chart has it",
        "block({ replicas: 2, disposable: false, defaultSettings: {} });",
        /'defaultSettings' does not exist/,
    ],
];

const prelude = `
import { type ContainerSpec, type Requires, type Run, type Weaken, type WorkloadArgs } from "../../../components/workload";
import type { BlockStorageArgs } from "../../../components/storage";
declare function pod(container: Partial<ContainerSpec>): void;
declare function weaken(given: Weaken): void;
declare function run(given: Run): void;
declare function requires(given: Requires): void;
declare function workload(given: Partial<WorkloadArgs>): void;
declare function block(given: BlockStorageArgs): void;
`;

describe("a mistake of the inventory that the types do not let anybody write", function () {
    this.timeout(120_000);
    const folder = __dirname;
    const names = mistakes.map((_, index) => join(folder, `mistake-${index}.ts`));
    let program: ts.Program;
    before(() => {
        const root = join(folder, "../../..");
        const { config } = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path)) as {
            config: unknown;
        };
        const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
        const host = ts.createCompilerHost(options);
        const texts = new Map(names.map((name, index) => [name, `${prelude}${mistakes[index]?.[1] ?? ""}\n`]));
        const readFile = host.readFile.bind(host);
        const fileExists = host.fileExists.bind(host);
        const getSourceFile = host.getSourceFile.bind(host);
        host.readFile = (name) => texts.get(name) ?? readFile(name);
        host.fileExists = (name) => texts.has(name) || fileExists(name);
        host.getSourceFile = (name, ...rest) => {
            const text = texts.get(name);
            return text === undefined
                ? getSourceFile(name, ...rest)
                : ts.createSourceFile(name, text, ts.ScriptTarget.ES2023);
        };
        program = ts.createProgram(names, options, host);
    });

    mistakes.forEach(([what, , expected], index) => {
        it(what, () => {
            const source = program.getSourceFile(names[index] ?? "");
            assert.ok(source);
            assert.deepEqual(program.getSyntacticDiagnostics(source), []);
            const said = program
                .getSemanticDiagnostics(source)
                .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
                // Helpers that this mistake does not need.
                .filter((text) => !/is declared but/.test(text));
            assert.equal(said.length, 1, said.join("\n"));
            assert.match(said[0] ?? "", expected);
        });
    });
});
