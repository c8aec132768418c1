// USB's own vocabulary: requests that a host makes and descriptors that a device answers.

const TO_HOST = 0x80;
const CLASS_OF_INTERFACE = 0x21;
const SET_ADDRESS = 5;
const GET_DESCRIPTOR = 6;
const SET_CONFIGURATION = 9;
const SET_CONTROL_LINE_STATE = 0x22;
const DEVICE = 1;
const CONFIGURATION = 2;
const STRING = 3;
const INTERFACE = 4;
const ENDPOINT = 5;
const CDC_CONTROL_CLASS = 2;
const CDC_DATA_CLASS = 10;
const BULK = 2;
const ENGLISH = 0x0409;
const DTR_AND_RTS = 3;

function request(type, code, value, index, length) {
  const packet = new Uint8Array(8);
  const view = new DataView(packet.buffer);
  packet[0] = type;
  packet[1] = code;
  view.setUint16(2, value, true);
  view.setUint16(4, index, true);
  view.setUint16(6, length, true);
  return packet;
}

export const setAddress = (address) => request(0, SET_ADDRESS, address, 0, 0);
export const setConfiguration = (number) => request(0, SET_CONFIGURATION, number, 0, 0);
export const getDevice = () => request(TO_HOST, GET_DESCRIPTOR, DEVICE << 8, 0, 18);
export const getConfiguration = (length) => request(TO_HOST, GET_DESCRIPTOR, CONFIGURATION << 8, 0, length);
export const getString = (index) => request(TO_HOST, GET_DESCRIPTOR, (STRING << 8) | index, ENGLISH, 255);
export const setControlLines = (dtr, commandInterface) =>
  request(CLASS_OF_INTERFACE, SET_CONTROL_LINE_STATE, dtr ? DTR_AND_RTS : 0, commandInterface, 0);

export const isToHost = (packet) => (packet[0] & TO_HOST) !== 0;
export const requestLength = (packet) => packet[6] | (packet[7] << 8);

/** Vendor and product id and the numbers of the three strings, of a device descriptor. */
export function parseDevice(bytes) {
  return {
    vendor: bytes[8] | (bytes[9] << 8),
    product: bytes[10] | (bytes[11] << 8),
    manufacturerIndex: bytes[14],
    productIndex: bytes[15],
    serialIndex: bytes[16],
  };
}

/** The text of a string descriptor. */
export function parseString(bytes) {
  return Buffer.from(bytes.subarray(2, bytes[0])).toString('utf16le');
}

/**
 * The first CDC interface of a configuration: its command interface, bulk and notification endpoints. rp2040js' own host takes
 * the last one it finds.
 */
export function parseFirstCdc(bytes) {
  const found = { commandInterface: 0, notification: 0, in: 0, out: 0 };
  let currentClass = -1;
  for (let at = 0; at + 1 < bytes.length && bytes[at] >= 2; at += bytes[at]) {
    if (bytes[at + 1] === INTERFACE) {
      if (found.in && found.out) break;
      currentClass = bytes[at + 5];
      if (currentClass === CDC_CONTROL_CLASS) found.commandInterface = bytes[at + 2];
    } else if (bytes[at + 1] === ENDPOINT) {
      noteEndpoint(found, currentClass, bytes[at + 2], bytes[at + 3] & 3);
    }
  }
  return found.in && found.out ? found : null;
}

function noteEndpoint(found, currentClass, address, kind) {
  const number = address & 0xf;
  const toHost = (address & 0x80) !== 0;
  if (currentClass === CDC_CONTROL_CLASS && toHost) found.notification = number;
  if (currentClass !== CDC_DATA_CLASS || kind !== BULK) return;
  if (toHost) found.in = number;
  else found.out = number;
}
