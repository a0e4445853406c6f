import assert from "node:assert/strict";
import { everyHouse } from "../support/stack-graph";
import { kubeObjects } from "../support/kube-objects";
import { accepted, isAccepted } from "./kube-score/accepted";
import { criticalFindings, kubeScore, type Finding } from "./kube-score/score";

const houses = everyHouse();

/** As a line of a failing test. */
const line = ({ rule, object, container, says }: Finding) => `${rule}: ${object} ${container}: ${says}`;

// The objects of charts are not among them: only a real Helm renders those.
describe("kube-score, over every object that the program makes itself,", function () {
    this.timeout(300_000);
    let program: string;
    const found = new Map<string, readonly Finding[]>();
    before(async () => {
        program = await kubeScore();
        for (const [name, capture] of houses) found.set(name, criticalFindings(program, kubeObjects(await capture())));
    });

    for (const name of houses.keys()) {
        it(`finds nothing critical in ${name} but what stays for a reason`, () => {
            const findings = found.get(name) ?? assert.fail(name);
            const open = findings.filter((finding) => !accepted.some((one) => isAccepted(one, finding)));
            assert.deepEqual(open.map(line), []);
        });
    }

    for (const one of accepted) {
        const what = [one.says, one.of].flatMap((pattern) => (pattern === undefined ? [] : [`, ${pattern.source}`]));
        it(`still finds what is accepted of ${one.rule}${what.join("")}`, () => {
            const findings = [...found.values()].flat();
            assert.ok(findings.some((finding) => isAccepted(one, finding)));
        });
    }

    it("would find a container that may write to its root", () => {
        const container = { name: "main", image: "example:1.2.3", securityContext: { readOnlyRootFilesystem: false } };
        const metadata = { name: "open", namespace: "rooms" };
        const pod = { apiVersion: "v1", kind: "Pod", metadata, spec: { containers: [container] } };
        const findings = criticalFindings(program, [pod]).map(line);
        const rule = "container-security-context-readonlyrootfilesystem";
        assert.ok(findings.some((text) => text.startsWith(`${rule}: Pod rooms/open main: `)));
    });
});
