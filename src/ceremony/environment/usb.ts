import { notTold, type Verdict, type Wrong } from './checks.ts';
import type { Machine } from './machine.ts';

const DEVICES = '/sys/bus/usb/devices';

/** Classes of interfaces that can do more than they look like (USB-IF class codes): types for you, or is a network. */
const WATCHED: Readonly<Record<string, string>> = {
  '02': 'modem or network',
  '03': 'keyboard or mouse',
  '0a': 'modem or network',
  e0: 'radio',
  ef: 'several at once',
};

/** What is connected by USB, a line each: place, vendor and product, serial number, name, and what it says it is. @returns undefined: no USB */
export function usbDevices({ read, list }: Machine): readonly string[] | undefined {
  const member = (place: string, file: string): string => (read(`${DEVICES}/${place}/${file}`) ?? '').trim().replaceAll(/\s+/g, ' ');
  const places = list(DEVICES);
  return places
    ?.filter((place) => /^(?:usb\d+|\d+-[\d.]+)$/.test(place))
    .map((place) => {
      const classes = places
        .filter((other) => other.startsWith(`${place}:`))
        .map((other) => member(other, 'bInterfaceClass').toLowerCase());
      const kinds = [...new Set(classes.flatMap((code) => WATCHED[code] ?? []))];
      const id = `${member(place, 'idVendor')}:${member(place, 'idProduct')}`;
      const words = [
        member(place, 'serial'),
        member(place, 'manufacturer'),
        member(place, 'product'),
        kinds.map((kind) => `[${kind}]`).join(' '),
      ];
      return [place, id, ...words].filter((word) => word !== '').join(' ');
    });
}

/**
 * ENV-USB: nothing was connected since the list was taken. A device that is gone is no finding.
 * @param before the list of then; undefined: none was taken
 */
export function usb(machine: Machine, before: readonly string[] | undefined): Verdict {
  const found = usbDevices(machine);
  if (found === undefined && ((before ?? []).length > 0 || machine.list('/sys/bus') === undefined))
    return { wrong: [notTold(DEVICES, 'what is connected by USB')], pass: '' };
  const now = found ?? [];
  if (before === undefined) return { wrong: [], pass: `${now.length} USB devices: ${now.join('; ') || 'none'}` };
  const wrong = now
    .filter((device) => !before.includes(device))
    .map(
      (device): Wrong => ({
        text: `a USB device was connected that was not there before: ${device}`,
        next: 'take it out, and find out who has connected it; if it belongs here, that is an exception',
      }),
    );
  return { wrong, pass: `${now.length} USB devices, none of them new` };
}
