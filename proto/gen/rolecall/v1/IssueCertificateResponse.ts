// Original file: proto/rolecall/v1/broker.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface IssueCertificateResponse {
  'certificate'?: (string);
  'notAfter'?: (_google_protobuf_Timestamp | null);
}

export interface IssueCertificateResponse__Output {
  'certificate': (string);
  'notAfter': (_google_protobuf_Timestamp__Output | null);
}
