// Original file: proto/rolecall/v1/broker.proto

import type { Pod as _rolecall_v1_Pod, Pod__Output as _rolecall_v1_Pod__Output } from '../../rolecall/v1/Pod.ts';
import type { Assumption as _rolecall_v1_Assumption, Assumption__Output as _rolecall_v1_Assumption__Output } from '../../rolecall/v1/Assumption.ts';

export interface Snapshot {
  'serverVersion'?: (string);
  'contractRevision'?: (number);
  'pods'?: (_rolecall_v1_Pod)[];
  'assumptions'?: (_rolecall_v1_Assumption)[];
}

export interface Snapshot__Output {
  'serverVersion': (string);
  'contractRevision': (number);
  'pods': (_rolecall_v1_Pod__Output)[];
  'assumptions': (_rolecall_v1_Assumption__Output)[];
}
