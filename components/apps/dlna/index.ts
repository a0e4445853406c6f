export { Dlna, type DlnaArgs } from "./dlna";
export { profileXml, type DeviceProfile } from "./profile";
