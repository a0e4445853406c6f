export { K3sUpgrades, type K3sUpgradesArgs } from "./k3s-upgrades";
export { upgradedLabels } from "./plan-labels";
