import { spawnSync } from "node:child_process";
import { z } from "zod";
import type { KubeObject } from "../../../lab/kube/client";
import { goProgram } from "../../support/go-program";

/** What kube-score calls critical, of one container or, where `container` is empty, of the whole object. */
export interface Finding {
    /** Id of the check, as `kube-score list` has it. */
    readonly rule: string;
    /** `<kind> <namespace>/<name>` */
    readonly object: string;
    readonly container: string;
    readonly says: string;
}

/** The grade of kube-score's own scale, 1 to 10, at which it ends with an error. */
const CRITICAL = 1;

const scored = z.array(
    z.object({
        type_meta: z.object({ kind: z.string() }),
        object_meta: z.object({ name: z.string(), namespace: z.string().default("") }),
        checks: z.array(
            z.object({
                check: z.object({ id: z.string() }),
                grade: z.number(),
                skipped: z.boolean(),
                comments: z.array(z.object({ path: z.string(), summary: z.string() })).nullable(),
            }),
        ),
    }),
);

/** kube-score, built the first time. */
export function kubeScore(): Promise<string> {
    return goProgram(__dirname, "github.com/zegl/kube-score/cmd/kube-score");
}

/** Everything critical that it finds in objects which are judged together, as policies and Services are with their pods. */
export function criticalFindings(program: string, objects: readonly KubeObject[]): readonly Finding[] {
    const input = objects.map((object) => JSON.stringify(object)).join("\n---\n");
    const args = ["score", "--output-format", "json", "--kubernetes-version", "v1.36", "-"];
    const { stdout, stderr, error } = spawnSync(program, args, { input, encoding: "utf8", maxBuffer: 2 ** 28 });
    if (error !== undefined) throw error;
    if (!stdout.startsWith("[")) throw new Error(`kube-score: ${stdout}${stderr}`);
    return scored
        .parse(JSON.parse(stdout))
        .flatMap(({ type_meta: { kind }, object_meta: { namespace, name }, checks }) =>
            checks
                .filter(({ grade, skipped }) => !skipped && grade <= CRITICAL)
                .flatMap(({ check, comments }) =>
                    (comments ?? [{ path: "", summary: "" }]).map(({ path, summary }) => ({
                        rule: check.id,
                        object: `${kind} ${namespace}/${name}`,
                        container: path,
                        says: summary,
                    })),
                ),
        );
}
