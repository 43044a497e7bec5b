// Original file: proto/rolecall/v1/broker.proto

import type { Long } from '@grpc/proto-loader';

export interface _rolecall_v1_Interception_Drift {
  'times'?: (number);
  'secondsSinceLast'?: (number);
}

export interface _rolecall_v1_Interception_Drift__Output {
  'times': (number);
  'secondsSinceLast': (number);
}

// Original file: proto/rolecall/v1/broker.proto

export const _rolecall_v1_Interception_Probe = {
  PROBE_UNSPECIFIED: 'PROBE_UNSPECIFIED',
  PROBE_OFF: 'PROBE_OFF',
  PROBE_ARRIVES: 'PROBE_ARRIVES',
  PROBE_REFUSED: 'PROBE_REFUSED',
  PROBE_PASSED_BY: 'PROBE_PASSED_BY',
  PROBE_LOST: 'PROBE_LOST',
  PROBE_UNAVAILABLE: 'PROBE_UNAVAILABLE',
} as const;

export type _rolecall_v1_Interception_Probe =
  | 'PROBE_UNSPECIFIED'
  | 0
  | 'PROBE_OFF'
  | 1
  | 'PROBE_ARRIVES'
  | 2
  | 'PROBE_REFUSED'
  | 3
  | 'PROBE_PASSED_BY'
  | 4
  | 'PROBE_LOST'
  | 5
  | 'PROBE_UNAVAILABLE'
  | 6

export type _rolecall_v1_Interception_Probe__Output = typeof _rolecall_v1_Interception_Probe[keyof typeof _rolecall_v1_Interception_Probe]

// Original file: proto/rolecall/v1/broker.proto

export const _rolecall_v1_Interception_State = {
  STATE_UNSPECIFIED: 'STATE_UNSPECIFIED',
  STATE_OFF: 'STATE_OFF',
  STATE_IN_PLACE: 'STATE_IN_PLACE',
  STATE_BROKEN: 'STATE_BROKEN',
} as const;

export type _rolecall_v1_Interception_State =
  | 'STATE_UNSPECIFIED'
  | 0
  | 'STATE_OFF'
  | 1
  | 'STATE_IN_PLACE'
  | 2
  | 'STATE_BROKEN'
  | 3

export type _rolecall_v1_Interception_State__Output = typeof _rolecall_v1_Interception_State[keyof typeof _rolecall_v1_Interception_State]

export interface Interception {
  'state'?: (_rolecall_v1_Interception_State);
  'interceptedConnections'?: (number | string | Long);
  'refusedPackets'?: (number | string | Long);
  'probe'?: (_rolecall_v1_Interception_Probe);
  'drift'?: (_rolecall_v1_Interception_Drift | null);
}

export interface Interception__Output {
  'state': (_rolecall_v1_Interception_State__Output);
  'interceptedConnections': (number);
  'refusedPackets': (number);
  'probe': (_rolecall_v1_Interception_Probe__Output);
  'drift': (_rolecall_v1_Interception_Drift__Output | null);
}
