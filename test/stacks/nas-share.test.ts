import assert from "node:assert/strict";
import { refuseUnsaidShare } from "../../stacks/nas-share";
import { houseConfig, stackConfig } from "../support/stack-graph";

describe("a change of the share that the house is on", () => {
    const { storage } = stackConfig("prod");
    const before = "192.168.30.10:/mnt/pool";
    const on = (change: Partial<typeof storage.nas>) => ({
        storage: { ...storage, nas: { ...storage.nas, ...change } },
    });

    it("is refused where nothing is said about the volumes on the one before, with the way", () => {
        assert.throws(() => refuseUnsaidShare(on({ address: "192.168.30.11" }), before), {
            message:
                "storage.nas: is 192.168.30.11:/mnt/pool, and its volumes are on 192.168.30.10:/mnt/pool (a volume keeps the share that it was made with, and cannot go while a pod uses it); take them away as docs/how-to/move-the-nas.md says and write movedFrom: 192.168.30.10:/mnt/pool. Nothing was changed",
        });
        assert.throws(() => refuseUnsaidShare(on({ export: "/mnt/tank" }), before), /is 192\.168\.30\.10:\/mnt\/tank/);
    });

    it("is refused where another share is said to be the one before", () => {
        const wrong = on({ address: "192.168.30.11", movedFrom: "192.168.30.12:/mnt/pool" });
        assert.throws(() => refuseUnsaidShare(wrong, before), /write movedFrom: 192\.168\.30\.10:\/mnt\/pool/);
    });

    it("is taken where the volumes are said to be gone", () => {
        refuseUnsaidShare(on({ address: "192.168.30.11", movedFrom: before }), before);
    });

    it("is none in a first up, on the same share, and in a house without a NAS", () => {
        refuseUnsaidShare(on({ address: "192.168.30.11" }), undefined);
        refuseUnsaidShare(on({ nfsVersion: "4.1", movedFrom: "192.168.30.12:/mnt/pool" }), before);
        refuseUnsaidShare(houseConfig("managed-three-nodes"), before);
    });
});
