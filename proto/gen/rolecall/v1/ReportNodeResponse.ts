// Original file: proto/rolecall/v1/broker.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface ReportNodeResponse {
  'now'?: (_google_protobuf_Timestamp | null);
}

export interface ReportNodeResponse__Output {
  'now': (_google_protobuf_Timestamp__Output | null);
}
