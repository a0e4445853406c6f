import { strict as assert } from "node:assert";
import { eventually } from "../../support/eventually";
import { endpointsOf, nodesOf, podsOf } from "../house/cluster-view";
import { itServesAllTheTime } from "../house/replicas";
import type { Surroundings } from "./failover";
import { cookieOf, Visitor } from "./visitor";

/** Answers of more than this a person takes for an outage, milliseconds. */
const NOTICED_MS = 3_000;
/** Until Longhorn's policy lets a lost pod go: after the eviction, and a minute of Kubernetes' own. */
const MOVED_MS = 420_000;

/** Pulls the cord of the machine of either pod of Jellyfin, while people visit both. */
export function describePowerCut({ house, door, kube, whole }: Surroundings): void {
    describe("when the cord of a machine is pulled", () => {
        /**
         * Visits of both pods while the machine of one is off.
         * @param meanwhile once the machine counts as lost; gets its name, and the visitor of its pod
         */
        async function cut(pod: string, kept: string, meanwhile: (lost: string, pinned: Visitor) => Promise<unknown>) {
            const lost = (await podsOf(kube(), "jellyfin")).get(pod)?.node ?? "";
            // The ingress is two pods for its own sake: a visit that meets the dead one waits for the next try.
            const ingress = "--namespace kube-system --selector app.kubernetes.io/name=traefik";
            const away = await house.shell(`kubectl cordon ${lost}
                kubectl delete pod ${ingress} --field-selector spec.nodeName=${lost}
                kubectl rollout status deployment traefik --namespace kube-system --timeout 60s
                kubectl uncordon ${lost}`);
            assert.equal(away.code, 0, away.output);
            const [pinned, safe] = [
                new Visitor(door, await cookieOf(door, pod)),
                new Visitor(door, await cookieOf(door, kept)),
            ];
            try {
                await house.must("power", lost, "off");
                await eventually(`${lost} counts as lost`, async () => !(await nodesOf(kube())).get(lost)?.ready);
                await meanwhile(lost, pinned);
            } finally {
                await Promise.all([pinned.leave(), safe.leave()]);
            }
            assert.ok(
                pinned.answers.some((answer) => answer.pod === kept),
                "its visitor was moved",
            );
            // The database may have been on the same machine.
            for (const visitor of [pinned, safe]) assert.ok(visitor.worstMs < NOTICED_MS, `${visitor.worstMs} ms`);
            for (const { bad, answers } of [safe, pinned]) assert.deepEqual(bad, [], `of ${answers.length} visits`);
            return lost;
        }

        const isBack = (node: string) =>
            eventually(`${node} is back`, async () => (await nodesOf(kube())).get(node)?.ready === true);

        it("serves the visitors of the other pod as before, moves those of the lost one, then the pod itself", async () => {
            // With its disks. Where the database was on the same machine, its two minutes of grace come first.
            const lost = await cut("jellyfin-1", "jellyfin-0", (from) =>
                eventually(
                    "the lost pod is on another host",
                    async () => {
                        const pod = (await podsOf(kube(), "jellyfin")).get("jellyfin-1");
                        return pod?.ready === true && pod.node !== from;
                    },
                    MOVED_MS,
                ),
            );
            await house.must("power", lost, "on");
            await isBack(lost);
            await house.must("preview", "--expect-no-changes");
        });

        it("does the same with the other pod's machine, and goes on with its pod when the power is soon back", async () => {
            await whole();
            await cut("jellyfin-0", "jellyfin-1", async (lost, pinned) => {
                await eventually("its visitor is moved", () => pinned.answers.at(-1)?.pod === "jellyfin-1");
                await eventually(
                    "nobody else is sent there",
                    async () => (await endpointsOf(kube()))["jellyfin-0"] === false,
                );
                await house.must("power", lost, "on");
                await isBack(lost);
                await whole();
            });
        });

        itServesAllTheTime(kube);
    });
}
