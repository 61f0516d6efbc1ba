import { type Quotas, tableGrows } from './scale-model.ts';
import type { Component } from './scale-simulation.ts';

/** A function that says what a component takes in this second, and remembers what was asked of it. */
export const limits = (quotas: Quotas | undefined) => {
  if (!quotas) return () => Number.POSITIVE_INFINITY;
  let burst = quotas.apiGatewayBurst;
  const table = { reads: quotas.reads, writes: quotas.writes };
  const peak = { reads: 0, writes: 0 };

  return (component: Component, now: number, units: number): number => {
    switch (component) {
      // A bucket that fills as fast as the quota.
      case 'apiGateway': {
        const allowed = quotas.apiGateway + burst;
        burst = Math.min(quotas.apiGatewayBurst, Math.max(0, allowed - units));
        return allowed;
      }
      // Twice its peak, every half hour.
      case 'reads':
      case 'writes':
        peak[component] = Math.max(peak[component], Math.min(units, table[component]));
        if (now % tableGrows === tableGrows - 1)
          table[component] = Math.min(quotas.tableMost, Math.max(table[component], 2 * peak[component]));
        return table[component];
      default:
        return quotas[component];
    }
  };
};
