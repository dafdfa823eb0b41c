import { Laptop, Pencil, Smartphone } from "lucide-react";
import type { ReactNode } from "react";
import type { DeviceId } from "../../live/model-schema.ts";
import type { DeviceRow } from "../../live/model.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Group } from "../../ui/row.tsx";
import type { Clock } from "../../ui/time-words.ts";
import { deviceName, whenWords } from "./device-words.ts";

interface DeviceListProps {
  readonly devices: readonly DeviceRow[];
  /** Those that wait to be confirmed at the machine. */
  readonly held: ReadonlySet<DeviceId>;
  readonly clock: Clock;
  /** This device may rename and revoke. */
  readonly isAdmin: boolean;
  /** Nothing can be asked of the machine any more: pairing again is the only thing to do. */
  readonly isRefused?: boolean;
  readonly onOpen: (device: DeviceRow) => void;
  readonly onRevoke: (device: DeviceRow) => void;
}

const SCOPE_WORDS = { view: "may read", operate: "may approve", admin: "may do everything" } as const;

/** Paired devices; a tap on one renames it. Revoking asks first, in a sheet. */
export function DeviceList({
  devices,
  held,
  clock,
  isAdmin,
  isRefused = false,
  onOpen,
  onRevoke,
}: DeviceListProps): ReactNode {
  return (
    <Group label="Devices">
      {devices.map((device) => {
        const Icon = /phone|pixel|iphone|android|ipad/iu.test(device.name) ? Smartphone : Laptop;
        const name = deviceName(device, devices, clock);
        return (
          <div className="row" data-mid="" key={device.d}>
            <Icon className="icon" aria-hidden />
            <span>
              <span className="t">
                {device.name}
                {device.isThis ? <span className="quiet"> (this device)</span> : null}
              </span>
              <span className="m">
                {held.has(device.d) ? <span data-tone="wait">held, see Keys</span> : SCOPE_WORDS[device.scope]} ·{" "}
                {whenWords(device, clock)}
              </span>
            </span>
            <span className="end acts">
              {!isRefused && (isAdmin || device.isThis) ? (
                <IconButton label={`Rename ${name}`} isTight onPress={() => onOpen(device)}>
                  <Pencil className="icon" aria-hidden />
                </IconButton>
              ) : null}
              {isAdmin && !device.isThis ? (
                <Button size="small" kind="danger" label={`Revoke ${name}`} onPress={() => onRevoke(device)}>
                  Revoke
                </Button>
              ) : null}
            </span>
          </div>
        );
      })}
    </Group>
  );
}
