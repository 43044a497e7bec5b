// Original file: proto/rolecall/v1/broker.proto

import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.ts';

export interface Credentials {
  'accessKeyId'?: (string);
  'secretAccessKey'?: (string);
  'sessionToken'?: (string);
  'expiration'?: (_google_protobuf_Timestamp | null);
  'received'?: (_google_protobuf_Timestamp | null);
  'accountId'?: (string);
}

export interface Credentials__Output {
  'accessKeyId': (string);
  'secretAccessKey': (string);
  'sessionToken': (string);
  'expiration': (_google_protobuf_Timestamp__Output | null);
  'received': (_google_protobuf_Timestamp__Output | null);
  'accountId': (string);
}
