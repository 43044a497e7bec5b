// Original file: proto/rolecall/v1/broker.proto

import type { Credentials as _rolecall_v1_Credentials, Credentials__Output as _rolecall_v1_Credentials__Output } from '../../rolecall/v1/Credentials.ts';
import type { Failure as _rolecall_v1_Failure, Failure__Output as _rolecall_v1_Failure__Output } from '../../rolecall/v1/Failure.ts';

export interface Assumption {
  'key'?: (string);
  'credentials'?: (_rolecall_v1_Credentials | null);
  'failure'?: (_rolecall_v1_Failure | null);
  'state'?: "credentials"|"failure";
}

export interface Assumption__Output {
  'key': (string);
  'credentials'?: (_rolecall_v1_Credentials__Output | null);
  'failure'?: (_rolecall_v1_Failure__Output | null);
  'state'?: "credentials"|"failure";
}
