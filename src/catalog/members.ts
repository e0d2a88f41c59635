import type { CatalogConfig, Config, ZoneConfig } from '../config/config.ts';
import type { CatalogMember } from './catalog-zone.ts';

/**
 * Members of the catalog zone that the configuration asks for: the zones that have a release, each with its group.
 * A zone without one would make every secondary ask its primary for what that does not have.
 * @param releasedZones absolute names in lower case
 */
export function catalogMembers(config: Pick<Config, 'catalog' | 'zones'>, releasedZones: readonly string[]): readonly CatalogMember[] {
  const { catalog } = config;
  if (catalog === undefined) return [];
  const released = new Set(releasedZones);
  return Object.entries(config.zones)
    .filter(([name]) => released.has(name))
    .map(([name, zone]): CatalogMember => {
      const group = groupOf(zone, catalog.groupBy);
      return group === undefined ? { zone: name } : { zone: name, group };
    });
}

function groupOf(zone: ZoneConfig, by: CatalogConfig['groupBy']): string | undefined {
  switch (by) {
    case 'none':
      return undefined;
    case 'group':
      return zone.group;
    case 'owner':
      return zone.owner === '' ? undefined : zone.owner;
    case 'risk-class':
      return zone.riskClass;
    case 'policy':
      return zone.policy;
    default:
      return by satisfies never;
  }
}
