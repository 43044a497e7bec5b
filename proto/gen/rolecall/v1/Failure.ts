// Original file: proto/rolecall/v1/broker.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface Failure {
  'reason'?: (string);
  'detail'?: (string);
  'retryAt'?: (_google_protobuf_Timestamp | null);
}

export interface Failure__Output {
  'reason': (string);
  'detail': (string);
  'retryAt': (_google_protobuf_Timestamp__Output | null);
}
