// Original file: proto/rolecall/v1/broker.proto

import type { Snapshot as _rolecall_v1_Snapshot, Snapshot__Output as _rolecall_v1_Snapshot__Output } from '../../rolecall/v1/Snapshot.ts';
import type { Pod as _rolecall_v1_Pod, Pod__Output as _rolecall_v1_Pod__Output } from '../../rolecall/v1/Pod.ts';
import type { PodRemoved as _rolecall_v1_PodRemoved, PodRemoved__Output as _rolecall_v1_PodRemoved__Output } from '../../rolecall/v1/PodRemoved.ts';
import type { Assumption as _rolecall_v1_Assumption, Assumption__Output as _rolecall_v1_Assumption__Output } from '../../rolecall/v1/Assumption.ts';
import type { AssumptionRemoved as _rolecall_v1_AssumptionRemoved, AssumptionRemoved__Output as _rolecall_v1_AssumptionRemoved__Output } from '../../rolecall/v1/AssumptionRemoved.ts';
import type { Long } from '@grpc/proto-loader';

export interface NodeUpdate {
  'generation'?: (number | string | Long);
  'snapshot'?: (_rolecall_v1_Snapshot | null);
  'pod'?: (_rolecall_v1_Pod | null);
  'podRemoved'?: (_rolecall_v1_PodRemoved | null);
  'assumption'?: (_rolecall_v1_Assumption | null);
  'assumptionRemoved'?: (_rolecall_v1_AssumptionRemoved | null);
  'change'?: "snapshot"|"pod"|"podRemoved"|"assumption"|"assumptionRemoved";
}

export interface NodeUpdate__Output {
  'generation': (number);
  'snapshot'?: (_rolecall_v1_Snapshot__Output | null);
  'pod'?: (_rolecall_v1_Pod__Output | null);
  'podRemoved'?: (_rolecall_v1_PodRemoved__Output | null);
  'assumption'?: (_rolecall_v1_Assumption__Output | null);
  'assumptionRemoved'?: (_rolecall_v1_AssumptionRemoved__Output | null);
  'change'?: "snapshot"|"pod"|"podRemoved"|"assumption"|"assumptionRemoved";
}
