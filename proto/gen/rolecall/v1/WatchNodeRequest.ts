// Original file: proto/rolecall/v1/broker.proto

import type { HeldCredentials as _rolecall_v1_HeldCredentials, HeldCredentials__Output as _rolecall_v1_HeldCredentials__Output } from '../../rolecall/v1/HeldCredentials.ts';

export interface WatchNodeRequest {
  'nodeName'?: (string);
  'contractRevision'?: (number);
  'agentVersion'?: (string);
  'held'?: (_rolecall_v1_HeldCredentials)[];
}

export interface WatchNodeRequest__Output {
  'nodeName': (string);
  'contractRevision': (number);
  'agentVersion': (string);
  'held': (_rolecall_v1_HeldCredentials__Output)[];
}
