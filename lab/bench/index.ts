import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backgroundProcesses } from "../background";
import { daemonStatus } from "../daemon-client";
import { STACK } from "../engine";
import { binFolder, engineEnvironment } from "../environment";
import { openLab } from "../lab";
import { flatDeployment, writeFlatProject, type Deployment } from "./flat-project";
import { missedGoals, type Goal } from "./goals";
import { measure, median, peakMemory, type Run } from "./measure";
import { measurePolicies } from "./policies";

const RUNS = Number(process.env["BENCH_RUNS"] ?? 5);
/** What our components may cost over the same resources registered flat. */
const GOAL = 1.15;
/** What a preview of the whole house may take, in seconds. */
const PREVIEW_GOAL = 15;

/**
 * Measures preview and no-change up of the running lab's house against the same resources without components, each with
 * and without the policy pack, in turns: what the machine does beside it hits all of them alike.
 * @returns every figure that has a goal
 */
async function measured(): Promise<Goal[]> {
    const { paths } = openLab();
    if (!(await daemonStatus(paths))) throw new Error("the lab is not up; run `make up`");
    const cli = join(binFolder(paths), "pulumi-cli");
    const folder = join(paths.root, "bench");
    const env = { ...process.env, ...engineEnvironment(paths) };
    const pulumi = (project: string, ...args: string[]) => measure(cli, ["-C", project, ...args], env);
    const must = async (run: Promise<Run>) => {
        const done = await run;
        if (done.exitCode !== 0) throw new Error(done.stdout);
        return done;
    };
    const house = JSON.parse(
        (await must(pulumi(paths.root, "stack", "export", "--show-secrets", "--stack", STACK))).stdout,
    ) as Deployment;
    if (process.argv[2] === "policies") return [await measurePolicies(house, paths, env, pulumi, RUNS)];
    const goals: Goal[] = [];
    try {
        const program = join(paths.checkout, "lab", "bench", "flat-program.ts");
        Object.assign(env, { BENCH_RESOURCES: writeFlatProject(folder, program, house).resources });
        await must(pulumi(folder, "stack", "init", "flat"));
        const state = join(folder, "state.json");
        writeFileSync(state, JSON.stringify(flatDeployment(house, "flat")), { mode: 0o600 });
        await must(pulumi(folder, "stack", "import", "--stack", "flat", "--file", state, "--force"));
        const pack = ["--policy-pack", join(paths.checkout, "policies")];
        const preview = ["preview", "--expect-no-changes", "--stack"];
        const up = ["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack"];
        const cases = [
            { name: "preview", within: PREVIEW_GOAL, house: [...preview, STACK], flat: [...preview, "flat"] },
            {
                name: "preview, with policies",
                within: PREVIEW_GOAL,
                house: [...preview, STACK, ...pack],
                flat: [...preview, "flat", ...pack],
            },
            { name: "up, no change", house: [...up, STACK], flat: [...up, "flat"] },
            { name: "up, no change, with policies", house: [...up, STACK, ...pack], flat: [...up, "flat", ...pack] },
        ];
        const all = house.deployment.resources ?? [];
        const count = all.filter(({ custom }) => custom).length;
        console.log(
            `The house of the stack ${STACK}: ${count} resources, ${all.length} with components; ` +
                `${RUNS} runs each in turns, medians in seconds\n`,
        );
        console.log(`${"".padEnd(30)}${"house".padStart(8)}${"flat".padStart(8)}${"ratio".padStart(8)}   goals`);
        const peaks = new Map<string, number>();
        for (const { name, within, ...sides } of cases) {
            const seconds = { house: [] as number[], flat: [] as number[], ratio: [] as number[] };
            for (let index = 0; index <= RUNS; index++) {
                const a = await must(pulumi(paths.root, ...sides.house));
                const b = await must(pulumi(folder, ...sides.flat));
                for (const [kind, mebibytes] of a.peaks) peaks.set(kind, Math.max(peaks.get(kind) ?? 0, mebibytes));
                // The first pair warms caches.
                if (index === 0) continue;
                seconds.house.push(a.seconds);
                seconds.flat.push(b.seconds);
                seconds.ratio.push(a.seconds / b.seconds);
            }
            const [own, other, ratio] = [median(seconds.house), median(seconds.flat), median(seconds.ratio)];
            const columns = [own, other, ratio].map((figure) => figure.toFixed(2).padStart(8)).join("");
            const wanted = within === undefined ? "" : `, house at most ${within} s`;
            console.log(`${name.padEnd(30)}${columns}   ratio at most ${GOAL}${wanted}`);
            goals.push({ name, measured: ratio, atMost: GOAL, unit: "times the same resources registered flat" });
            if (within !== undefined) goals.push({ name, measured: own, atMost: within, unit: "s" });
        }
        goals.push(await measurePolicies(house, paths, env, pulumi, RUNS));
        console.log("\nPeak memory, MiB");
        for (const [kind, mebibytes] of [...peaks].sort((x, y) => y[1] - x[1]))
            console.log(`${kind.padEnd(30)}${mebibytes.toFixed(0).padStart(8)}`);
        const background = backgroundProcesses(paths)
            .filter(({ alive }) => alive)
            .map(({ name, pid }) => [name, peakMemory(pid)] as const);
        for (const [name, mebibytes] of [...background].sort((x, y) => y[1] - x[1]))
            console.log(`${`lab: ${name}`.padEnd(30)}${mebibytes.toFixed(0).padStart(8)}`);
        console.log(
            `${"lab: all together".padEnd(30)}${background
                .reduce((sum, [, mebibytes]) => sum + mebibytes, 0)
                .toFixed(0)
                .padStart(8)}`,
        );
        return goals;
    } finally {
        await pulumi(folder, "stack", "rm", "flat", "--yes", "--force");
        for (const made of [folder, `${folder}-policies`]) rmSync(made, { recursive: true, force: true });
    }
}

measured().then(
    (goals) => {
        const missed = missedGoals(goals);
        for (const line of missed) console.error(line);
        if (missed.length > 0) process.exitCode = 1;
    },
    (error: unknown) => {
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
    },
);
