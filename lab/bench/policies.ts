import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LabPaths } from "../paths";
import { type Deployment, writeFlatProject } from "./flat-project";
import type { Goal } from "./goals";
import { measure, median, type Run } from "./measure";

/** Resources of the previewed program, at least. */
const PREVIEWED = 500;
/** Resources that each rule is asked about. */
const ASKED = 1000;
/** What the pack may add to a preview. */
const GOAL = 1.15;

type Pulumi = (project: string, ...args: string[]) => Promise<Run>;

/**
 * Measures what the policy pack adds to a preview of 500 resources, with and without in turns, and how long one rule takes
 * over 1,000. The resources are the house's own, with Jellyfin made again and again under other names, since rules are slow
 * where there is something to judge.
 * @param pulumi runs the CLI; the environment it has is `env`, which is told where the resources are
 * @returns what the pack adds to a preview
 */
export async function measurePolicies(
    house: Deployment,
    paths: LabPaths,
    env: NodeJS.ProcessEnv,
    pulumi: Pulumi,
    runs: number,
): Promise<Goal> {
    const folder = join(paths.root, "bench-policies");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const program = join(paths.checkout, "lab", "bench", "flat-program.ts");
    const previewed = many(house, PREVIEWED);
    const count = previewed.deployment.resources?.length ?? 0;
    Object.assign(env, { BENCH_RESOURCES: writeFlatProject(folder, program, previewed).resources });
    const must = async (run: Promise<Run>) => {
        const done = await run;
        if (done.exitCode !== 0) throw new Error(done.stdout);
        return done;
    };
    await must(pulumi(folder, "stack", "init", "many"));
    const ratios: number[] = [];
    try {
        const preview = ["preview", "--stack", "many"];
        const pack = ["--policy-pack", join(paths.checkout, "policies")];
        const [without, within]: [number[], number[]] = [[], []];
        const processor: ReadonlyMap<string, number>[] = [];
        for (let index = 0; index <= runs; index++) {
            const a = await must(pulumi(folder, ...preview));
            const b = await must(pulumi(folder, ...preview, ...pack));
            // The first pair warms caches.
            if (index === 0) continue;
            without.push(a.seconds);
            within.push(b.seconds);
            ratios.push(b.seconds / a.seconds);
            processor.push(b.processor);
        }
        console.log(`\nPreview of ${count} resources, medians of ${runs} runs in turns, in seconds`);
        console.log(`without the policy pack ${median(without).toFixed(2)}, with it ${median(within).toFixed(2)}, `);
        console.log(`ratio ${median(ratios).toFixed(2)}, at most ${GOAL}`);
        for (const kind of ["policy pack", "engine", "program"]) {
            const seconds = median(processor.map((kinds) => kinds.get(kind) ?? 0));
            console.log(`processor time with it: ${kind} ${seconds.toFixed(2)}`);
        }
    } finally {
        await pulumi(folder, "stack", "rm", "many", "--yes", "--force");
    }
    const graph = join(folder, "graph.json");
    writeFileSync(graph, JSON.stringify(many(house, ASKED)), { mode: 0o600 });
    const cli = join(paths.checkout, "policies", "cli.ts");
    const timed = await must(measure(process.execPath, ["--import", "tsx", cli, "time", graph], env));
    const lines = timed.stdout.trim().split("\n");
    console.log(`\nOne rule over ${ASKED} resources, at most 5 ms on average; the slowest, and the mean`);
    for (const line of [...lines.slice(0, 5), lines.at(-1) ?? ""]) console.log(line);
    const name = `preview of ${count} resources, with policies`;
    return { name, measured: median(ratios), atMost: GOAL, unit: "times the same without" };
}

/**
 * The house, with everything of Jellyfin's made again and again under other names until there are at least so many
 * resources. Copies are whole: half of one is a house with mistakes, whose preview ends at them.
 */
function many(house: Deployment, count: number): Deployment {
    const resources = (house.deployment.resources ?? []).filter(({ custom }) => custom);
    const name = "jellyfin";
    const own = resources.filter(
        ({ type, inputs }) => type.startsWith("kubernetes:") && JSON.stringify(inputs).includes(name),
    );
    const all = [...resources];
    for (let copy = 1; all.length < count && own.length > 0; copy++) {
        // Its images keep their names: no registry has others.
        const text = JSON.stringify(own).replaceAll(new RegExp(`(?<!/)${name}(?!/${name})`, "g"), `${name}-${copy}`);
        all.push(...(JSON.parse(text) as typeof own));
    }
    return { ...house, deployment: { ...house.deployment, resources: all } };
}
