// Original file: proto/rolecall/v1/broker.proto

import type { Pod as _rolecall_v1_Pod, Pod__Output as _rolecall_v1_Pod__Output } from '../../rolecall/v1/Pod.ts';
import type { Assumption as _rolecall_v1_Assumption, Assumption__Output as _rolecall_v1_Assumption__Output } from '../../rolecall/v1/Assumption.ts';

export interface GetPodCredentialsResponse {
  'pod'?: (_rolecall_v1_Pod | null);
  'assumption'?: (_rolecall_v1_Assumption | null);
}

export interface GetPodCredentialsResponse__Output {
  'pod': (_rolecall_v1_Pod__Output | null);
  'assumption': (_rolecall_v1_Assumption__Output | null);
}
