import { machinePlaces, virtualAddressPlaces, type CrossCheck } from "./places";

/** Whoever tells of the power must be there until the end, or nobody hears that the battery is empty. */
export const upsServerGoesLast: CrossCheck = ({ ups, hosts, cluster }) => {
    const bearers = [
        ...(hosts ?? []).map(({ name, address }) => ({ name, address })),
        ...machinePlaces(cluster).map(({ machine }) => machine),
        ...virtualAddressPlaces(cluster).map(({ bearer, address }) => ({ name: bearer, address })),
    ];
    const bearer = ups && bearers.find(({ address }) => address === ups.server);
    return bearer === undefined
        ? []
        : [
              {
                  path: "ups.server",
                  wrong: `${bearer.address} is ${bearer.name}, which goes down before the battery is empty`,
                  rule: "the NUT server outlives everybody who asks it",
                  write: "plug the UPS into the NAS or a small board of its own, and write the address of that",
              },
          ];
};
