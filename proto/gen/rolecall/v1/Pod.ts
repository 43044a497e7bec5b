// Original file: proto/rolecall/v1/broker.proto

import type { Granted as _rolecall_v1_Granted, Granted__Output as _rolecall_v1_Granted__Output } from '../../rolecall/v1/Granted.ts';
import type { Denied as _rolecall_v1_Denied, Denied__Output as _rolecall_v1_Denied__Output } from '../../rolecall/v1/Denied.ts';
import type { NoRole as _rolecall_v1_NoRole, NoRole__Output as _rolecall_v1_NoRole__Output } from '../../rolecall/v1/NoRole.ts';
import type { Tokens as _rolecall_v1_Tokens, Tokens__Output as _rolecall_v1_Tokens__Output } from '../../rolecall/v1/Tokens.ts';
import type { Long } from '@grpc/proto-loader';

export interface Pod {
  'uid'?: (string);
  'namespace'?: (string);
  'name'?: (string);
  'ips'?: (string)[];
  'granted'?: (_rolecall_v1_Granted | null);
  'denied'?: (_rolecall_v1_Denied | null);
  'none'?: (_rolecall_v1_NoRole | null);
  'namespaceTokens'?: (_rolecall_v1_Tokens);
  'version'?: (number | string | Long);
  'grant'?: "granted"|"denied"|"none";
}

export interface Pod__Output {
  'uid': (string);
  'namespace': (string);
  'name': (string);
  'ips': (string)[];
  'granted'?: (_rolecall_v1_Granted__Output | null);
  'denied'?: (_rolecall_v1_Denied__Output | null);
  'none'?: (_rolecall_v1_NoRole__Output | null);
  'namespaceTokens': (_rolecall_v1_Tokens__Output);
  'version': (number);
  'grant'?: "granted"|"denied"|"none";
}
